// A gRPC service and its client in one process, over messages of plain bytes; speaks to its parent process.
import grpc from '@grpc/grpc-js';
import { RefusedError, authenticate } from '@sonde/instrument/grpc';
import { caller, requestId } from '@sonde/instrument/request';

const asIs = {
  requestSerialize: (b) => b,
  requestDeserialize: (b) => b,
  responseSerialize: (b) => b,
  responseDeserialize: (b) => b,
};
const service = {
  unary: { path: '/test.Echo/Unary', requestStream: false, responseStream: false, ...asIs },
  clientStream: { path: '/test.Echo/ClientStream', requestStream: true, responseStream: false, ...asIs },
  serverStream: { path: '/test.Echo/ServerStream', requestStream: false, responseStream: true, ...asIs },
  bidi: { path: '/test.Echo/Bidi', requestStream: true, responseStream: true, ...asIs },
};
/** The same again, for calls that are not in the tables of kinds and ends. */
const guarded = Object.fromEntries(
  Object.entries(service).map(([name, method]) => [name, { ...method, path: method.path.replace('Echo', 'Guarded') }]),
);
const { trace } = await import('@opentelemetry/api');
const fault = { code: grpc.status.INTERNAL, details: 'broken' };
const inside = [];
const note = (name) => inside.push([name, trace.getActiveSpan()?.spanContext().spanId ?? null, caller()?.id, requestId()]);

const check = async ({ metadata, method, peer }) => {
  const [user = 'ada'] = metadata.get('user');
  if (!peer.startsWith('127.0.0.1:') || !method.startsWith('test.')) throw new Error('a check that knows too little');
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (user === 'nobody') throw new RefusedError('UNAUTHENTICATED', 'nobody may not');
  if (user === 'eve') throw new RefusedError('PERMISSION_DENIED', 'not eve');
  if (user === 'slow') await new Promise((resolve) => setTimeout(resolve, 200));
  if (user === 'broken') throw new TypeError('the list of users is gone');
  return { id: user, roles: ['reader'] };
};
const server = new grpc.Server({ interceptors: [authenticate(check)] });
const handlers = {
  unary(call, callback) {
    note('unary');
    const text = call.request.toString();
    if (text === 'fail') return callback(fault);
    if (text === 'wait') return setTimeout(() => callback(null, Buffer.from('late')), 2000).unref();
    setTimeout(() => {
      note('unary, later');
      callback(null, Buffer.concat([call.request, call.request]));
    }, 1);
  },
  clientStream(call, callback) {
    const all = [];
    call.on('data', (message) => all.push(message));
    call.on('end', () => {
      note('clientStream');
      // A client that cancels ends its messages first: who answers at once has answered.
      if (all[0]?.toString() === 'wait') return;
      if (all[0]?.toString() === 'fail') callback(fault);
      else callback(null, Buffer.concat(all));
    });
  },
  serverStream(call) {
    note('serverStream');
    const text = call.request.toString();
    if (text === 'fail') return call.emit('error', fault);
    for (let i = 0; i < 3; i++) call.write(Buffer.from(`${text}${i}`));
    if (text === 'wait') return;
    call.end();
  },
  bidi(call) {
    let waits = false;
    call.on('data', (message) => {
      note('bidi');
      waits ||= message.toString() === 'wait';
      if (message.toString() === 'fail') call.emit('error', fault);
      else if (!waits) call.write(message);
    });
    call.on('end', () => waits || call.end());
  },
};
server.addService(service, handlers);
server.addService(guarded, handlers);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);
const Echo = grpc.makeClientConstructor(service, 'Echo');
const client = new Echo(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const Guarded = grpc.makeClientConstructor(guarded, 'Guarded');
const guardedClient = new Guarded(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

const metadataOf = (user) => {
  const metadata = new grpc.Metadata();
  metadata.set('x-request-id', 'r-1');
  if (user !== undefined) metadata.set('user', user);
  return metadata;
};
/** Runs one call to its end; gives the code and the messages that came. */
function run(kind, { text = 'hello', user, deadlineMs, cancelMs, by = client }) {
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
  const takesMessage = kind === 'unary' || kind === 'serverStream';
  const givesMessage = kind === 'unary' || kind === 'clientStream';
  return new Promise((resolve) => {
    const got = [];
    let code;
    const done = () => code !== undefined && resolve({ code, got });
    const args = [...(takesMessage ? [Buffer.from(text)] : []), metadataOf(user), options];
    const callback = (_, message) => message !== undefined && got.push(message.toString());
    const call = by[kind](...args, ...(givesMessage ? [callback] : []));
    call.on('status', (status) => {
      ({ code } = status);
      setTimeout(done, 5);
    });
    call.on('error', () => undefined);
    if (!givesMessage) call.on('data', (message) => got.push(message.toString()));
    if (!takesMessage) {
      call.write(Buffer.from(text));
      if (text !== 'wait') {
        call.write(Buffer.from('and more'));
        call.end();
      }
    }
    if (cancelMs !== undefined) setTimeout(() => call.cancel(), cancelMs);
  });
}

const ways = {
  success: {},
  error: { text: 'fail' },
  refused: { user: 'nobody' },
  deadline: { text: 'wait', deadlineMs: 80 },
  cancel: { text: 'wait', cancelMs: 80 },
};
const results = {};
for (const kind of ['unary', 'clientStream', 'serverStream', 'bidi']) {
  for (const [way, options] of Object.entries(ways)) results[`${kind} ${way}`] = await run(kind, options);
}
results.eve = await run('unary', { user: 'eve', by: guardedClient });
results.broken = await run('bidi', { user: 'broken', by: guardedClient });
const before = inside.length;
results.slow = await run('clientStream', { user: 'slow', cancelMs: 50, by: guardedClient });
await new Promise((resolve) => setTimeout(resolve, 250));
results.slow.got.push(`${inside.length - before} handlers ran`);
results.unknown = await new Promise((resolve) =>
  client.makeUnaryRequest(
    '/test.Echo/Missing',
    (b) => b,
    (b) => b,
    Buffer.from('x'),
    (error) => resolve({ code: error.code, got: [] }),
  ),
);
client.close();
guardedClient.close();
await new Promise((resolve) => server.tryShutdown(resolve));
await new Promise((resolve) => process.send({ results, inside }, resolve));
process.disconnect();

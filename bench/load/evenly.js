// Calls several hello services evenly, so many times a second, half a second each in turn; tells its parent the 99th percentile of each: the
// middle one of those of its half seconds, as one pause of the machine, or of whoever calls, would be in that of the whole. A call that is
// late because others are slow counts from when it was due.
//
//   evenly.js fastify|grpc-js CALLS_PER_SECOND HALF_SECONDS PORT…
import { Agent, request } from 'node:http';
import grpc from '@grpc/grpc-js';

const [service, ...numbers] = process.argv.slice(2);
const [perSecond, halfSeconds, ...ports] = numbers.map(Number);
const warmUpSeconds = 2;
const stepMs = 1;

const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const overHttp = (port) => () =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/hello/you', agent }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });

const asIs = (bytes) => bytes;
const you = Buffer.from('you');
function overGrpc(port) {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest('/bench.Hello/Say', asIs, asIs, you, (error) => (error ? reject(error) : resolve()));
    });
}

const calls = ports.map(service === 'fastify' ? overHttp : overGrpc);
const found = calls.map(() => []);
for (const call of calls) await paced(call, warmUpSeconds);
for (let i = 0; i < halfSeconds; i++) {
  for (const [at, call] of calls.entries()) found[at].push(percentile(await paced(call, 0.5), 0.99));
}
process.send(found.map((each) => percentile(each, 0.5)));
process.exit();

/** How long calls took, in milliseconds. */
async function paced(call, seconds) {
  const tookMs = [];
  const under = new Set();
  const beganMs = performance.now();
  const all = Math.floor(perSecond * seconds);
  let made = 0;
  while (made < all) {
    const due = Math.min(all, Math.floor(((performance.now() - beganMs) / 1000) * perSecond));
    for (; made < due; made++) {
      const one = timed(call, beganMs + (made / perSecond) * 1000, tookMs).finally(() => under.delete(one));
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  await Promise.all(under);
  return tookMs;
}

async function timed(call, dueMs, tookMs) {
  await call();
  tookMs.push(performance.now() - dueMs);
}

function percentile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

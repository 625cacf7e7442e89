/** gRPC's health service on a server of grpc-js, asked by a client of grpc-js that has been told of its messages only here. */
import { EventEmitter, once } from 'node:events';
import { Client, Server, ServerCredentials, credentials, status } from '@grpc/grpc-js';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { addGrpcHealth } from './grpc.ts';
import type { GrpcHealthOptions } from './grpc.ts';
import { makeHealth } from './health.ts';
import type { Health } from './health.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

interface Served {
  readonly health: Health;
  readonly server: Server;
  readonly client: Client;
  /** Sets what the check `db` says. */
  readonly set: (output: string | undefined) => Promise<unknown>;
}

async function serve(options: GrpcHealthOptions = {}): Promise<Served> {
  let output: string | undefined;
  const run = (): void => {
    if (output !== undefined) throw new Error(output);
  };
  const health = makeHealth({ checks: [{ name: 'db', groups: ['shop'], cacheMs: 0, run }], groups: ['shop'], intervalMs: 0 });
  const server = new Server();
  addGrpcHealth(server, health, { services: { 'shop.Shop': 'shop', alive: 'live' }, ...options });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  ends.push(
    () => health.stop(),
    () => server.forceShutdown(),
    () => client.close(),
  );
  return { health, server, client, set: (said) => ((output = said), health.state('shop')) };
}

const path = '/grpc.health.v1.Health';
const request = (service: string): Buffer => Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);
const asIs = (bytes: Buffer): Buffer => bytes;
const names = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const statusIn = (response: Buffer): string => names[response[1] ?? 0] ?? '?';

function ask(client: Client, method: string, service: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(`${path}/${method}`, request, asIs, service, (error, value) =>
      error ? reject(error) : resolve(value as Buffer),
    ),
  );
}

async function check(client: Client, service: string): Promise<string> {
  return statusIn(await ask(client, 'Check', service));
}

interface Watched {
  readonly call: ClientReadableStream<Buffer>;
  readonly said: string[];
  readonly next: () => Promise<string | undefined>;
  readonly error: Promise<ServiceError>;
}

function watch(client: Client, service: string): Watched {
  const call = client.makeServerStreamRequest(`${path}/Watch`, request, asIs, service);
  const said: string[] = [];
  call.on('data', (response: Buffer) => said.push(statusIn(response)));
  const error = new Promise<ServiceError>((resolve) => call.on('error', resolve as (error: Error) => void));
  const next = async (): Promise<string | undefined> => {
    await once(call, 'data');
    return said.at(-1);
  };
  return { call, said, next, error };
}

test('Check says how a service is, and that it does not know one', async () => {
  const { health, client, set } = await serve();
  expect(await check(client, '')).toBe('NOT_SERVING');
  expect(await check(client, 'alive')).toBe('SERVING');
  health.started();
  expect(await check(client, '')).toBe('SERVING');
  expect(await check(client, 'shop.Shop')).toBe('SERVING');
  await set('gone');
  expect(await check(client, 'shop.Shop')).toBe('NOT_SERVING');
  expect(await check(client, '')).toBe('SERVING');
  await expect(check(client, 'ready')).rejects.toMatchObject({ code: status.NOT_FOUND, details: 'unknown service' });
  health.drain();
  expect(await check(client, '')).toBe('NOT_SERVING');
  expect(await check(client, 'alive')).toBe('SERVING');
});

test('List says how all are', async () => {
  const { health, client, set } = await serve();
  health.started();
  await set('gone');
  expect((await ask(client, 'List', '')).toString('latin1')).toBe(
    ['\n\x06\n\0\x12\x02\x08\x01', '\n\x0f\n\x09shop.Shop\x12\x02\x08\x02', '\n\x0b\n\x05alive\x12\x02\x08\x01'].join(''),
  );
});

test('Watch says how a service is, and then each change and nothing else', async () => {
  const { health, client, set } = await serve();
  health.started();
  const shop = watch(client, 'shop.Shop');
  expect(await shop.next()).toBe('SERVING');
  await set(undefined);
  let next = shop.next();
  await set('gone');
  expect(await next).toBe('NOT_SERVING');
  await set('gone still');
  next = shop.next();
  await set(undefined);
  expect(await next).toBe('SERVING');
  next = shop.next();
  health.drain();
  expect(await next).toBe('NOT_SERVING');
  expect(shop.said).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
});

test('Watch of a service that nobody knows says so and stays', async () => {
  const { health, client } = await serve();
  const nobody = watch(client, 'nobody');
  expect(await nobody.next()).toBe('SERVICE_UNKNOWN');
  health.started();
  expect(await check(client, '')).toBe('SERVING');
  expect(nobody.said).toHaveLength(1);
  health.stop();
  expect(await nobody.error).toMatchObject({ code: status.UNAVAILABLE });
});

test('so many may watch, and one more when one has gone', async () => {
  const { client } = await serve({ watchersMax: 2 });
  const [first, second] = [watch(client, ''), watch(client, 'nobody')];
  await Promise.all([first.next(), second.next()]);
  expect(await watch(client, '').error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  first.call.cancel();
  await first.error;
  for (;;) {
    const again = watch(client, '');
    const outcome = await Promise.race([again.next(), again.error]);
    if (outcome === 'NOT_SERVING') break;
    expect(outcome).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  }
  void second.error;
});

test('those who watch do not keep a server from ending, once health is stopped', async () => {
  const { health, server, client } = await serve();
  const watched = watch(client, '');
  await watched.next();
  health.drain();
  const ended = new Promise((resolve) => server.tryShutdown(resolve));
  health.stop();
  expect(await ended).toBeUndefined();
  expect(await watched.error).toMatchObject({ code: status.UNAVAILABLE });
});

test('a message that is none is refused', async () => {
  const { client } = await serve();
  const broken = new Promise<ServiceError | null>((resolve) =>
    client.makeUnaryRequest(
      `${path}/Check`,
      () => Buffer.from([0x0a, 0x09]),
      asIs,
      '',
      (error) => resolve(error),
    ),
  );
  expect(await broken).toMatchObject({ code: status.INTERNAL });
});

test('a group that does not exist is told when the service is added', async () => {
  const health = makeHealth();
  ends.push(() => health.stop());
  expect(() => addGrpcHealth(new Server(), health, { services: { shop: 'shp' } })).toThrow(
    'there is no group "shp", but all, live, ready, startup',
  );
});

/** A server that gives its Watch away, and a call of it that keeps what is written. */
function fakeWatch(health: Health): { readonly watch: (call: unknown) => void; readonly call: EventEmitter; written: number[] } {
  const watches: ((call: unknown) => void)[] = [];
  addGrpcHealth({ addService: (_, { Watch }) => watches.push(Watch as (call: unknown) => void) }, health);
  const written: number[] = [];
  const write = ({ status }: { status: number }): boolean => (written.push(status), true);
  return { watch: watches[0]!, call: Object.assign(new EventEmitter(), { request: { service: '' }, write }), written };
}

test('who reads slowly gets the latest status, and not all that were', async () => {
  let said: string | undefined;
  const run = (): void => {
    if (said !== undefined) throw new Error(said);
  };
  const health = makeHealth({ checks: [{ name: 'db', cacheMs: 0, run }], intervalMs: 0 });
  ends.push(() => health.stop());
  health.started();
  const { watch, call, written } = fakeWatch(health);
  let isFull = true;
  watch(Object.assign(call, { write: ({ status }: { status: number }) => (written.push(status), !isFull) }));
  const set = (output: string | undefined): Promise<unknown> => ((said = output), health.state('ready'));
  for (const output of [undefined, 'gone', undefined, 'gone', undefined, 'gone']) await set(output);
  expect(written).toEqual([1]);
  isFull = false;
  call.emit('drain');
  expect(written).toEqual([1, 2]);
  await set(undefined);
  expect(written).toEqual([1, 2, 1]);
  call.emit('cancelled');
  await set('gone');
  expect(written).toEqual([1, 2, 1]);
});

test('what changes while a first status is found out is not undone by it', async () => {
  let isGone = false;
  let answer: () => void = () => undefined;
  const health = makeHealth({
    groups: ['quick'],
    intervalMs: 0,
    checks: [
      {
        name: 'quick',
        cacheMs: 0,
        groups: ['ready', 'quick'],
        run() {
          if (isGone) throw new Error('gone');
        },
      },
      { name: 'slow', cacheMs: 0, run: () => new Promise((resolve) => (answer = () => resolve(undefined))) },
    ],
  });
  ends.push(() => health.stop());
  health.started();
  const first = health.state('ready');
  answer();
  await first;
  const { watch, call, written } = fakeWatch(health);
  watch(call);
  isGone = true;
  // The run that the watcher waits for has passed already; this is another one.
  await health.state('quick');
  await health.state('quick');
  expect(written).toEqual([2]);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toEqual([2]);
  call.emit('cancelled');
});

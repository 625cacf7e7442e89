import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { GrpcMethod } from '../ingest/protocol.ts';
import { listenGrpc } from './grpc.ts';
import type { GrpcListener } from './grpc.ts';
import { createLog } from './log.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const path = '/test.Service/Export';

async function start(handle: GrpcMethod['handle']): Promise<Client> {
  const listener: GrpcListener = await listenGrpc({
    host: '127.0.0.1',
    port: 0,
    methods: [{ path, handle }],
    messageBytesMax: 1000,
    errorDetails: (error) => (error.retryable ? Uint8Array.of(1, 2, 255) : undefined),
    counters: new Counters(),
    log: createLog({ write: () => undefined }),
  });
  const client = new Client(listener.address, credentials.createInsecure());
  open.push({ close: () => client.close() }, { close: () => listener.close(100) });
  return client;
}

function call(client: Client, message: Uint8Array, metadata = new Metadata()): Promise<Uint8Array | ServiceError> {
  const asBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      asBytes,
      (bytes: Buffer) => bytes,
      message,
      metadata,
      (error, answer) => resolve(error ?? answer ?? new Uint8Array()),
    );
  });
}

test('messages pass as bytes, with the tenant', async () => {
  const client = await start(async ({ message, tenant }) => Buffer.concat([message, Buffer.from(tenant)]));
  const metadata = new Metadata();
  metadata.set('x-scope-orgid', 'team');
  expect(Buffer.from((await call(client, Uint8Array.of(0, 255), metadata)) as Uint8Array).toString('latin1')).toBe(
    '\u0000\u00ffteam',
  );
});

test('an error becomes its code, with details where it has some', async () => {
  const client = await start(async () => {
    throw new SondeError('overloaded', 'too much');
  });
  const error = (await call(client, new Uint8Array())) as ServiceError;
  expect([error.code, error.details]).toEqual([status.RESOURCE_EXHAUSTED, 'too much']);
  expect(error.metadata.get('grpc-status-details-bin')).toEqual([Buffer.from([1, 2, 255])]);
});

test('a bad tenant and a message over the limit are refused', async () => {
  const client = await start(async ({ message }) => message);
  const metadata = new Metadata();
  metadata.set('x-scope-orgid', 'a/b');
  expect(((await call(client, new Uint8Array(), metadata)) as ServiceError).code).toBe(status.INVALID_ARGUMENT);
  expect(((await call(client, new Uint8Array(1001))) as ServiceError).code).toBe(status.RESOURCE_EXHAUSTED);
});

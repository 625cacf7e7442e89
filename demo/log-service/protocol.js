// @ts-check
/** log.proto, as grpc-js takes it. Offsets are numbers: no log gets beyond 2^53. */
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/**
 * @typedef {{ value: Buffer }} ProduceRequest
 * @typedef {{ offset: number }} ProduceResponse
 * @typedef {{ offset: number }} ConsumeRequest
 * @typedef {{ offset: number, value: Buffer }} ConsumeResponse
 *
 * @typedef {import('@grpc/grpc-js').Client & {
 *   Produce(request: ProduceRequest, metadata: import('@grpc/grpc-js').Metadata, options: import('@grpc/grpc-js').CallOptions,
 *     callback: import('@grpc/grpc-js').requestCallback<ProduceResponse>): import('@grpc/grpc-js').ClientUnaryCall,
 *   Consume(request: ConsumeRequest, metadata: import('@grpc/grpc-js').Metadata, options: import('@grpc/grpc-js').CallOptions,
 *     callback: import('@grpc/grpc-js').requestCallback<ConsumeResponse>): import('@grpc/grpc-js').ClientUnaryCall,
 *   ProduceStream(metadata: import('@grpc/grpc-js').Metadata):
 *     import('@grpc/grpc-js').ClientDuplexStream<ProduceRequest, ProduceResponse>,
 *   ConsumeStream(request: ConsumeRequest, metadata: import('@grpc/grpc-js').Metadata):
 *     import('@grpc/grpc-js').ClientReadableStream<ConsumeResponse>,
 * }} CommitLogClient
 */

const proto = fileURLToPath(new URL('./log.proto', import.meta.url));
const definition = loadSync(proto, { longs: Number, defaults: true })['log.v1.CommitLog'];

/** What the methods are called and how their messages are written. */
export const service = /** @type {import('@grpc/grpc-js').ServiceDefinition} */ (definition);

const Client = grpc.makeClientConstructor(service, 'CommitLog');

/**
 * @param {string} address
 * @param {import('@grpc/grpc-js').ClientOptions} [options]
 */
export function createClient(address, options = {}) {
  return /** @type {CommitLogClient} */ (
    /** @type {unknown} */ (new Client(address, grpc.credentials.createInsecure(), options))
  );
}

/**
 * The metadata of a caller.
 * @param {string} [token]
 */
export function bearer(token) {
  const metadata = new grpc.Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

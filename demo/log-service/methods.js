// @ts-check
/** The methods of log.v1.CommitLog over a log. */
import { once } from 'node:events';
import grpc from '@grpc/grpc-js';
import { captureException } from '@sonde/instrument/exceptions';
import { DamagedError, EndedError, OutOfRangeError, TooLargeError } from './log/errors.js';

const { status } = grpc;

/**
 * @typedef {import('./protocol.js').ProduceRequest} ProduceRequest
 * @typedef {import('./protocol.js').ProduceResponse} ProduceResponse
 * @typedef {import('./protocol.js').ConsumeRequest} ConsumeRequest
 * @typedef {import('./protocol.js').ConsumeResponse} ConsumeResponse
 */

/**
 * @param {import('./log/log.js').CommitLog} log
 * @param {AbortSignal} stopping Ends the streams that would never end by themselves.
 */
export function createMethods(log, stopping) {
  return {
    /** @type {import('@grpc/grpc-js').handleUnaryCall<ProduceRequest, ProduceResponse>} */
    Produce: ({ request }, callback) => answer(callback, async () => ({ offset: await log.append(request.value) })),

    /** @type {import('@grpc/grpc-js').handleUnaryCall<ConsumeRequest, ConsumeResponse>} */
    Consume: ({ request: { offset } }, callback) => answer(callback, async () => ({ offset, value: await log.read(offset) })),

    /** @type {import('@grpc/grpc-js').handleBidiStreamingCall<ProduceRequest, ProduceResponse>} */
    ProduceStream: (call) =>
      stream(call, async (signal) => {
        // An iterator that destroyed the stream when something is thrown would leave no way to say what.
        for await (const request of call.iterator({ destroyOnReturn: false })) {
          const { value } = /** @type {ProduceRequest} */ (request);
          await send(call, { offset: await log.append(value) }, signal);
        }
      }),

    /** @type {import('@grpc/grpc-js').handleServerStreamingCall<ConsumeRequest, ConsumeResponse>} */
    ConsumeStream: (call) =>
      stream(call, async (signal) => {
        const following = AbortSignal.any([signal, stopping]);
        for await (const record of log.follow(call.request.offset, following)) await send(call, record, signal);
        if (stopping.aborted) throw new EndedError('the service stops');
      }),
  };
}

/**
 * @template Response
 * @param {import('@grpc/grpc-js').sendUnaryData<Response>} callback
 * @param {() => Promise<Response>} work
 */
async function answer(callback, work) {
  try {
    callback(null, await work());
  } catch (thrown) {
    callback(statusOf(thrown));
  }
}

/**
 * Runs the work of a stream; its signal says that the client has gone.
 * @param {import('@grpc/grpc-js').ServerDuplexStream<any, any> | import('@grpc/grpc-js').ServerWritableStream<any, any>} call
 * @param {(signal: AbortSignal) => Promise<void>} work
 */
async function stream(call, work) {
  const leaving = new AbortController();
  call.once('cancelled', () => leaving.abort());
  try {
    await work(leaving.signal);
    call.end();
  } catch (thrown) {
    // Nobody is there to be told when the client has gone.
    if (!leaving.signal.aborted) call.emit('error', statusOf(thrown));
  }
}

/**
 * Sends a message, and waits while the client is slower.
 * @param {import('node:stream').Writable} call
 * @param {unknown} message
 * @param {AbortSignal} signal
 */
async function send(call, message, signal) {
  if (!call.write(message)) await once(call, 'drain', { signal });
}

/** @type {readonly [new (...args: never[]) => Error, import('@grpc/grpc-js').status][]} */
const codes = [
  [OutOfRangeError, status.OUT_OF_RANGE],
  [TooLargeError, status.INVALID_ARGUMENT],
  [DamagedError, status.DATA_LOSS],
  [EndedError, status.UNAVAILABLE],
];

/** @param {unknown} thrown @returns {Partial<import('@grpc/grpc-js').StatusObject>} */
function statusOf(thrown) {
  const [, code = status.INTERNAL] = codes.find(([type]) => thrown instanceof type) ?? [];
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  // What no caller has caused: whoever runs the service is told why.
  if (code === status.INTERNAL || cause !== undefined) captureException(cause ?? thrown);
  return { code, details: code === status.INTERNAL ? 'the log failed' : message };
}

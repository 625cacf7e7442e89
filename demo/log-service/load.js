// @ts-check
/** The calls that the client makes. Each has an end that belongs to it, which may be a refusal; any other end is a problem. */
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { bearer } from './protocol.js';

const { status } = grpc;
const deadlineMs = 10_000;
/** Bytes of a usual record, and of a large one. */
const usual = { min: 100, max: 2000 };
const large = { min: 1 << 20, max: 2 << 20 };
/** Records of a stream that produces, and how long one that consumes stays. */
const streamRecords = { min: 10, max: 40 };
const followMs = { min: 1000, max: 6000 };
/** Records that the consumer may be behind; it skips what is older. */
const lagMax = 500;

/**
 * @typedef {object} Options
 * @property {import('./protocol.js').CommitLogClient} client
 * @property {() => number} random
 * @property {AbortSignal} stopping Streams leave when it says so.
 * @property {(problem: string) => void} onProblem
 *
 * @typedef {{ code: import('@grpc/grpc-js').status, details: string }} End
 */

export class Load {
  #options;
  /** The offset after that of the last record produced; undefined before the first. @type {number | undefined} */
  #produced;
  /** The next offset to consume. */
  #consumed = 0;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  produce() {
    return this.#produce(usual);
  }

  produceLarge() {
    return this.#produce(large);
  }

  /** @param {{ min: number, max: number }} bytes */
  async #produce(bytes) {
    const { offset, ...end } = await this.#ask('Produce', 'root-token', this.#record(bytes));
    this.#expect('Produce', end, status.OK);
    if (end.code === status.OK) this.#note(offset);
  }

  /** The next record, if there is one. */
  async consume() {
    if (this.#produced === undefined) return;
    this.#consumed = Math.max(this.#consumed, this.#produced - lagMax);
    if (this.#consumed === this.#produced) return;
    this.#expect('Consume', await this.#ask('Consume', 'reader-token', { offset: this.#consumed++ }), status.OK);
  }

  async consumeBeyondTheEnd() {
    const offset = (this.#produced ?? 0) + 1_000_000;
    this.#expect('Consume', await this.#ask('Consume', 'reader-token', { offset }), status.OUT_OF_RANGE);
  }

  async consumeAsNobody() {
    this.#expect('Consume', await this.#ask('Consume', 'nobody-token', { offset: 0 }), status.UNAUTHENTICATED);
  }

  async produceAsReader() {
    this.#expect('Produce', await this.#ask('Produce', 'reader-token', this.#record(usual)), status.PERMISSION_DENIED);
  }

  /** A stream of records, each once the one before is acknowledged. */
  async produceMany() {
    const { client, stopping } = this.#options;
    const call = client.ProduceStream(bearer('root-token'));
    const ended = endOf(call);
    for (let left = this.#between(streamRecords); left > 0 && !stopping.aborted; left--) {
      call.write(this.#record(usual));
      // Rejects when the call fails: its end says how.
      const [response] = await Promise.race([once(call, 'data'), ended.then(() => [])]).catch(() => []);
      if (response === undefined) break;
      this.#note(response.offset);
    }
    call.end();
    this.#expect('ProduceStream', await ended, status.OK);
  }

  /** Reads what comes for a while, and leaves. */
  async followTail() {
    if (this.#produced === undefined) return;
    const { client, stopping } = this.#options;
    const call = client.ConsumeStream({ offset: this.#produced }, bearer('reader-token'));
    call.on('data', () => {});
    const ended = endOf(call);
    const staying = sleep(this.#between(followMs), undefined, { signal: stopping }).catch(() => undefined);
    await Promise.race([staying, ended]);
    call.cancel();
    this.#expect('ConsumeStream', await ended, status.CANCELLED);
  }

  /**
   * @param {'Produce' | 'Consume'} method
   * @param {string} token
   * @param {{ value: Buffer } | { offset: number }} request
   * @returns {Promise<End & { offset: number }>}
   */
  #ask(method, token, request) {
    const { client } = this.#options;
    return new Promise((resolve) => {
      /** @type {import('@grpc/grpc-js').requestCallback<{ offset: number }>} */
      const callback = (error, response) =>
        resolve({ code: error?.code ?? status.OK, details: error?.details ?? '', offset: response?.offset ?? 0 });
      // The two differ in their messages alone.
      const call = /** @type {import('./protocol.js').CommitLogClient['Produce']} */ (client[method].bind(client));
      call(/** @type {{ value: Buffer }} */ (request), bearer(token), { deadline: Date.now() + deadlineMs }, callback);
    });
  }

  /** @param {string} what @param {End} end @param {End['code']} expected */
  #expect(what, { code, details }, expected) {
    if (code !== expected) this.#options.onProblem(`${what} ended with ${status[code]}: ${details}`);
  }

  /** @param {number} offset */
  #note(offset) {
    if (this.#produced === undefined) this.#consumed = offset;
    this.#produced = Math.max(this.#produced ?? 0, offset + 1);
  }

  /** @param {{ min: number, max: number }} range */
  #between({ min, max }) {
    return Math.floor(min + this.#options.random() * (max - min));
  }

  /** @param {{ min: number, max: number }} bytes */
  #record(bytes) {
    return { value: randomFillSync(Buffer.allocUnsafe(this.#between(bytes))) };
  }
}

/**
 * @param {import('node:events').EventEmitter} call
 * @returns {Promise<End>}
 */
function endOf(call) {
  // The status says the same.
  call.on('error', () => {});
  return new Promise((resolve) => call.once('status', resolve));
}

// @ts-check
/** What a client has called, and how it went: the books of a load generator, to hold against what telemetry says. */
import grpc from '@grpc/grpc-js';
import { service } from './protocol.js';

/**
 * Messages and their bytes in both directions.
 * @typedef {{ calls: number, requests: number, requestBytes: number, responses: number, responseBytes: number }} Counts
 */

export class Tally {
  /** @type {Map<string, Counts>} */
  #byOutcome = new Map();

  /**
   * Counts the calls of a client: `createClient(address, { interceptors: [tally.interceptor] })`.
   * @type {import('@grpc/grpc-js').Interceptor}
   */
  interceptor = (options, nextCall) => {
    const { path } = options.method_definition;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const method = service[name];
    if (method === undefined) throw new Error(`the service has no ${name}`);
    const counts = { calls: 1, requests: 0, requestBytes: 0, responses: 0, responseBytes: 0 };
    return new grpc.InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveMessage: (message, next) => {
            // grpc-js says null for the answer that a call without one would have had.
            if (message !== null) {
              counts.responses++;
              counts.responseBytes += method.responseSerialize(message).length;
            }
            next(message);
          },
          onReceiveStatus: (status, next) => {
            this.#add(`${name} ${grpc.status[status.code] ?? status.code}`, counts);
            next(status);
          },
        });
      },
      sendMessage: (message, next) => {
        counts.requests++;
        counts.requestBytes += method.requestSerialize(message).length;
        next(message);
      },
    });
  };

  /**
   * @param {string} outcome
   * @param {Counts} counts
   */
  #add(outcome, counts) {
    const sum = this.#byOutcome.get(outcome);
    if (sum === undefined) this.#byOutcome.set(outcome, { ...counts });
    else for (const key of /** @type {(keyof Counts)[]} */ (Object.keys(sum))) sum[key] += counts[key];
  }

  /** By method and status, such as `Produce OK`. @returns {Readonly<Record<string, Counts>>} */
  toJSON() {
    return Object.fromEntries([...this.#byOutcome].toSorted(([a], [b]) => a.localeCompare(b)));
  }
}

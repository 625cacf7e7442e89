/** OTLP in JSON, of all three signals: from the text to the rows. */
import { readdirSync, readFileSync } from 'node:fs';
import { known } from '../../src/base/assert.ts';
import { SondeError } from '../../src/base/errors.ts';
import { protobufFromJson } from '../../src/codec/protobuf-json.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../../src/engine/open-commit.ts';
import { Seen } from '../../src/engine/seen.ts';
import { services } from '../../src/ingest/otlp/services.ts';
import type { OtlpService } from '../../src/ingest/otlp/services.ts';
import type { FuzzTarget } from './harness.ts';

const folder = new URL('../fixtures/otlp-json/', import.meta.url);
const nowNs = 1_763_630_000_000_000_000n;
const context = { tenant: 'fuzz', nowNs, oldestNs: nowNs - 10n ** 15n, newestNs: nowNs + 10n ** 15n };
const textDecoder = new TextDecoder();
/** Requests in one commit. */
const requestsMax = 500;

const tokens = [
  ['{', '}', '[', ']', ',', ':', '"', '\\', '{}', '[]', 'null', 'true', 'false', '[[[[[[[[', '{"":', ' ', '\n', '\u0000', '""'],
  [
    '0',
    '-0',
    '1e3',
    '1e-400',
    '1e400',
    '-1',
    '18446744073709551616',
    '9223372036854775808',
    '0.1',
    '00',
    '1.',
    '-',
    '1e99999999999',
  ],
  ['"NaN"', '"-Infinity"', '"1e3"', '"00"', '"abc="', '"\\ud83d"', '"\\u0000"', '\\u00e9', '\\ud83d\\ude00', 'é', '\u{1f600}'],
  ['"__proto__":', '"attributes":[', '"value":{"arrayValue":{"values":[', '"value":{"kvlistValue":{"values":[{"key":"a",'],
  [
    '"stringValue":',
    '"intValue":',
    '"bytesValue":',
    '"traceId":"',
    '"kind":',
    '"asDouble":',
    '"spans":[',
    '"dataPoints":[',
    '"body":',
  ],
]
  .flat()
  .map((token) => Buffer.from(token));
const bytes = [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf]].map((sequence) =>
  Buffer.from(sequence),
);

export function otlpJsonTarget(): FuzzTarget {
  const buffers = createCommitBuffers();
  let commit = new Commit({ number: 1n, mark: 1 }, new Seen(), buffers);
  const texts = readdirSync(folder).filter((name) => name.endsWith('.json'));
  let turn = 0;
  return {
    samples: texts.map((name) => readFileSync(new URL(name, folder))),
    dictionary: [...tokens, ...bytes],
    take(input) {
      if (turn++ % requestsMax === 0) {
        emptyCommitBuffers(buffers);
        commit = new Commit({ number: BigInt(turn), mark: 1 }, new Seen(), buffers);
      }
      // Most samples are refused at once by a service of another signal: all that is in them is then skipped as unknown.
      const service = known(services[turn % services.length], 'a service');
      const own = services.find(({ signal }) => textDecoder.decode(input.subarray(0, 40)).includes(rootOf[signal]));
      return take(turn % 10 === 0 ? service : (own ?? service), input, commit);
    },
  };
}

const rootOf = { traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics' };

function take(service: OtlpService, input: Uint8Array, commit: Commit): boolean {
  let message: Uint8Array;
  try {
    message = protobufFromJson(service.requestType, input);
  } catch (thrown) {
    if (!(thrown instanceof SondeError) || thrown.code !== 'malformed_body') throw thrown;
    const { position = -1 } = thrown;
    if (position < 0 || position > input.length)
      throw new Error(`the position ${position} is not in the body`, { cause: thrown });
    if (thrown.message.length > 1000) throw new Error('the message is too long', { cause: thrown });
    return false;
  }
  // What is taken is JSON, and what comes of it is always well-formed for the decoder.
  JSON.parse(textDecoder.decode(input));
  commit.append((open) => service.decode(message, open, context));
  return true;
}

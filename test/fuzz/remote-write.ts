/** Remote write 1.0 and 2.0: from the inflated bytes to the rows; and snappy. */
import { SondeError } from '../../src/base/errors.ts';
import { decodeSnappy, encodeSnappy } from '../../src/codec/snappy.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../../src/engine/open-commit.ts';
import { Seen } from '../../src/engine/seen.ts';
import { SeriesIds } from '../../src/ingest/prometheus/decode-series-ids.ts';
import { decodeV1 } from '../../src/ingest/prometheus/decode-v1.ts';
import { decodeV2 } from '../../src/ingest/prometheus/decode-v2.ts';
import { rowsOf } from '../otlp/rows.ts';
import { fixtureContext, readRemoteWriteFixtures } from '../remote-write/fixtures.ts';
import type { FuzzTarget } from './harness.ts';

/** Requests in one commit. */
const requestsMax = 200;
/** One in so many commits is read back. */
const commitsPerCheck = 20;
const bytesMax = 1 << 20;

const tags = Array.from({ length: 18 }, (_, field) => [0, 1, 2, 5].map((wire) => varint(field * 8 + wire))).flat();
const numbers = [0, 1, 2, 7, 127, 128, 16_383, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32].map(varint);
const others = [
  Buffer.alloc(9, 0xff),
  Buffer.alloc(10, 0x80),
  Buffer.from('__name__'),
  Buffer.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f),
  Buffer.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5),
];

export function remoteWriteTarget(): FuzzTarget {
  const buffers = createCommitBuffers();
  const fixtures = readRemoteWriteFixtures();
  const seen = new Seen(1 << 12);
  const context = { ...fixtureContext, known: new SeriesIds(1 << 18) };
  const newCommit = (): Commit => new Commit({ number: 1n, mark: 3 }, seen, buffers);
  let commit = newCommit();
  let turn = 0;
  return {
    samples: fixtures.flatMap(({ decode, body }) => [
      Buffer.concat([Buffer.of(decode === decodeV1 ? 1 : 2), body.subarray(0, 4000)]),
      Buffer.concat([Buffer.of(decode === decodeV1 ? 1 : 2), body]),
      Buffer.concat([Buffer.of(decode === decodeV1 ? 3 : 4), encodeSnappy(body)]),
    ]),
    dictionary: [...tags, ...numbers, ...others],
    take(input) {
      if (++turn % requestsMax === 0) {
        if (turn % (requestsMax * commitsPerCheck) === 0) for (const { batch } of buffers.parts.values()) rowsOf(batch);
        seen.confirm(buffers.claims);
        emptyCommitBuffers(buffers);
        commit = newCommit();
      }
      const kind = (input[0] ?? 0) % 4;
      return take(kind % 2 === 1 ? decodeV1 : decodeV2, kind === 3 || kind === 0, input.subarray(1), commit, context);
    },
  };
}

function take(
  decode: typeof decodeV1,
  isSnappy: boolean,
  input: Uint8Array,
  commit: Commit,
  context: Parameters<typeof decodeV1>[2],
): boolean {
  try {
    const body = isSnappy ? decodeSnappy(input, bytesMax) : input;
    commit.append((open) => decode(body, open, context));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SondeError)) throw thrown;
    if (thrown.code === 'too_large' && isSnappy) return false;
    if (thrown.code !== 'malformed_body') throw thrown;
    const { position = -1 } = thrown;
    if (position < 0 || position > bytesMax) throw new Error(`the position ${position} is not in the body`, { cause: thrown });
    return false;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

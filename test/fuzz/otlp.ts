/** OTLP in protobuf, of all three signals: from the bytes to the rows. */
import { SondeError } from '../../src/base/errors.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../../src/engine/open-commit.ts';
import { Seen } from '../../src/engine/seen.ts';
import { services } from '../../src/ingest/otlp/services.ts';
import type { OtlpService } from '../../src/ingest/otlp/services.ts';
import { fixtureContext, readOtlpFixtures } from '../otlp/fixtures.ts';
import { rowsOf } from '../otlp/rows.ts';
import type { FuzzTarget } from './harness.ts';

/** Requests in one commit. */
const requestsMax = 200;
/** One in so many commits is read back. */
const commitsPerCheck = 20;

const tags = Array.from({ length: 20 }, (_, field) => [0, 1, 2, 3, 4, 5, 6, 7].map((wire) => varint(field * 8 + wire))).flat();
const numbers = [0, 1, 127, 128, 16_383, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32].map(varint);
const others = [
  Buffer.alloc(9, 0xff),
  Buffer.alloc(10, 0x80),
  Buffer.alloc(64, 0x0a),
  Buffer.alloc(64, 0x0b),
  Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02),
  Buffer.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5),
  deepValue(80),
];

export function otlpTarget(): FuzzTarget {
  const buffers = createCommitBuffers();
  const fixtures = readOtlpFixtures();
  const newCommit = (): Commit => new Commit({ number: 1n, mark: 3 }, new Seen(1 << 12), buffers);
  let commit = newCommit();
  let turn = 0;
  return {
    samples: fixtures.map(({ service, body }) => Buffer.concat([Buffer.of(services.indexOf(service)), body])),
    dictionary: [...tags, ...numbers, ...others],
    take(input) {
      if (++turn % requestsMax === 0) {
        if (turn % (requestsMax * commitsPerCheck) === 0) for (const { batch } of buffers.parts.values()) rowsOf(batch);
        emptyCommitBuffers(buffers);
        commit = newCommit();
      }
      const service = services[(input[0] ?? 0) % services.length]!;
      return take(service, input.subarray(1), commit);
    },
  };
}

function take(service: OtlpService, body: Uint8Array, commit: Commit): boolean {
  try {
    commit.append((open) => service.decode(body, open, fixtureContext));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SondeError) || thrown.code !== 'malformed_body') throw thrown;
    const { position = -1 } = thrown;
    if (position < 0 || position > body.length) throw new Error(`the position ${position} is not in the body`, { cause: thrown });
    return false;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** An AnyValue that holds a list that holds a list, and so on. */
function deepValue(depth: number): Buffer {
  let value: Buffer = Buffer.of(0x10, 1);
  for (let i = 0; i < depth; i++) {
    const item = Buffer.concat([Buffer.of(0x0a), varint(value.length), value]);
    value = Buffer.concat([Buffer.of(0x2a), varint(item.length), item]);
  }
  return value;
}

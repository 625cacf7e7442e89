/** Requests of real senders: the rows they become, and what is left of them when they are cut. */
import { describe, expect, test } from 'vitest';
import { SondeError } from '../../base/errors.ts';
import { WireReader } from '../../codec/protobuf.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { fixtureContext, readRemoteWriteFixtures } from '../../../test/remote-write/fixtures.ts';
import { Commit, createCommitBuffers } from '../../engine/open-commit.ts';
import { Seen } from '../../engine/seen.ts';

const fixtures = readRemoteWriteFixtures();

/** What JSON has no number for becomes text. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Where each message of a request ends: cut there, it is a request still. */
function boundaries(body: Uint8Array): number[] {
  const reader = new WireReader(body);
  const found = [0];
  while (reader.at < body.length) {
    reader.tag(body.length);
    reader.at = reader.length(body.length);
    found.push(reader.at);
  }
  return found;
}

test('there are fixtures of both versions', () => {
  expect(new Set(fixtures.map(({ decode }) => decode)).size).toBe(2);
});

describe.each(fixtures)('$name', (fixture) => {
  const { body, expectedPath } = fixture;

  test('becomes its rows, with the same ids in every version', async () => {
    const committer = new MemoryCommitter();
    const outcome = await committer.submit({
      tenant: 'shop',
      signal: 'metrics',
      protocol: 'test',
      fingerprint: new Uint8Array(16),
      decode: (open) => fixture.decode(body, open, fixtureContext),
    });
    expect(outcome.rejected).toBe(0);
    await expect(`${JSON.stringify({ outcome, rows: committer.rows() }, plain, 1)}\n`).toMatchFileSnapshot(expectedPath);
  });

  test('is refused as a whole wherever it is cut, but between messages', () => {
    const commit = new Commit({ number: 1n, mark: 3 }, new Seen(1 << 12), createCommitBuffers());
    const whole: number[] = [];
    const faults: unknown[] = [];
    for (let size = 0; size < body.length; size++) {
      const rows = commit.rows;
      try {
        commit.append((open) => fixture.decode(body.subarray(0, size), open, fixtureContext));
        whole.push(size);
      } catch (thrown) {
        if (!isCleanRefusal(thrown, size) || commit.rows !== rows) faults.push({ size, thrown });
      }
    }
    expect(faults).toEqual([]);
    expect([...whole, body.length]).toEqual(boundaries(body));
  });
});

function isCleanRefusal(thrown: unknown, size: number): boolean {
  if (!(thrown instanceof SondeError) || thrown.code !== 'malformed_body') return false;
  const { position = -1, message } = thrown;
  return position >= 0 && position <= size && /^Expected .+, found .+, at byte \d+\.$/.test(message);
}

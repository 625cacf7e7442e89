/** Requests that are decoded over many turns of the event loop, with the real clock. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine } from '../../test/commit/fake-engine.ts';
import type { FakeEngine } from '../../test/commit/fake-engine.ts';
import { appendRow, describeOnce, submission } from '../../test/commit/rows.ts';
import { Counters } from '../base/counters.ts';
import type { Steps } from '../base/steps.ts';
import { LongColumn } from '../model/columns.ts';
import { resources } from '../model/resources.ts';
import { spans } from '../model/spans.ts';
import type { OpenCommit, Outcome, OwnCommitter, StoredCommit } from './commit.ts';
import { createCommitter } from './committer.ts';

const limits = {
  maxWaitMs: 20,
  maxBytes: 20_000,
  maxBytesInFlight: 80_000,
  maxInFlight: 2,
  maxStallMs: 3000,
  rememberMs: 60_000,
  rememberRequests: 100,
};
const day = 20_000;
const startNs = BigInt(day) * 86_400_000_000_000n;

let fake: FakeEngine;
let committer: OwnCommitter;
let stored: StoredCommit[];
/** Numbers in the rows of spans, and of the commit that brings them. */
let numbers: Set<bigint>;

beforeEach(async () => {
  fake = createFakeEngine();
  stored = [];
  numbers = new Set();
  fake.onInsert = (insert) => {
    const { batch } = insert.batch.columns;
    if (insert.table === 'spans' && batch instanceof LongColumn) {
      for (let row = 0; row < batch.length; row++)
        numbers.add((BigInt(batch.halves[row * 2 + 1]!) << 32n) | BigInt(batch.halves[row * 2]!));
    }
    insert.succeed();
  };
  const onStored = (commit: StoredCommit): number => stored.push(commit);
  committer = await createCommitter(fake.engine, { limits, counters: new Counters(), writer: 'w', onStored });
});

/** Appends a span of about 140 bytes at each step, and takes 3 ms. */
function* slowly(open: OpenCommit, rows: number, also: (row: number) => void = () => undefined): Steps<Outcome> {
  for (let row = 0; row < rows; row++) {
    appendRow(open, spans, { start_time: startNs, name: 'GET /', service: 'shop' });
    also(row);
    const endMs = performance.now() + 3;
    while (performance.now() < endMs);
    yield;
  }
  return { accepted: rows, rejected: 0, reason: '' };
}

function* wellFormed(): Steps<void> {}

const long = (decode: (open: OpenCommit) => Steps<Outcome>, check: () => Steps<void> = wellFormed): Promise<Outcome> =>
  committer.submitLong({ tenant: 'default', signal: 'traces', protocol: 'test', decode, check });

describe('a long request', () => {
  it('that is small joins the open commit, and its rows get the number of that', async () => {
    const first = long((open) => slowly(open, 12));
    let other: Promise<Outcome> | undefined;
    const second = long((open) =>
      slowly(open, 3, () => {
        other ??= committer.submit(
          submission((into) => {
            appendRow(into, spans, { start_time: startNs });
            return { accepted: 1, rejected: 0, reason: '' };
          }),
        );
      }),
    );
    expect(await Promise.all([first, second])).toMatchObject([{ accepted: 12 }, { accepted: 3 }]);
    expect(await other).toMatchObject({ accepted: 1 });
    expect(fake.stored.filter((line) => line.startsWith('spans')).map((line) => Number(line.split(' ')[1]))).not.toContain(0);
    expect(numbers).toEqual(new Set(stored.map(({ number }) => number)));
    expect(numbers).not.toContain(0n);
  });

  it('that is large is a commit of its own, behind the one that was open', async () => {
    const order: number[] = [];
    const answer = long((open) => slowly(open, 40)).then(() => order.push(40));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await Promise.all([
      answer,
      committer
        .submit(
          submission((open) => {
            appendRow(open, spans, { start_time: startNs });
            return { accepted: 1, rejected: 0, reason: '' };
          }),
        )
        .then(() => order.push(1)),
    ]);
    expect(order).toEqual([1, 40]);
    expect(fake.stored).toEqual(['commits 1', 'spans 1', 'commits 1', 'spans 40']);
    expect([...numbers]).toEqual(stored.map(({ number }) => number));
    expect(stored[1]!.number).toBeGreaterThan(stored[0]!.number);
    expect(committer.settled()).toBe(stored[1]!.number);
  });

  it('leaves nothing when it throws, and gives back what it has claimed', async () => {
    const answer = long(function* (open) {
      describeOnce(open, resources, 7, { day });
      yield* slowly(open, 8);
      throw new Error('malformed');
    });
    await expect(answer).rejects.toThrow('malformed');
    expect(fake.stored).toEqual([]);
    let isNew = false;
    await long(function* (open) {
      isNew = describeOnce(open, resources, 7, { day });
      return yield* slowly(open, 1);
    });
    expect(isNew).toBe(true);
    expect(fake.stored.toSorted()).toEqual(['commits 1', 'resources 1', 'spans 1']);
  });

  it('knows what a request beside it has described, once both are stored', async () => {
    const describe = (open: OpenCommit): boolean => describeOnce(open, resources, 7, { day });
    await long(function* (open) {
      describe(open);
      return yield* slowly(open, 1);
    });
    let isNew = true;
    await committer.submit(
      submission((open) => {
        isNew = describe(open);
        appendRow(open, spans, { start_time: startNs });
        return { accepted: 1, rejected: 0, reason: '' };
      }),
    );
    expect(isNew).toBe(false);
  });

  it('is refused when it holds more than half of what may wait to be stored, and others are not', async () => {
    const hungry = long((open) => slowly(open, 1000));
    hungry.catch(() => undefined);
    await expect(hungry).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining('40000 bytes') });
    expect(await long((open) => slowly(open, 2))).toMatchObject({ accepted: 2 });
    expect(fake.stored).toEqual(['commits 1', 'spans 2']);
  });

  const rows = 600;
  const describeMuch = function* (open: OpenCommit): Steps<Outcome> {
    for (let i = 0; i < rows; i++) {
      describeOnce(open, resources, i + 1, { day });
      if (i % 10 === 9) yield* slowly(open, 1);
    }
    return { accepted: rows / 10, rejected: 0, reason: '' };
  };

  it('stores nothing before its end when it turns out malformed', async () => {
    const check = function* (): Steps<void> {
      yield;
      throw new Error('malformed');
    };
    await expect(long(describeMuch, check)).rejects.toThrow('malformed');
    expect(fake.stored).toEqual([]);
  });

  it('has its dictionaries stored before its end when they are large, and whoever listens is told', async () => {
    let checks = 0;
    await long(describeMuch, function* () {
      checks++;
      yield;
    });
    expect(checks).toBe(1);
    const ahead = fake.stored.indexOf('commits 1');
    expect(ahead).toBeGreaterThan(1);
    expect(fake.stored.slice(0, ahead).every((line) => line.startsWith('resources'))).toBe(true);
    const described = fake.stored.flatMap((line) => (line.startsWith('resources') ? Number(line.split(' ')[1]) : []));
    expect(described.reduce((sum, count) => sum + count, 0)).toBe(rows);
    expect(fake.stored.at(-1)).toBe('spans 60');
    expect(stored.slice(0, -1).every((commit) => commit.timesMs(spans) === undefined)).toBe(true);
    expect(new Set(fake.tokens)).toHaveLength(fake.tokens.length);
  });

  it('ends with the committer', async () => {
    const answer = long((open) => slowly(open, 100));
    answer.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await committer.close();
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
    expect(fake.stored).not.toContain('spans 100');
  });
});

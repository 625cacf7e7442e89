import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeEngine } from '../../test/commit/fake-engine.ts';
import type { FakeEngine } from '../../test/commit/fake-engine.ts';
import { appendRow, describeOnce, submission } from '../../test/commit/rows.ts';
import { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import { commits } from '../model/commits.ts';
import { resources, scopes } from '../model/resources.ts';
import { spanEvents, spans } from '../model/spans.ts';
import type { CommitLimits, Committer, OpenCommit, Outcome, Submission } from './commit.ts';
import { createCommitter } from './committer.ts';
import type { Batch } from '../model/batch.ts';

const limits: CommitLimits = {
  maxWaitMs: 100,
  maxBytes: 10_000,
  maxBytesInFlight: 40_000,
  maxInFlight: 2,
  maxStallMs: 3000,
  rememberMs: 60_000,
  rememberRequests: 100,
};

const day = 20_000;
const startNs = BigInt(day) * 86_400_000_000_000n;
const full = new SondeError('unavailable', 'The disk is full.', { retryAfterMs: 1234 });

let fake: FakeEngine;
let counters: Counters;
let committer: Committer;

beforeEach(async () => {
  vi.useFakeTimers({ now: day * 86_400_000 });
  fake = createFakeEngine();
  counters = new Counters();
  committer = await createCommitter(fake.engine, { limits, counters, writer: 'w' });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Appends spans, about 140 bytes each. */
function someSpans(open: OpenCommit, rows: number): Outcome {
  for (let i = 0; i < rows; i++) appendRow(open, spans, { start_time: startNs, name: 'GET /', service: 'shop' });
  return { accepted: rows, rejected: 0, reason: '' };
}

/** 58 bytes. */
function oneLittleRow(open: OpenCommit): Outcome {
  appendRow(open, scopes, { day });
  return { accepted: 1, rejected: 0, reason: '' };
}

function send(rows: number, fingerprint?: number): Promise<Outcome> {
  return committer.submit(submission((open) => someSpans(open, rows), fingerprint));
}

/** Holds every insert back until it is let go. */
function hold(): void {
  fake.onInsert = () => undefined;
}

async function turn(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Lets everything go that runs and comes. */
async function letGo(): Promise<void> {
  fake.onInsert = (insert) => insert.succeed();
  for (const insert of fake.running) insert.succeed();
  await turn();
}

/** What a promise came to by now. */
function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: SondeError; settled: boolean } {
  const seen: { value?: T; error?: SondeError; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(seen, { value, settled: true }),
    (error: SondeError) => Object.assign(seen, { error, settled: true }),
  );
  return seen;
}

function journalRows(): number[] {
  return fake.stored.filter((line) => line.startsWith('commits')).map((line) => Number(line.split(' ')[1]));
}

describe('grouping', () => {
  it('stores requests of one moment together, the intent and the dictionaries before the rows', async () => {
    const decode = (open: OpenCommit): Outcome => {
      describeOnce(open, resources, 7, { day });
      appendRow(open, spanEvents, { start_time: startNs });
      return someSpans(open, 2);
    };
    const answers = [submission(decode), submission(decode)].map((request) => committer.submit(request));
    await turn();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 2 }, () => ({ accepted: 2, rejected: 0, reason: '' })));
    expect(fake.stored.slice(0, 2).toSorted()).toEqual(['commits 1', 'resources 1']);
    expect(fake.stored.slice(2).toSorted()).toEqual(['span_events 2', 'spans 4']);
    expect(new Set(fake.tokens.map((token) => token.split('-').slice(0, 3).join('-')))).toHaveLength(1);
  });

  it('lets those who have time wait for others, even where the engine is idle', async () => {
    const patient = (rows: number): Promise<Outcome> =>
      committer.submit({ ...submission((open) => someSpans(open, rows)), waitMs: 1000 });
    void send(1);
    await turn();
    const [first, second] = [outcomeOf(patient(1)), outcomeOf(patient(20))];
    await turn(999);
    expect([first.settled, second.settled]).toEqual([false, false]);
    await turn(1);
    expect(second.value?.accepted).toBe(20);
    const third = outcomeOf(patient(1));
    await turn(limits.maxWaitMs);
    expect(third.settled).toBe(false);
    void send(1);
    await turn();
    expect(third.value?.accepted).toBe(1);
    expect(fake.stored.filter((line) => line.startsWith('spans'))).toEqual(['spans 1', 'spans 21', 'spans 2']);
  });

  it('remembers nothing of a request without a fingerprint', async () => {
    const { fingerprint: _, ...once } = submission((open) => someSpans(open, 1));
    for (let i = 0; i < 2; i++) {
      void committer.submit(once);
      await turn(limits.maxWaitMs);
    }
    expect(fake.stored).toEqual(['commits 1', 'spans 1', 'commits 1', 'spans 1']);
    expect(counters.value('sonde_requests_total', { protocol: 'test', signal: 'traces', outcome: 'stored' })).toBe(2);
    expect(counters.value('sonde_rows_stored_total', { protocol: 'test', signal: 'traces' })).toBe(2);
  });

  it('answers only when every row is stored', async () => {
    hold();
    const answer = outcomeOf(send(1));
    await turn();
    expect(fake.running.map(({ table }) => table)).toEqual(['commits']);
    fake.running[0]!.succeed();
    await turn();
    expect(fake.running.map(({ table }) => table)).toEqual(['spans']);
    expect(answer.settled).toBe(false);
    fake.running[0]!.succeed();
    await turn();
    expect(answer.value).toEqual({ accepted: 1, rejected: 0, reason: '' });
  });

  it('fills the next commit while one is stored, and stores it when the engine is idle', async () => {
    hold();
    void send(1);
    await turn();
    void send(2);
    void send(3);
    await turn(limits.maxWaitMs - 1);
    expect(fake.tokens).toHaveLength(1);
    await letGo();
    expect(fake.stored).toEqual(['commits 1', 'spans 1', 'commits 1', 'spans 5']);
  });

  it('stores requests after a pause at once, and what is little after that not before maxWaitMs', async () => {
    for (const wait of [limits.maxWaitMs, 0]) {
      await turn(10 * limits.maxWaitMs);
      const first = outcomeOf(send(1));
      await turn();
      expect(first.settled).toBe(true);
      await turn(limits.maxWaitMs / 2);
      // Ten thousand bytes are a full commit here, so a span is more than little: an answer of one short string is not.
      const little = outcomeOf(committer.submit(submission((open) => oneLittleRow(open))));
      await turn(limits.maxWaitMs / 2 - 1);
      expect(little.settled).toBe(false);
      await turn(1 + wait);
      expect(little.settled).toBe(true);
    }
  });

  it('stores a late commit beside a slow one, and no more than maxInFlight at a time', async () => {
    hold();
    void send(1);
    await turn();
    void send(2);
    await turn(limits.maxWaitMs);
    expect(fake.tokens).toHaveLength(2);
    void send(3);
    await turn(2 * limits.maxWaitMs);
    void send(4);
    await turn(2 * limits.maxWaitMs);
    expect(fake.tokens).toHaveLength(2);
    await letGo();
    expect(fake.stored.filter((line) => line.startsWith('spans'))).toEqual(['spans 1', 'spans 2', 'spans 7']);
  });

  it('closes a commit that is full', async () => {
    hold();
    void send(1);
    void send(100);
    void send(3);
    await turn();
    expect(fake.tokens).toHaveLength(1);
    void send(100);
    await turn();
    expect(fake.tokens).toHaveLength(2);
    await letGo();
    expect(fake.stored.filter((line) => line.startsWith('spans'))).toEqual(['spans 101', 'spans 103']);
  });

  it('announces in the journal what each commit holds and up to where all is settled', async () => {
    const journal: Batch<typeof commits>['columns'][] = [];
    const read = (column: { readonly halves: Uint32Array }): bigint =>
      BigInt(column.halves[0]!) + (BigInt(column.halves[1]!) << 32n);
    const seen: { number: bigint; settled: bigint; tables: string; days: number[]; fingerprints: number }[] = [];
    fake.onInsert = (insert) => {
      if (insert.table !== 'commits') return;
      const { columns } = insert.batch as Batch<typeof commits>;
      journal.push(columns);
      seen.push({
        number: read(columns.number),
        settled: read(columns.settled),
        tables: Buffer.from(columns.tables.bytes.subarray(0, columns.tables.end)).toString(),
        days: [columns.first_day.values[0]!, columns.last_day.values[0]!],
        fingerprints: columns.fingerprints.end,
      });
      insert.succeed();
    };
    void send(3);
    void send(4);
    await turn();
    void send(5);
    await turn(limits.maxWaitMs);
    await letGo();
    void send(6);
    await turn();
    expect(seen.map(({ tables, fingerprints }) => [tables, fingerprints])).toEqual([
      ['spans=7', 32],
      ['spans=5', 16],
    ]);
    const [first, second] = seen;
    expect(first!.days[0]).toBeLessThanOrEqual(day);
    expect(first!.days[1]).toBe(day);
    expect(first!.settled).toBe(first!.number - 1n);
    // The first was still being stored when the second began.
    expect(second!.settled).toBe(first!.number - 1n);
    expect(second!.number).toBeGreaterThan(first!.number);
  });
});

describe('a request that can not be decoded', () => {
  it('leaves no row and no claim, and harms no other', async () => {
    const before = send(2);
    const broken = committer.submit(
      submission((open) => {
        describeOnce(open, resources, 9, { day });
        someSpans(open, 3);
        open.batch(spans).columns.name.appendText('half a row');
        throw new SondeError('malformed_body', 'expected a span', { position: 12 });
      }),
    );
    const after = committer.submit(
      submission((open) => {
        expect(describeOnce(open, resources, 9, { day })).toBe(true);
        return someSpans(open, 1);
      }),
    );
    await expect(broken).rejects.toMatchObject({ code: 'malformed_body', position: 12 });
    await turn();
    await Promise.all([before, after]);
    expect(fake.stored).toEqual(['commits 1', 'resources 1', 'spans 3']);
    expect(counters.value('sonde_requests_refused_total', { protocol: 'test', signal: 'traces', reason: 'malformed_body' })).toBe(
      1,
    );
  });

  it('may be sent again', async () => {
    const failing = submission(() => {
      throw new SondeError('malformed_body', 'no');
    }, 78);
    await expect(committer.submit(failing)).rejects.toMatchObject({ code: 'malformed_body' });
    const answer = outcomeOf(send(1, 78));
    await turn();
    expect(answer.value?.accepted).toBe(1);
  });

  it('is an error of ours when it leaves columns uneven, for that request alone', async () => {
    const good = send(1);
    const uneven = committer.submit(
      submission((open) => {
        open.batch(spans).columns.name.appendText('one column of many');
        return { accepted: 1, rejected: 0, reason: '' };
      }),
    );
    await expect(uneven).rejects.toThrow(/impossible: .*spans.* name 2/);
    await turn();
    expect((await good).accepted).toBe(1);
    expect(fake.stored).toEqual(['commits 1', 'spans 1']);
  });
});

describe('a request without rows', () => {
  it('is answered at once and stores nothing', async () => {
    hold();
    const refused = { accepted: 0, rejected: 2, reason: 'two spans without an id' };
    expect(await committer.submit(submission(() => refused))).toEqual(refused);
    await turn(1000);
    expect(fake.tokens).toEqual([]);
    const labels = { protocol: 'test', signal: 'traces' };
    expect(counters.value('sonde_requests_total', { ...labels, outcome: 'empty' })).toBe(1);
    expect(counters.value('sonde_rows_refused_total', { ...labels, reason: 'invalid' })).toBe(2);
  });
});

describe('a request that is sent again', () => {
  const decodeTwice = (fingerprint: number): [Submission, () => number] => {
    let calls = 0;
    const request = submission((open) => {
      calls++;
      return { ...someSpans(open, 2), rejected: 1, reason: 'one was too old' };
    }, fingerprint);
    return [request, () => calls];
  };

  it('joins the commit that carries its rows', async () => {
    hold();
    const [request, calls] = decodeTwice(5);
    const answers = [committer.submit(request), committer.submit(request)];
    await turn();
    const late = committer.submit(request);
    await letGo();
    expect(await Promise.all([...answers, late])).toEqual(
      Array.from({ length: 3 }, () => ({ accepted: 2, rejected: 1, reason: 'one was too old' })),
    );
    expect(calls()).toBe(1);
    expect(fake.stored).toEqual(['commits 1', 'spans 2']);
    expect(counters.value('sonde_duplicate_requests_total', { protocol: 'test', signal: 'traces' })).toBe(2);
  });

  it('is answered as before while it is remembered, and stored anew after', async () => {
    const [request, calls] = decodeTwice(6);
    const first = committer.submit(request);
    await turn();
    expect(await committer.submit(request)).toEqual(await first);
    expect(calls()).toBe(1);
    await turn(limits.rememberMs);
    const anew = committer.submit(request);
    await turn();
    expect((await anew).accepted).toBe(2);
    expect(calls()).toBe(2);
  });
});

describe('an engine that can not store for a while', () => {
  it('gets the same inserts again, after growing delays, until it can', async () => {
    fake.onInsert = (insert) => (insert.table === 'spans' ? insert.fail(full) : insert.succeed());
    const answer = outcomeOf(send(1));
    const attempts = (): number => fake.tokens.filter((token) => token.endsWith('spans')).length;
    await turn();
    const seen: number[] = [];
    for (let ms = 0; ms < 800; ms += 50) {
      seen.push(attempts());
      await turn(50);
    }
    expect(seen).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5]);
    // One of the intent and one of the rows.
    expect(new Set(fake.tokens)).toHaveLength(2);
    expect(answer.settled).toBe(false);
    expect(counters.value('sonde_commit_retries_total')).toBe(5);
    fake.onInsert = (insert) => insert.succeed();
    await turn(2000);
    expect(answer.value?.accepted).toBe(1);
    expect(fake.stored).toEqual(['commits 1', 'spans 1']);
  });

  it('repeats the intent and the dictionaries with tokens of their own, as an engine may know a token and have no rows', async () => {
    fake.onInsert = (insert) => (insert.table === 'spans' ? insert.succeed() : insert.fail(full));
    void committer.submit(
      submission((open) => {
        describeOnce(open, resources, 7, { day });
        return someSpans(open, 1);
      }),
    );
    await turn(100);
    fake.onInsert = (insert) => insert.succeed();
    await turn(1000);
    for (const table of ['commits', 'resources']) {
      const tokens = fake.tokens.filter((token) => token.includes(table));
      expect(tokens.length).toBeGreaterThan(1);
      expect(new Set(tokens)).toHaveLength(tokens.length);
    }
    expect(fake.stored.at(-1)).toBe('spans 1');
  });

  it('counts the rows after a fault, and stores all again with other tokens when some are missing', async () => {
    const faults = new Set(['spans', 'span_events']);
    fake.onInsert = (insert) => (faults.has(insert.table) ? insert.fail(full) : insert.succeed());
    const answer = outcomeOf(
      committer.submit(
        submission((open) => {
          appendRow(open, spanEvents, { start_time: startNs });
          return someSpans(open, 2);
        }),
      ),
    );
    await turn(40);
    const { onRead } = fake;
    // The engine takes the repeated insert of the spans for done and has none.
    fake.onRead = (text) => (text.includes('FROM spans') ? [] : onRead(text));
    fake.onInsert = (insert) => {
      if (insert.token.includes('-1-')) fake.onRead = onRead;
      insert.succeed();
    };
    await turn(20);
    expect(fake.commands.filter((text) => text.startsWith('DELETE'))).toEqual([expect.stringContaining('FROM span_events')]);
    expect(answer.value?.accepted).toBe(2);
    expect(fake.stored).toEqual(['commits 1', 'span_events 1', 'spans 2', 'commits 1', 'span_events 1', 'spans 2']);
    const again = fake.tokens.slice(-2);
    expect(again.every((token) => fake.tokens.indexOf(token) === fake.tokens.lastIndexOf(token))).toBe(true);
  });

  it('makes those who wait too long come back, and they join the commit that still carries their rows', async () => {
    fake.onInsert = (insert) => insert.fail(full);
    const first = outcomeOf(send(2, 42));
    await turn(limits.maxStallMs - 1);
    expect(first.settled).toBe(false);
    await turn(1);
    expect(first.error).toMatchObject({ code: 'unavailable', retryAfterMs: 1234, retryable: true });
    expect(first.error?.message).toMatch(/3000 ms.*The disk is full\./);
    const second = outcomeOf(send(2, 42));
    await turn(1000);
    fake.onInsert = (insert) => insert.succeed();
    await turn(2000);
    expect(second.value?.accepted).toBe(2);
    expect(fake.stored).toEqual(['commits 1', 'spans 2']);
  });

  it('lets in what its limit of bytes allows and refuses the rest undecoded', async () => {
    hold();
    void send(120);
    void send(120);
    void send(120);
    const refused = submission(() => expect.unreachable('nothing is decoded over the limit'));
    await expect(committer.submit(refused)).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    expect(counters.value('sonde_requests_refused_total', { protocol: 'test', signal: 'traces', reason: 'overloaded' })).toBe(1);
    expect(counters.read().find(({ name }) => name === 'sonde_commit_bytes_in_flight')!.value).toBeGreaterThanOrEqual(40_000);
    await letGo();
    await turn();
    const again = send(1);
    await turn();
    expect((await again).accepted).toBe(1);
    expect(counters.read().find(({ name }) => name === 'sonde_commit_bytes_in_flight')!.value).toBe(0);
  });

  it('gets few large commits when it is slow, not many small ones', async () => {
    hold();
    for (let i = 0; i < 20; i++) {
      void send(1);
      await turn(limits.maxWaitMs);
    }
    await letGo();
    expect(journalRows()).toHaveLength(3);
  });
});

describe('rows that the engine refuses for good', () => {
  const refusal = new SondeError('internal', 'The engine refused a statement of ours.');

  it('are taken back when nothing else is stored, and their requests fail', async () => {
    hold();
    const bad = outcomeOf(send(1, 1));
    await turn();
    const good = outcomeOf(send(2, 2));
    await turn(limits.maxWaitMs);
    expect(fake.running).toHaveLength(2);
    for (const insert of fake.running) insert.succeed();
    await turn();
    const waiting = outcomeOf(send(3, 3));
    fake.onRead = (text) => (text.includes('FROM spans') ? [{ number: '17', day: '2024-10-04', n: '1' }] : []);
    fake.running.find(({ rows }) => rows === 1)!.fail(refusal);
    await turn(limits.maxWaitMs);
    // The other commit is still being stored, and nothing new is begun.
    expect(fake.commands).toEqual([]);
    expect(bad.settled).toBe(false);
    expect(fake.running.map(({ rows }) => rows)).toEqual([2]);
    await letGo();
    expect(fake.commands.some((text) => text.startsWith('DELETE FROM service_minutes'))).toBe(true);
    expect(bad.error).toMatchObject({ code: 'internal' });
    expect(good.value?.accepted).toBe(2);
    expect(waiting.value?.accepted).toBe(3);
    expect(counters.value('sonde_commits_total', { outcome: 'taken_back' })).toBe(1);
    expect(counters.value('sonde_commits_total', { outcome: 'stored' })).toBe(2);
    const labels = { protocol: 'test', signal: 'traces' };
    expect(counters.value('sonde_rows_refused_total', { ...labels, reason: 'internal' })).toBe(1);
    expect(counters.value('sonde_rows_stored_total', labels)).toBe(5);
    const again = outcomeOf(send(1, 1));
    await turn();
    expect(again.value?.accepted).toBe(1);
  });

  it('let nothing be stored until they are gone', async () => {
    fake.onInsert = (insert) => (insert.table === 'spans' ? insert.fail(refusal) : insert.succeed());
    fake.onRead = () => {
      throw full;
    };
    const bad = outcomeOf(send(1));
    await turn();
    fake.onInsert = (insert) => insert.succeed();
    const next = outcomeOf(send(2));
    await turn(1200);
    expect([bad.settled, next.settled]).toEqual([false, false]);
    expect(fake.stored).toEqual(['commits 1']);
    fake.onRead = () => [];
    await turn(1000);
    expect(bad.error).toMatchObject({ code: 'internal' });
    expect(next.value?.accepted).toBe(2);
  });
});

describe('dictionaries', () => {
  it('are described once per commit until they are stored, and then no more', async () => {
    hold();
    const described: boolean[] = [];
    const decode = (open: OpenCommit): Outcome => {
      described.push(describeOnce(open, resources, 3, { day }));
      return someSpans(open, 1);
    };
    void committer.submit(submission(decode));
    void committer.submit(submission(decode));
    await turn();
    void committer.submit(submission(decode));
    await letGo();
    void committer.submit(submission(decode));
    await turn();
    expect(described).toEqual([true, false, true, false]);
  });
});

describe('buffers', () => {
  it('are used again by later commits, and let go when nothing happens', async () => {
    const seen: Batch[] = [];
    const request = (): Promise<Outcome> =>
      committer.submit(
        submission((open) => {
          seen.push(open.batch(spans));
          return someSpans(open, 1);
        }),
      );
    for (const pause of [0, 0, 10_000]) {
      void request();
      await turn();
      await turn(pause);
    }
    void request();
    await turn();
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
    expect(seen[3]).not.toBe(seen[0]);
    expect(fake.stored.filter((line) => line.startsWith('spans'))).toEqual(Array(4).fill('spans 1'));
  });
});

describe('closing', () => {
  it('stores what is open, takes nothing more, and leaves nothing to check', async () => {
    hold();
    const first = outcomeOf(send(1));
    await turn();
    const second = outcomeOf(send(2));
    const closed = outcomeOf(committer.close());
    await expect(send(3)).rejects.toMatchObject({ code: 'unavailable' });
    await turn();
    expect(closed.settled).toBe(false);
    await letGo();
    expect([first.value?.accepted, second.value?.accepted, closed.settled]).toEqual([1, 2, true]);
    // Besides the two intents, the row that says that all is settled.
    expect(journalRows()).toEqual([1, 1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up after maxStallMs when the engine can not store', async () => {
    fake.onInsert = (insert) => insert.fail(full);
    const answer = outcomeOf(send(1));
    await turn(500);
    const closed = outcomeOf(committer.close());
    await turn(limits.maxStallMs);
    expect(closed.settled).toBe(true);
    expect(answer.error).toMatchObject({ code: 'unavailable' });
    expect(fake.stored).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is done at once when there is nothing to store', async () => {
    await committer.close();
    await committer.close();
    expect(fake.tokens).toEqual([]);
  });
});

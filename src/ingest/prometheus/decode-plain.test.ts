import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Commit, createCommitBuffers } from '../../engine/open-commit.ts';
import { Seen } from '../../engine/seen.ts';
import { rowsOf } from '../../../test/otlp/rows.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import { staleValue, writeV1 } from '../../../test/remote-write/messages.ts';
import type { TestSeries } from '../../../test/remote-write/messages.ts';
import { SeriesIds } from './decode-series-ids.ts';
import { decodeV1 } from './decode-v1.ts';
import type { WriteOutcome } from './decoding.ts';

const dayMs = 86_400_000;
/** Midnight. */
const nowMs = 20_400 * dayMs;
const nowNs = BigInt(nowMs) * 1_000_000n;
const dayNs = BigInt(dayMs) * 1_000_000n;
const context = { tenant: 'shop', nowNs, oldestNs: nowNs - dayNs, newestNs: nowNs + dayNs };

/** A process that takes requests, each a commit of its own. */
class Receiver {
  readonly #seen = new Seen(1 << 12);
  readonly #known: SeriesIds | undefined;
  #mark = 3;

  constructor(known?: SeriesIds) {
    this.#known = known;
  }

  take(body: Uint8Array, { isStored = true, tenant = 'shop' } = {}): { outcome: WriteOutcome; rows: Record<string, Row[]> } {
    const commit = new Commit({ number: 7n, mark: this.#mark++ }, this.#seen, createCommitBuffers());
    let outcome: WriteOutcome | undefined;
    const known = this.#known === undefined ? {} : { known: this.#known };
    commit.append((open) => (outcome = decodeV1(body, open, { ...context, tenant, ...known })));
    const batches = [...commit.filled('rows'), ...commit.filled('latest')];
    const rows = Object.fromEntries(batches.map((batch) => [batch.table.name, rowsOf(batch)]));
    if (isStored) this.#seen.confirm(commit.buffers.claims);
    else commit.release();
    if (outcome === undefined) throw new Error('nothing was decoded');
    return { outcome, rows };
  }
}

const labelSets = [
  ['__name__', 'up'],
  ['__name__', 'up', 'job', 'node'],
  ['__name__', 'up', 'job', 'node', 'zone', ''],
  ['__name__', 'requests_total', 'job', 'x'.repeat(200)],
  ['job', 'unsorted', '__name__', 'up'],
  ['job', 'nameless'],
  ['__name__', 'up', 'job', 'twice', 'job', 'twice'],
];
const value = fc.oneof(fc.constantFrom(0, 1, -0, Number.NaN, staleValue, Number.POSITIVE_INFINITY), fc.double());
const timeMs = fc.oneof(
  fc.constantFrom(nowMs - 1, nowMs, nowMs + 1, 0, 1, nowMs - 2 * dayMs, nowMs + 2 * dayMs),
  fc.integer({ min: nowMs - dayMs, max: nowMs + dayMs }),
);
const sample = fc.record({ value, timeMs });
const series: fc.Arbitrary<TestSeries> = fc.record({
  labels: fc.constantFrom(...labelSets),
  samples: fc.oneof({ weight: 6, arbitrary: fc.tuple(sample) }, { weight: 1, arbitrary: fc.array(sample, { maxLength: 3 }) }),
  histograms: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant([{ timeMs: nowMs, count: 0n, sum: 0, schema: 0 }]) },
  ),
  exemplars: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant([{ labels: ['trace_id', 'a'], value: 1, timeMs: nowMs }]) },
  ),
});
const request = fc.record({
  series: fc.array(series, { maxLength: 12 }),
  isStored: fc.boolean(),
  tenant: fc.constantFrom('shop', 'office'),
});

test('whatever is known, the rows and the answer are those of a process that knows nothing', () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), fc.constantFrom(1 << 20, 18_000), (requests, bytesMax) => {
      const [plain, fast] = [new Receiver(), new Receiver(new SeriesIds(bytesMax))];
      for (const { series: list, ...how } of requests) {
        const body = writeV1(list);
        expect(fast.take(body, how)).toEqual(plain.take(body, how));
      }
    }),
    { numRuns: 300 },
  );
});

const labels = ['__name__', 'up', 'job', 'node'];
const at = (...times: number[]): Buffer => writeV1(times.map((ms, i) => ({ labels, samples: [{ value: i + 1, timeMs: ms }] })));

test('a series is known once its row is stored, for the day of that row alone', () => {
  const known = new SeriesIds(1 << 20);
  const receiver = new Receiver(known);
  const check = (body: Buffer, isStored: boolean, rowDays: readonly number[], size: number): void => {
    const { rows } = receiver.take(body, { isStored });
    expect((rows['series'] ?? []).map(({ day }) => day)).toEqual(rowDays);
    expect(known.size).toBe(size);
  };
  check(at(nowMs), false, [20_400], 0);
  check(at(nowMs), true, [20_400], 0);
  check(at(nowMs), true, [], 1);
  check(at(nowMs - 1, nowMs), false, [20_399], 1);
  check(at(nowMs - 1, nowMs), true, [20_399], 1);
  check(at(nowMs - 1, nowMs), true, [], 1);
});

test('a body that is cut is refused as it is when nothing is known, and leaves nothing', () => {
  const [plain, fast] = [new Receiver(), new Receiver(new SeriesIds(1 << 20))];
  const body = at(nowMs, nowMs + 1, nowMs + 2);
  for (const receiver of [plain, fast]) for (let i = 0; i < 3; i++) receiver.take(body);
  const messageOf = (receiver: Receiver, cut: Uint8Array): string => {
    try {
      return `taken: ${receiver.take(cut).outcome.accepted}`;
    } catch (thrown) {
      return String(thrown);
    }
  };
  for (let end = 0; end < body.length; end++) {
    const cut = body.subarray(0, end);
    expect(messageOf(fast, cut)).toBe(messageOf(plain, cut));
  }
  // A byte that is changed anywhere makes another series, another value or an error, but the same with both.
  for (let i = 0; i < body.length; i++) {
    const changed = Buffer.from(body);
    changed[i] = (changed[i] ?? 0) ^ 0x41;
    expect(messageOf(fast, changed)).toBe(messageOf(plain, changed));
  }
});

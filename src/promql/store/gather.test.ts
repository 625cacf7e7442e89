import { array, assert, bigInt, boolean, constantFrom, integer, property, record, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { takeAtOnce } from '../../base/steps.ts';
import type { Block } from '../../engine/engine.ts';
import { sampleKinds } from '../source.ts';
import { Gathering } from './gather.ts';
import type { StoredSeries } from './series.ts';

interface Row {
  readonly metricId: number;
  readonly id: bigint;
  /** After `sinceMs`. */
  readonly ms: number;
  readonly bits: bigint;
  readonly startMs: number;
}

interface Form {
  readonly isOneMetric: boolean;
  readonly isShort: boolean;
  readonly withStarts: boolean;
}

const sinceMs = 1_795_652_915_257;
const staleBits = 0x7ff0_0000_0000_0002n;

/** Few enough that they meet, and at both ends of each half of an id. */
const ids = constantFrom(0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn);
const row = record({
  metricId: constantFrom(0, 7, 0xffff_ffff),
  id: ids,
  ms: constantFrom(0, 1, 2, 15_000, 0x7fff_ffff),
  bits: constantFrom(
    0n,
    0x4045_0000_0000_0000n,
    staleBits,
    0x7ff8_0000_0000_0000n,
    0x7ff0_0000_0000_0001n,
    0xfff0_0000_0000_0000n,
  ),
  startMs: integer({ min: 0, max: 2 }),
});
const form = record({ isOneMetric: boolean(), isShort: boolean(), withStarts: boolean() });
const listed = array(tuple(constantFrom(0, 7, 0xffff_ffff), ids), { maxLength: 12 });

/** A column whose values do not lie where an array of them could. */
function column(bytes: Uint8Array): Uint8Array {
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  return shifted.subarray(3);
}

function bytesOf(values: BigUint64Array | Uint32Array): Uint8Array {
  return column(new Uint8Array(values.buffer));
}

function nanoseconds(ms: number, rest = 0n): bigint {
  return BigInt(ms) * 1_000_000n + rest;
}

function blockOf(rows: readonly Row[], { isOneMetric, isShort, withStarts }: Form): Block {
  const longs = (of: (one: Row) => bigint): Uint8Array => bytesOf(BigUint64Array.from(rows, of));
  return {
    rows: rows.length,
    columns: {
      series_id: longs(({ id }) => id),
      sample: longs(({ bits }) => bits),
      ...(!isOneMetric && { metric_id: bytesOf(Uint32Array.from(rows, ({ metricId }) => metricId)) }),
      ...(isShort
        ? { at: bytesOf(Uint32Array.from(rows, ({ ms }) => ms)) }
        : { time: longs(({ ms }) => nanoseconds(sinceMs + ms, 999_999n)) }),
      ...(withStarts && { start_time: longs(({ startMs }) => nanoseconds(startMs)) }),
    },
  };
}

function byKey(a: Pick<Row, 'metricId' | 'id'>, b: Pick<Row, 'metricId' | 'id'>): number {
  return a.metricId - b.metricId || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function seriesOf(keys: readonly (readonly [number, bigint])[]): StoredSeries[] {
  const series = keys.map(([metricId, id]) => ({ metricId, id, labels: [], kind: 'prometheus' as const, isDelta: false }));
  return series.toSorted(byKey).filter((one, i, all) => i === 0 || byKey(all[i - 1] ?? one, one) !== 0);
}

/** `time value start` of each sample, those of one time in one order. */
function textsOf(samples: readonly { ms: number; bits: bigint; startMs: number }[]): string[] {
  return samples
    .toSorted((a, b) => a.ms - b.ms || (a.bits < b.bits ? -1 : Number(a.bits > b.bits)) || a.startMs - b.startMs)
    .map(({ ms, bits, startMs }) => `${ms} ${bits.toString(16)} ${startMs}`);
}

function check(parts: readonly (readonly Row[])[], series: readonly StoredSeries[], some: Form): void {
  const blocks = parts.filter((rows) => rows.length > 0).map((rows) => blockOf(rows, some));
  const gathering = takeAtOnce(Gathering.of(blocks, series, some.isShort ? sinceMs : undefined));
  for (const [place, one] of series.entries()) {
    const wanted = parts.flat().filter((each) => byKey(each, one) === 0);
    const found = gathering.samplesOf(place);
    expect(found === undefined).toBe(wanted.length === 0);
    if (found === undefined) continue;
    const bits = new BigUint64Array(found.values.slice().buffer);
    const samples = Array.from(found.timesMs, (timeMs, i) => ({
      ms: timeMs - sinceMs,
      bits: bits[i] ?? 0n,
      startMs: found.startsMs?.[i] ?? 0,
    }));
    expect(samples.map(({ ms }) => ms)).toEqual(samples.map(({ ms }) => ms).toSorted((a, b) => a - b));
    expect(textsOf(samples)).toEqual(textsOf(wanted.map((each) => (some.withStarts ? each : { ...each, startMs: 0 }))));
    expect(Array.from(found.kinds)).toEqual(
      samples.map((sample) => (sample.bits === staleBits ? sampleKinds.stale : sampleKinds.float)),
    );
  }
}

function ofOneMetric(rows: readonly Row[]): Row[] {
  return rows.map((one) => ({ ...one, metricId: 7 }));
}

test('every sample comes to its series, in the order of time, from blocks in any order', () => {
  assert(
    property(array(array(row, { maxLength: 12 }), { maxLength: 4 }), listed, form, (parts, keys, some) => {
      if (some.isOneMetric) check(parts.map(ofOneMetric), seriesOf(keys.map(([, id]) => [7, id])), some);
      else check(parts, seriesOf(keys), some);
    }),
  );
});

test('from parts that are sorted, as the engine has them', () => {
  assert(
    property(array(array(row, { maxLength: 30 }), { maxLength: 4 }), listed, form, (parts, keys, some) => {
      const sorted = parts.map((rows) => ofOneMetric(rows).toSorted((a, b) => byKey(a, b) || a.ms - b.ms));
      check(sorted, seriesOf(keys.map(([, id]) => [7, id])), { ...some, isOneMetric: true });
    }),
  );
});

test('ids are compared as the whole numbers that they are', () => {
  assert(
    property(array(bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 50 }), (all) => {
      const rows = all.map((id, i) => ({ metricId: 7, id, ms: i, bits: BigInt(i), startMs: 0 }));
      check([rows], seriesOf(all.map((id) => [7, id])), { isOneMetric: true, isShort: true, withStarts: false });
    }),
  );
});

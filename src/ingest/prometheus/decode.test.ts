import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Commit, createCommitBuffers } from '../../engine/open-commit.ts';
import { Seen } from '../../engine/seen.ts';
import { SondeError } from '../../base/errors.ts';
import { metricIdOf } from '../../model/metric-ids.ts';
import { oldestTimes } from '../../model/metric-retention.ts';
import { rowsOf } from '../../../test/otlp/rows.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import { block, staleValue, varint, writeV1, writeV2 } from '../../../test/remote-write/messages.ts';
import type { TestHistogram, TestSeries } from '../../../test/remote-write/messages.ts';
import { histogramRules } from './decode-histograms.ts';
import { labelRules } from './decode-labels.ts';
import { decodeV1 } from './decode-v1.ts';
import { decodeV2 } from './decode-v2.ts';
import type { DecodeContext, WriteOutcome } from './decoding.ts';
import { nameRule } from './series.ts';

const nowMs = 1_763_630_000_000;
const nowNs = BigInt(nowMs) * 1_000_000n;
const hourMs = 3_600_000;
const hourNs = 3_600_000_000_000n;
const context: DecodeContext = { tenant: 'shop', nowNs, oldestNs: nowNs - 10n * hourNs, newestNs: nowNs + hourNs };
const up = ['__name__', 'up', 'instance', 'a:9090', 'job', 'node'];

interface Decoded {
  readonly outcome: WriteOutcome;
  readonly rows: Record<string, Row[]>;
}

function decode(version: typeof decodeV1, body: Uint8Array, of: DecodeContext = context): Decoded {
  const commit = new Commit({ number: (1n << 32n) | 7n, mark: 3 }, new Seen(1 << 12), createCommitBuffers());
  let outcome: WriteOutcome | undefined;
  commit.append((open) => (outcome = version(body, open, of)));
  const batches = [...commit.filled('rows'), ...commit.filled('latest')];
  return { outcome: outcome!, rows: Object.fromEntries(batches.map((batch) => [batch.table.name, rowsOf(batch)])) };
}

const versions = [
  ['1.0', (series: readonly TestSeries[], of?: DecodeContext) => decode(decodeV1, writeV1(series), of)],
  ['2.0', (series: readonly TestSeries[], of?: DecodeContext) => decode(decodeV2, writeV2(series), of)],
] as const;

describe.each(versions)('remote write %s', (name, take) => {
  test('a sample becomes a row of its series', () => {
    const { outcome, rows } = take([{ labels: up, samples: [{ value: 1.5, timeMs: nowMs - 1 }] }]);
    expect(outcome).toEqual({ accepted: 1, rejected: 0, reason: '', written: { samples: 1, histograms: 0, exemplars: 0 } });
    const [series] = rows['series']!;
    expect(rows['samples']).toEqual([
      {
        tenant: 'shop',
        batch: (1n << 32n) | 7n,
        metric_id: metricIdOf('up'),
        series_id: series!['id'],
        time: nowNs - 1_000_000n,
        start_time: 0n,
        flags: 0,
        value: 1.5,
        is_int: 0,
        int_rest: 0,
      },
    ]);
    expect(series).toMatchObject({ metric: 'up', name: 'up', service: 'node', type: 'unknown', day: 20_412 });
  });

  test('several samples of a series are all kept, also two of one time', () => {
    const times = [nowMs - 2, nowMs - 1, nowMs - 1, nowMs];
    const { rows } = take([{ labels: up, samples: times.map((timeMs, value) => ({ value, timeMs })) }]);
    expect(rows['samples']!.map((row) => [row['time'], row['value']])).toEqual(
      times.map((timeMs, value) => [BigInt(timeMs) * 1_000_000n, value]),
    );
    expect(rows['series']).toHaveLength(1);
  });

  test('a series has a row for each day of its samples', () => {
    const wide = { ...context, oldestNs: 0n };
    const { rows } = take(
      [
        {
          labels: up,
          samples: [
            { value: 1, timeMs: 0 },
            { value: 2, timeMs: 86_400_000 },
            { value: 3, timeMs: 1 },
          ],
        },
      ],
      wide,
    );
    expect(rows['series']!.map((row) => row['day'])).toEqual([0, 1]);
    expect(rows['samples']!.map((row) => row['time'])).toEqual([0n, 86_400_000_000_000n, 1_000_000n]);
  });

  test('a stale marker is a flag, another NaN is a value', () => {
    const { rows } = take([
      {
        labels: up,
        samples: [
          { value: staleValue, timeMs: nowMs },
          { value: Number.NaN, timeMs: nowMs },
        ],
      },
    ]);
    expect(rows['samples']!.map((row) => [row['flags'], row['value']])).toEqual([
      [1, Number.NaN],
      [0, Number.NaN],
    ]);
  });

  test('values keep their bits', () => {
    const values = [0, -0, 1e-320, 2 ** 53 + 2, Infinity, -Infinity, Number.MAX_VALUE];
    const { rows } = take([{ labels: up, samples: values.map((value) => ({ value, timeMs: nowMs })) }]);
    expect(rows['samples']!.map((row) => row['value'])).toEqual(values);
  });

  test('a bad series is refused, what is around it is stored', () => {
    const sample = { value: 1, timeMs: nowMs };
    const { outcome, rows } = take([
      { labels: up, samples: [sample] },
      { labels: ['job', 'nameless'], samples: [sample, sample] },
      { labels: [...up, 'job', 'again'], samples: [sample] },
      { labels: ['__name__', 'down'], samples: [sample] },
    ]);
    expect(outcome).toMatchObject({ accepted: 2, rejected: 3, written: { samples: 2 } });
    expect(outcome.reason).toBe(
      `3 of 5 samples, histograms and exemplars were refused, the others are stored: ${nameRule} (2, the first in {job="nameless"}); ` +
        `${labelRules.twice} (1, the first in {__name__="up", instance="a:9090", job="node", job="again"}).`,
    );
    expect(rows['series']!.map((row) => row['metric'])).toEqual(['up', 'down']);
  });

  test('samples that are too old or too new are refused, each on its own', () => {
    const samples = [-36_000_001, -36_000_000, 3_600_000, 3_600_001].map((ms) => ({ value: 1, timeMs: nowMs + ms }));
    const { outcome, rows } = take([{ labels: up, samples }]);
    expect(outcome).toMatchObject({ accepted: 2, rejected: 2 });
    expect(outcome.reason).toContain(
      'the time must be from 2025-11-19T23:13:20.000Z to 2025-11-20T10:13:20.000Z (2, the first in {__name__="up"',
    );
    expect(rows['samples']).toHaveLength(2);
  });

  test('what is too old of one metric may be taken of another', () => {
    const keptMs = (name: string): number => (name.startsWith('long') ? 9 * hourMs : 2 * hourMs);
    const times = oldestTimes(nowNs, 1, { shortestMs: 2 * hourMs, longestMs: 9 * hourMs, keptMs });
    const points = [0, 2 * hourMs, 2 * hourMs + 1, 9 * hourMs + 1].map((ageMs) => ({ value: 1, timeMs: nowMs - ageMs }));
    const exemplars = points.map(({ timeMs }) => ({ labels: ['trace_id', 'a'], value: 1, timeMs }));
    const histograms = points.map(({ timeMs }) => ({ timeMs, count: 0n, sum: 0, schema: 0 }));
    const series = (metric: string): TestSeries[] => [
      { labels: ['__name__', metric], samples: points, exemplars },
      { labels: ['__name__', metric, 'a', 'b'], histograms },
    ];
    const { outcome, rows } = take([...series('short'), ...series('long_a')], { ...context, ...times });
    expect(outcome.written).toEqual({ samples: 5, histograms: 5, exemplars: 5 });
    expect(outcome.reason).toContain(`from ${new Date(nowMs - 2 * hourMs).toISOString()} to`);
    expect(outcome.reason).toContain(`from ${new Date(nowMs - 9 * hourMs).toISOString()} to`);
    const ofLong = rows['samples']!.filter((row) => row['metric_id'] === metricIdOf('long_a'));
    expect(ofLong).toHaveLength(3);
  });

  test('labels that come unsorted or empty are those of the same series', () => {
    const sample = { value: 1, timeMs: nowMs };
    const { rows } = take([
      { labels: up, samples: [sample] },
      { labels: ['job', 'node', 'zone', '', '__name__', 'up', 'instance', 'a:9090'], samples: [sample] },
    ]);
    expect(rows['series']).toHaveLength(1);
    expect(rows['samples']!.map((row) => row['series_id'])).toEqual([rows['series']![0]!['id'], rows['series']![0]!['id']]);
  });

  test('names and values may be any UTF-8, and long', () => {
    const long = 'ü'.repeat(500);
    const { rows } = take([
      { labels: ['__name__', 'http.größe', 'länge', long, '💡', 'an'], samples: [{ value: 1, timeMs: nowMs }] },
    ]);
    expect(rows['series']![0]).toMatchObject({
      name: 'http.größe',
      labels: [
        ['länge', long, 's'],
        ['💡', 'an', 's'],
      ],
    });
  });

  test('an exemplar has its ids in their columns and the rest in its attributes', () => {
    const traceId = '0AF7651916CD43DD8448EB211C80319C';
    const exemplars = [
      { labels: ['span_id', 'b7ad6b7169203331', 'trace_id', traceId, 'user', 'ann'], value: 0.25, timeMs: nowMs - 5 },
      { labels: ['trace_id', 'not an id'], value: 1, timeMs: nowMs },
      { labels: [], value: 2, timeMs: nowMs },
    ];
    const { outcome, rows } = take([{ labels: up, samples: [{ value: 1, timeMs: nowMs }], exemplars }]);
    expect(outcome.written).toEqual({ samples: 1, histograms: 0, exemplars: 3 });
    const time = nowNs - 5_000_000n;
    expect(rows['exemplars']).toMatchObject([
      {
        time,
        point_time: time,
        value: 0.25,
        is_int: 0,
        trace_id: traceId.toLowerCase(),
        span_id: 'b7ad6b7169203331',
        attributes: [['user', 'ann', 's']],
        metric_id: metricIdOf('up'),
      },
      { trace_id: '0'.repeat(32), span_id: '0'.repeat(16), attributes: [['trace_id', 'not an id', 's']] },
      { value: 2, attributes: [] },
    ]);
  });

  test('an exemplar may come without a sample', () => {
    const { rows } = take([{ labels: up, exemplars: [{ labels: ['trace_id', 'x'], value: 1, timeMs: nowMs }] }]);
    expect([rows['exemplars']?.length, rows['series']?.length]).toEqual([1, 1]);
  });

  test('an exemplar with an empty name of a label is refused', () => {
    const { outcome } = take([
      { labels: up, samples: [{ value: 1, timeMs: nowMs }], exemplars: [{ labels: ['', 'x'], value: 1, timeMs: nowMs }] },
    ]);
    expect(outcome).toMatchObject({ accepted: 1, rejected: 1 });
    expect(outcome.reason).toContain(`of exemplars, ${labelRules.empty}`);
  });

  describe('native histograms', () => {
    const integer: TestHistogram = {
      timeMs: nowMs,
      count: 15n,
      sum: 27.5,
      schema: 3,
      zeroThreshold: 0.001,
      zeroCount: 2n,
      positiveSpans: [
        { offset: -2, length: 2 },
        { offset: 3, length: 1 },
      ],
      positiveDeltas: [4, -1, 1],
      negativeSpans: [{ offset: 1, length: 1 }],
      negativeDeltas: [2],
    };
    const take1 = (histogram: TestHistogram): Decoded => take([{ labels: up, histograms: [histogram] }]);
    const check = (title: string, histogram: TestHistogram, row: Row): void =>
      test(`histograms ${title}`, () => {
        const { outcome, rows } = take1(histogram);
        expect(outcome).toMatchObject({ accepted: 1, rejected: 0, written: { samples: 0, histograms: 1 } });
        expect(rows['native_histograms']).toMatchObject([row]);
      });

    check('of integers have indexes and counts for spans and differences', integer, {
      metric_id: metricIdOf('up'),
      time: nowNs,
      flags: 0,
      schema: 3,
      is_float: 0,
      reset_hint: 0,
      count: 15,
      sum: 27.5,
      zero_threshold: 0.001,
      zero_count: 2,
      positive_indexes: '[-2,-1,3]',
      positive_counts: '[4,3,4]',
      negative_indexes: '[1]',
      negative_counts: '[2]',
      bounds: '[]',
    });

    test('make a series of their own type', () => {
      expect(take1(integer).rows['series']).toMatchObject([{ type: 'native_histogram', temporality: 2, monotonic: 1 }]);
    });

    check(
      'of floats keep their fractions and their hint',
      {
        timeMs: nowMs,
        count: 3.75,
        sum: 1,
        schema: -4,
        zeroCount: 0.5,
        positiveSpans: [{ offset: 0, length: 2 }],
        positiveCounts: [1.25, 2],
        resetHint: 3,
      },
      { is_float: 1, reset_hint: 3, count: 3.75, zero_count: 0.5, positive_indexes: '[0,1]', positive_counts: '[1.25,2]' },
    );

    check(
      'may have bounds of their own',
      {
        timeMs: nowMs,
        count: 6n,
        sum: 1,
        schema: -53,
        positiveSpans: [
          { offset: 0, length: 1 },
          { offset: 1, length: 1 },
        ],
        positiveDeltas: [4, -2],
        bounds: [-1.5, 10],
      },
      { schema: -53, positive_indexes: '[0,2]', positive_counts: '[4,2]', bounds: '[-1.5,10]' },
    );

    check(
      'may have nothing but a zero bucket',
      { timeMs: nowMs, count: 1n, sum: 0, schema: 0, zeroCount: 1n },
      { count: 1, zero_count: 1, positive_indexes: '[]' },
    );
    check('may be empty', { timeMs: nowMs, count: 0n, sum: 0, schema: 0 }, { count: 0 });
    check('may end', { timeMs: nowMs, count: 0n, sum: staleValue, schema: 0 }, { flags: 1, sum: Number.NaN });
    check(
      'may have a sum that is no number, and then observations in no bucket',
      { ...integer, count: 16n, sum: Number.NaN },
      { count: 16, sum: Number.NaN },
    );
    check(
      'beyond 2^53 have the nearest double',
      {
        timeMs: nowMs,
        count: 2n ** 63n + 1n,
        sum: 1,
        schema: 0,
        positiveSpans: [{ offset: 0, length: 2 }],
        positiveDeltas: [2n ** 62n, -(2n ** 62n) + 5n],
      },
      { count: 2 ** 63, positive_counts: `[${2 ** 62},0]` },
    );

    const refuse = (title: string, changes: Partial<TestHistogram>, rule: string): void =>
      test(`histograms ${title}`, () => {
        const { outcome, rows } = take1({ ...integer, ...changes });
        expect(outcome).toMatchObject({ accepted: 0, rejected: 1 });
        expect(outcome.reason).toContain(rule);
        expect(rows).toEqual({});
      });
    const custom = {
      schema: -53,
      zeroThreshold: 0,
      zeroCount: 0n,
      negativeSpans: [],
      negativeDeltas: [],
      count: 11n,
      positiveSpans: [{ offset: 0, length: 3 }],
    };
    refuse('with an unknown schema are refused', { schema: 9 }, histogramRules.schema);
    refuse('with a schema below all are refused', { schema: -5 }, histogramRules.schema);
    refuse('with more buckets than their spans are refused', { positiveDeltas: [4, -1, 1, 0] }, histogramRules.spans);
    refuse('with fewer buckets than their spans are refused', { positiveDeltas: [4, -1] }, histogramRules.spans);
    refuse(
      'with spans that go back are refused',
      {
        positiveSpans: [
          { offset: 0, length: 2 },
          { offset: -1, length: 1 },
        ],
      },
      histogramRules.spans,
    );
    refuse(
      'with a span of billions are refused',
      { positiveSpans: [{ offset: 0, length: 4_294_967_295 }] },
      histogramRules.spans,
    );
    refuse(
      'with indexes past 32 bits are refused',
      { positiveSpans: [{ offset: 2_147_483_647, length: 3 }] },
      histogramRules.index,
    );
    refuse('with a bucket below zero are refused', { positiveDeltas: [4, -5, 1] }, histogramRules.negative);
    refuse(
      'with a float bucket below zero are refused',
      { count: 1, zeroCount: 0, positiveDeltas: [], negativeDeltas: [], negativeSpans: [], positiveCounts: [1, -1, 1] },
      histogramRules.negative,
    );
    refuse('with a count that is not the sum of the buckets are refused', { count: 14n }, histogramRules.count);
    refuse('with integers and floats are refused', { count: 15.5 }, histogramRules.mixed);
    refuse('with bounds but no custom schema are refused', { bounds: [1] }, histogramRules.noBounds);
    refuse('with bounds that do not rise are refused', { ...custom, bounds: [1, 1] }, histogramRules.bounds);
    refuse('with a bound that is no number are refused', { ...custom, bounds: [Number.NaN, 1] }, histogramRules.bounds);
    refuse('with an infinite bound are refused', { ...custom, bounds: [1, Infinity] }, histogramRules.bounds);
    refuse('with a bucket past the bounds are refused', { ...custom, bounds: [1] }, histogramRules.custom);
    refuse(
      'with bounds and a zero bucket are refused',
      { ...custom, zeroCount: 1n, count: 12n, bounds: [1, 2] },
      histogramRules.custom,
    );
    refuse('that are too old are refused', { timeMs: 1 }, 'the time must be from');
  });

  test('a body that is cut anywhere is refused with a position, or is a shorter one', () => {
    const series: TestSeries[] = [
      {
        labels: up,
        samples: [{ value: 1.5, timeMs: nowMs, startMs: nowMs - 5 }],
        exemplars: [{ labels: ['trace_id', 'x'], value: 1, timeMs: nowMs }],
        metadata: { type: 1, help: 'h', unit: 's' },
      },
      {
        labels: ['__name__', 'h'],
        histograms: [
          { timeMs: nowMs, count: 3, sum: 1, schema: 0, positiveSpans: [{ offset: 1, length: 1 }], positiveCounts: [3] },
        ],
      },
    ];
    const version = name === '1.0' ? decodeV1 : decodeV2;
    const body = name === '1.0' ? writeV1(series, [{ type: 1, metric: 'up', help: 'h' }]) : writeV2(series);
    let refused = 0;
    const faults: unknown[] = [];
    for (let end = 0; end < body.length; end++) {
      try {
        decode(version, body.subarray(0, end));
      } catch (thrown) {
        refused++;
        const isClean = thrown instanceof SondeError && thrown.code === 'malformed_body' && thrown.position !== undefined;
        if (!isClean) faults.push({ end, thrown });
      }
    }
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(body.length * 0.8);
  });
});

test('both versions make the same rows of the same series', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 12 });
  const sample = fc.record({ value: fc.double(), timeMs: fc.integer({ min: nowMs - 36_000_000, max: nowMs }) });
  const list = fc.array(
    fc.record({
      labels: pairs.map((labels) => ['__name__', 'm', ...labels.filter(([name]) => name !== '__name__').flat()]),
      samples: fc.array(sample, { maxLength: 3 }),
      exemplars: fc.array(
        fc.record({ labels: pairs.map((labels) => labels.flat()), value: fc.double(), timeMs: fc.constant(nowMs) }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(list, (series) => {
      const [first, second] = versions.map(([, take]) => take(series));
      expect(second).toEqual(first);
      expect(first!.outcome.accepted).toBe(
        series.reduce((sum, { samples, exemplars }) => sum + samples.length + exemplars.length, 0),
      );
    }),
    { numRuns: 200 },
  );
});

test('what a series is does not depend on those before it, whatever was wrong with them', () => {
  const names = fc.constantFrom('__name__', 'a', 'b', 'bb', 'ü', '');
  const labels = fc.array(fc.tuple(names, fc.constantFrom('', 'x', 'y', 'xx')), { maxLength: 6 }).map((pairs) => pairs.flat());
  const sample = { value: 1, timeMs: nowMs };
  const histogram: TestHistogram = { timeMs: nowMs, count: 0n, sum: 0, schema: 0 };
  const list = fc.array(
    fc
      .tuple(labels, fc.boolean())
      .map(([labels, isMixed]): TestSeries => ({ labels, samples: [sample], histograms: isMixed ? [histogram] : [] })),
    { maxLength: 8 },
  );
  const idsOf = ({ rows }: Decoded): string[] =>
    [...(rows['samples'] ?? []), ...(rows['native_histograms'] ?? [])].map((row) => String(row['series_id'])).toSorted();
  fc.assert(
    fc.property(list, fc.constantFrom(...versions), (series, [, take]) => {
      const together = take(series);
      const apart = series.map((one) => take([one]));
      expect(idsOf(together)).toEqual(apart.flatMap(idsOf).toSorted());
      expect(together.outcome.rejected).toBe(apart.reduce((sum, { outcome }) => sum + outcome.rejected, 0));
    }),
    { numRuns: 500 },
  );
});

describe('only in 1.0', () => {
  test('metadata comes on its own', () => {
    const { outcome, rows } = decode(
      decodeV1,
      writeV1(
        [],
        [
          { type: 3, metric: 'latency', help: 'How long.', unit: 'seconds' },
          { type: 9, metric: 'odd' },
        ],
      ),
    );
    expect(outcome).toMatchObject({ accepted: 0, rejected: 0, reason: '' });
    expect(rows['metric_metadata']).toMatchObject([
      { tenant: 'shop', day: 20_412, metric: 'latency', type: 'histogram', unit: 'seconds', help: 'How long.' },
      { metric: 'odd', type: 'unknown', unit: '', help: '' },
    ]);
  });

  test('the same metadata is one row', () => {
    const family = { type: 1, metric: 'a_total', help: 'A.' };
    const { rows } = decode(decodeV1, writeV1([], [family, family, { ...family, help: 'B.' }]));
    expect(rows['metric_metadata']!.map((row) => row['help'])).toEqual(['A.', 'B.']);
  });
});

describe('only in 2.0', () => {
  const sample = { value: 1, timeMs: nowMs };
  const take = versions[1][1];

  test('a sample and a histogram may say when counting began', () => {
    const startMs = nowMs - 100_000;
    const { rows } = take([
      { labels: up, samples: [{ ...sample, startMs }, sample] },
      { labels: ['__name__', 'h'], histograms: [{ timeMs: nowMs, startMs, count: 0n, sum: 0, schema: 0 }] },
    ]);
    const start = BigInt(startMs) * 1_000_000n;
    expect(rows['samples']!.map((row) => row['start_time'])).toEqual([start, 0n]);
    expect(rows['native_histograms']!.map((row) => row['start_time'])).toEqual([start]);
  });

  test('a series says what it is', () => {
    const { rows } = take([
      {
        labels: ['__name__', 'latency_bucket', 'le', '1'],
        samples: [sample],
        metadata: { type: 3, help: 'How long.', unit: 's' },
      },
      { labels: ['__name__', 'latency_count'], samples: [sample], metadata: { type: 3, help: 'How long.', unit: 's' } },
      { labels: ['__name__', 'requests_total'], samples: [sample], metadata: { type: 1 } },
    ]);
    expect(rows['series']).toMatchObject([
      { type: 'sum', monotonic: 1, unit: 's', description: 'How long.' },
      { type: 'sum', monotonic: 1 },
      { type: 'sum', monotonic: 1, unit: '', description: '' },
    ]);
    expect(rows['metric_metadata']).toMatchObject([
      { metric: 'latency', type: 'histogram', unit: 's', help: 'How long.' },
      { metric: 'requests_total', type: 'counter' },
    ]);
  });

  test.each(
    ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'].map(
      (name, type) => [type, name] as const,
    ),
  )('type %i is %s', (type, name) => {
    const { rows } = take([{ labels: up, samples: [sample], metadata: { type, help: 'x' } }]);
    expect(rows['metric_metadata']).toMatchObject([{ metric: 'up', type: name }]);
  });

  const refuse = (title: string, body: Uint8Array, rejected: number, rule: string): void =>
    test(`in 2.0, ${title}`, () => {
      const { outcome } = decode(decodeV2, body);
      expect(outcome).toMatchObject({ accepted: 0, rejected });
      expect(outcome.reason).toContain(rule);
    });
  const symbols = ['', '__name__', 'up'].map((symbol) => block(4, Buffer.from(symbol)));
  const withRefs = (...refs: number[]): Buffer =>
    Buffer.concat([...symbols, block(5, block(1, Buffer.from(refs)), block(2, varint(2, nowMs)))]);

  refuse('labels in odd number are refused', withRefs(1, 2, 2), 1, labelRules.pairs);
  refuse('labels of no symbol are refused', withRefs(1, 3), 1, labelRules.symbol);
  const histogram = { timeMs: nowMs, count: 0n, sum: 0, schema: 0 };
  refuse(
    'a series with samples and histograms is refused',
    writeV2([{ labels: up, samples: [sample], histograms: [histogram] }]),
    2,
    'samples or histograms, not both',
  );
  test('numbers of symbols need not be packed', () => {
    const body = Buffer.concat([...symbols, block(5, varint(1, 1), varint(1, 2), block(2, varint(2, nowMs)))]);
    expect(decode(decodeV2, body).outcome.accepted).toBe(1);
  });
  test('symbols may come after the series', () => {
    const body = Buffer.concat([block(5, block(1, Buffer.from([1, 2])), block(2, varint(2, nowMs))), ...symbols]);
    expect(decode(decodeV2, body).rows['series']).toMatchObject([{ metric: 'up' }]);
  });
  test('the first symbol is empty', () => {
    expect(() => decode(decodeV2, block(4, Buffer.from('x')))).toThrow('Expected the empty text as the first symbol');
  });
  test('the start of earlier drafts stands for all samples', () => {
    const body = Buffer.concat([
      ...symbols,
      block(5, block(1, Buffer.from([1, 2])), varint(6, nowMs - 7), block(2, varint(2, nowMs))),
    ]);
    expect(decode(decodeV2, body).rows['samples']).toMatchObject([{ start_time: nowNs - 7_000_000n }]);
  });
  test('a body of 1.0 under the name of 2.0 is taken for what it is', () => {
    const body = writeV1([{ labels: up, samples: [sample] }]);
    expect(decode(decodeV2, body)).toEqual(decode(decodeV1, body));
    expect(decode(decodeV2, body).outcome).toMatchObject({ accepted: 1, written: { samples: 1 } });
  });
});

test('a small body that would become much is refused', () => {
  const symbols = ['', '__name__', ...Array.from({ length: 6000 }, (_, i) => `m${i}`), 'a', 'x'.repeat(60_000)];
  const series = Array.from({ length: 6000 }, (_, i) =>
    block(5, block(1, varint2(1), varint2(2 + i), varint2(6002), varint2(6003)), block(2, varint(2, nowMs))),
  );
  const body = Buffer.concat([...symbols.map((symbol) => block(4, Buffer.from(symbol))), ...series]);
  expect(() => decode(decodeV2, body)).toThrow(expect.objectContaining({ code: 'too_large' }));
});

function varint2(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.from([(value & 0x7f) | 0x80, value >> 7]);
}

import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf, readerOptions } from '../../../test/exposition/lines.ts';
import { takeAtOnce } from '../../base/steps.ts';
import { blockField, integerField, joined, textField } from '../protobuf-write.ts';
import { decodeFamilies } from './decode-families.ts';
import type { ExpositionOptions } from './exposition.ts';

const types = { counter: 0, gauge: 1, summary: 2, untyped: 3, histogram: 4, gaugehistogram: 5 } as const;

const read = (body: Uint8Array, options?: Partial<ExpositionOptions>): string[] => linesOf(body, contentTypes.protobuf, options);

/** A family after its length. */
function family(name: string, type: keyof typeof types, ...fields: Uint8Array[]): Uint8Array {
  // A block field is a tag, which is one byte here, a length and the content.
  return blockField(1, textField(1, name), integerField(3, types[type]), ...fields).subarray(1);
}

const metric = (...fields: Uint8Array[]): Uint8Array => blockField(4, ...fields);
const label = (name: string, value: string): Uint8Array => blockField(1, textField(1, name), textField(2, value));
const time = (number: number, seconds: number, nanos: number): Uint8Array =>
  blockField(number, integerField(1, seconds), integerField(2, nanos));
const gauge = (value: number): Uint8Array => blockField(2, double(1, value));
const counter = (...fields: Uint8Array[]): Uint8Array => blockField(3, ...fields);
const summary = (...fields: Uint8Array[]): Uint8Array => blockField(4, ...fields);
const histogram = (...fields: Uint8Array[]): Uint8Array => blockField(7, ...fields);
const bucket = (bound: number, ...fields: Uint8Array[]): Uint8Array => blockField(3, double(2, bound), ...fields);
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const span = (number: number, offset: number, length: number): Uint8Array =>
  blockField(number, integerField(1, zigzag(offset)), integerField(2, length));
const deltas = (number: number, ...values: number[]): Uint8Array[] => values.map((value) => integerField(number, zigzag(value)));

function double(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = number * 8 + 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

describe('a family', () => {
  const check = (what: string, body: Uint8Array, ...expected: string[]): void =>
    test(`a family ${what}`, () => expect(read(body)).toEqual(expected));

  check(
    'of gauges',
    family('a', 'gauge', metric(gauge(1.5), label('z', '1'), label('b', ''))),
    'type a gauge',
    '{__name__="a",z="1"} 1.5 gauge',
  );
  check('without metrics says nothing', family('a', 'gauge', textField(2, 'Help.')));
  check(
    'with help and unit, wherever they stand',
    family(
      'a_s',
      'untyped',
      metric(blockField(5, double(1, 2)), integerField(6, 1700000000123)),
      textField(5, 's'),
      textField(2, 'Some "help"\n.'),
    ),
    'type a_s unknown',
    'help a_s Some "help"\n.',
    'unit a_s s',
    '{__name__="a_s"} 2 @1700000000123 unknown',
  );
  check(
    'of counters with start and exemplar',
    family(
      'a_total',
      'counter',
      metric(counter(double(1, 3), blockField(2, label('t', 'x'), double(2, 0.5), time(3, 5, 6_999_999)), time(3, 7, 8_000_000))),
    ),
    'type a_total counter',
    '{__name__="a_total"} 3 since 7008 counter',
    'exemplar {t="x"} 0.5 @5006',
  );
  check(
    'of summaries',
    family(
      'a',
      'summary',
      metric(summary(integerField(1, 4), double(2, 5), blockField(3, double(1, 0.5), double(2, 6)), time(4, 7, 0))),
    ),
    'type a summary',
    '{__name__="a_count"} 4 since 7000 summary',
    '{__name__="a_sum"} 5 since 7000 summary',
    '{__name__="a",quantile="0.5"} 6 since 7000 summary',
  );
  check(
    'of classic histograms, the last bucket added',
    family(
      'a',
      'histogram',
      metric(
        label('b', 'c'),
        histogram(
          integerField(1, 4),
          double(2, 5),
          bucket(1, integerField(1, 2), blockField(3, double(2, 0.5))),
          bucket(1e6, double(4, 2.5)),
          time(15, 7, 0),
        ),
      ),
    ),
    'type a histogram',
    '{__name__="a_count",b="c"} 4 since 7000 histogram',
    '{__name__="a_sum",b="c"} 5 since 7000 histogram',
    '{__name__="a_bucket",b="c",le="1.0"} 2 since 7000 histogram',
    'exemplar {} 0.5',
    '{__name__="a_bucket",b="c",le="1e+06"} 2.5 since 7000 histogram',
    '{__name__="a_bucket",b="c",le="+Inf"} 4 since 7000 histogram',
  );
  check(
    'with names that are not plain, and a large count',
    family('a.b', 'summary', metric(label('c d', 'é'), summary(integerField(1, 2 ** 52)))),
    'type a.b summary',
    '{__name__="a.b_count",c d="é"} 4503599627370496 summary',
    '{__name__="a.b_sum",c d="é"} 0 summary',
  );
});

describe('a native histogram', () => {
  const check = (
    what: string,
    fields: Uint8Array[],
    expected: object,
    type: 'histogram' | 'gaugehistogram' = 'histogram',
  ): void =>
    test(`a native histogram ${what}`, () => {
      const shown = { schema: 0, count: 0, sum: 0, zeroThreshold: 0, zeroCount: 0, ...expected };
      const lines = read(family('a', type, metric(histogram(...fields))));
      expect(lines[0]).toBe(`type a ${type}`);
      const text = lines[1]?.replace(/^.* histogram (\{.*\}) .*$/, '$1') ?? '';
      expect(JSON.parse(text)).toEqual(shown);
      expect(lines).toHaveLength(2);
    });

  check('with an empty span has no buckets', [span(12, 0, 0)], {});
  check(
    'has spans with gaps, empty buckets left out',
    [
      integerField(1, 15),
      double(2, 9),
      integerField(5, zigzag(3)),
      double(6, 0.001),
      integerField(7, 2),
      span(12, -2, 2),
      span(12, 3, 2),
      ...deltas(13, 4, -2, 0, -2),
      span(9, 1, 1),
      ...deltas(10, 5),
    ],
    {
      schema: 3,
      count: 15,
      sum: 9,
      zeroThreshold: 0.001,
      zeroCount: 2,
      positiveIndexes: [-2, -1, 3],
      positiveCounts: [4, 2, 2],
      negativeIndexes: [1],
      negativeCounts: [5],
    },
  );
  check('takes packed differences', [integerField(1, 3), span(12, 0, 2), blockField(13, Uint8Array.of(zigzag(1), zigzag(1)))], {
    count: 3,
    positiveIndexes: [0, 1],
    positiveCounts: [1, 2],
  });
  check(
    'takes float counts, one by one and packed',
    [double(4, 3.5), double(8, 1), span(12, 0, 1), double(14, 2), span(9, 5, 1), blockField(11, double(0, 0.5).subarray(1))],
    {
      isFloat: true,
      count: 3.5,
      zeroCount: 1,
      positiveIndexes: [0],
      positiveCounts: [2],
      negativeIndexes: [5],
      negativeCounts: [0.5],
    },
  );
  check(
    'of a gauge may go down',
    [integerField(7, 1), integerField(1, 1)],
    { isGauge: true, zeroCount: 1, count: 1 },
    'gaugehistogram',
  );
  check(
    'finer than schema 8 is brought down to it',
    [
      integerField(1, 10),
      integerField(5, zigzag(10)),
      span(12, -4, 5),
      ...deltas(13, 1, 0, 0, 0, 0),
      span(9, 1, 5),
      ...deltas(10, 1, 0, 0, 0, 0),
    ],
    // Buckets 4i-3 to 4i of schema 10 are bucket i of schema 8.
    { schema: 8, count: 10, positiveIndexes: [-1, 0], positiveCounts: [1, 4], negativeIndexes: [1, 2], negativeCounts: [4, 1] },
  );

  test('comes before its classic buckets, or alone', () => {
    const exemplar = (number: number, ...more: Uint8Array[]): Uint8Array => blockField(number, double(2, 0.5), ...more);
    const fields = [
      integerField(1, 1),
      span(12, 0, 1),
      ...deltas(13, 1),
      bucket(1, integerField(1, 1), exemplar(3, time(3, 1, 0))),
      bucket(2, integerField(1, 1), exemplar(3)),
    ];
    const body = family('a', 'histogram', metric(histogram(...fields)));
    const native =
      '{__name__="a"} histogram {"schema":0,"count":1,"sum":0,"zeroThreshold":0,"zeroCount":0,"positiveIndexes":[0],"positiveCounts":[1]} histogram';
    const alone = ['type a histogram', native, 'exemplar {} 0.5 @1000'];
    expect(read(body, { classicHistograms: false })).toEqual(alone);
    expect(read(body)).toEqual([
      ...alone,
      '{__name__="a_count"} 1 histogram',
      '{__name__="a_sum"} 0 histogram',
      '{__name__="a_bucket",le="1.0"} 1 histogram',
      'exemplar {} 0.5 @1000',
      '{__name__="a_bucket",le="2.0"} 1 histogram',
      'exemplar {} 0.5',
      '{__name__="a_bucket",le="+Inf"} 1 histogram',
    ]);
    const own = family('a', 'histogram', metric(histogram(...fields, exemplar(16), exemplar(16, time(3, 2, 0)))));
    expect(read(own, { classicHistograms: false })).toEqual(['type a histogram', native, 'exemplar {} 0.5 @2000']);
  });

  const refuse = (expected: string, ...fields: Uint8Array[]): void =>
    test(`is refused: ${expected}`, () =>
      expect(() => read(family('a', 'histogram', metric(histogram(...fields))))).toThrow(expected));

  refuse('Expected counts for the 2 buckets of the spans, found 1 counts', integerField(1, 1), span(12, 0, 2), ...deltas(13, 1));
  refuse('Expected counts for the 4294967295 buckets of the spans', span(12, 0, 2 ** 32 - 1), ...deltas(13, 1));
  refuse('Expected counts for the 0 buckets of the spans, found 1 counts', integerField(7, 1), ...deltas(10, 1));
  refuse('Expected spans one after the other, found a gap of -1', span(12, 0, 1), span(12, -1, 1), ...deltas(13, 1, 0));
  refuse('Expected bucket counts of 0 or more, found -1', span(12, 0, 1), ...deltas(13, -1));
  refuse('Expected bucket counts of 0 or more, found NaN', double(4, 1), span(12, 0, 1), double(14, Number.NaN));
  refuse('Expected a count of 1, what is in the buckets, found 2', integerField(1, 2), span(12, 0, 1), ...deltas(13, 1));
  refuse('Expected a schema from -4 to 52, found -5', integerField(5, zigzag(-5)), span(12, 0, 0));
  refuse('Expected bucket indexes of 32 bits', integerField(1, 2), span(12, 2 ** 31 - 1, 1), span(12, 5, 1), ...deltas(13, 1, 0));
});

describe('protobuf that is not well-formed', () => {
  const check = (expected: string, body: Uint8Array, options?: Partial<ExpositionOptions>): void =>
    test(`is refused: ${expected}`, () => expect(() => read(body, options)).toThrow(expected));

  check('Expected a length of at most 1', Uint8Array.of(5, 0x0a));
  check('Expected a metric name, found a family without one, at byte 1.', family('', 'gauge', metric(gauge(1))));
  check('Expected a type of 0 to 5, found 6', blockField(1, textField(1, 'a'), integerField(3, 6), metric(gauge(1))).subarray(1));
  check('Expected a metric with the value of a counter, found another one', family('a', 'counter', metric(gauge(1))));
  check('Expected text in UTF-8', family('a', 'gauge', blockField(2, Uint8Array.of(0xff)), metric(gauge(1))));
  check(
    'Expected text in UTF-8',
    family('a', 'gauge', metric(gauge(1), blockField(1, textField(1, 'b'), blockField(2, Uint8Array.of(0xff))))),
  );
  check('Expected a label name, found a label without one', family('a', 'gauge', metric(gauge(1), label('', 'b'))));
  check(
    'Expected each label once, found a label twice in one series',
    family('a', 'gauge', metric(gauge(1), label('b', '1'), label('b', '2'))),
  );
  check('Expected each label once', family('a', 'histogram', metric(histogram(bucket(1)), label('le', '2'))));
  check('Expected a bound, found NaN', family('a', 'summary', metric(summary(blockField(3, double(1, Number.NaN))))));
  check('Expected a bound, found NaN', family('a', 'histogram', metric(histogram(bucket(Number.NaN)))));
  check('Expected field 1 with its own wire type', family('a', 'gauge', metric(blockField(2, integerField(1, 1)))));
  check(
    'Over the limit of 1 labels per series, at byte',
    family('a', 'gauge', metric(gauge(1), label('b', ''), label('c', ''))),
    { labelsMax: 1 },
  );
  check('Over the limit of 8 bytes per name, help or metric', family('a', 'gauge', metric(gauge(1))), { lineBytesMax: 8 });
});

describe('the bytes of a series', () => {
  const keys = (...bodies: Uint8Array[]): string[] => {
    const found: string[] = [];
    const take = ({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }): void => {
      found.push(Buffer.from(bytes.subarray(start, end)).toString('hex'));
    };
    const sink = { metadata: () => {}, sample: take, histogram: take, exemplar: () => {} };
    takeAtOnce(decodeFamilies(joined(bodies), readerOptions, sink));
    return found;
  };

  test('are the same in every body, and those of no other series', () => {
    const long = 'x'.repeat(500);
    const bodies = [
      family(
        'a',
        'gauge',
        metric(gauge(1)),
        metric(gauge(1), label('b', 'c')),
        metric(gauge(1), label('b', 'cd')),
        metric(gauge(1), label(long, long)),
      ),
      family('ab', 'gauge', metric(gauge(1))),
      family('a', 'histogram', metric(histogram(span(12, 0, 0), bucket(1), bucket(2)))),
      family('c', 'summary', metric(summary(blockField(3, double(1, 0.5)), blockField(3, double(1, 0.9))))),
    ];
    const first = keys(...bodies);
    expect(first).toHaveLength(4 + 1 + 1 + 5 + 4);
    // The gauge a and the native histogram a are the one series a.
    expect(new Set(first).size).toBe(first.length - 1);
    expect(keys(...bodies.toReversed()).toSorted()).toEqual(first.toSorted());
  });
});

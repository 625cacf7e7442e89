import { describe, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { noBuckets, type Histogram } from './histogram/histogram.ts';
import {
  parseSeriesLabels,
  parseSeriesLine,
  parseStartTimesLine,
  sequenceLengthMax,
  type HistogramRun,
  type SequenceItem,
} from './series-notation.ts';

describe('labels', () => {
  function check(text: string, labels: readonly string[]): void {
    test(`of ${text}`, () => expect(parseSeriesLabels(text)).toEqual(labels));
  }
  check('up', ['__name__', 'up']);
  check('up{}', ['__name__', 'up']);
  check('{}', []);
  check('by{on="1", a = \'2\' ,}', ['__name__', 'by', 'a', '2', 'on', '1']);
  check('{"disk.used", "a.b"="c"}', ['__name__', 'disk.used', 'a.b', 'c']);
  check('up{a="",b="x"}', ['__name__', 'up', 'b', 'x']);
});

describe('samples', () => {
  /** Numbers as they are, gaps and stale marks by their names. */
  function check(text: string, values: readonly (number | string)[]): void {
    test(`of ${text}`, () => {
      const items = parseSeriesLine(`up{a="b"} ${text}`).values;
      expect(items.map((item) => (item.kind === 'float' ? item.value : item.kind))).toEqual(values);
    });
  }
  check('', []);
  check('1 -2.5 +3 1e3 .5 1_000', [1, -2.5, 3, 1000, 0.5, 1000]);
  check('Inf -Inf NaN', [Infinity, -Infinity, NaN]);
  check('_ _x3 stale  _x0', ['gap', 'gap', 'gap', 'gap', 'stale']);
  check('7x2 7x0', [7, 7, 7, 7]);
  check('0+10x3', [0, 10, 20, 30]);
  check('5-2x2\t-1+1x1', [5, 3, 1, -1, 0]);
  check('1e2-1e1x1', [100, 90]);
  check('0+.1x3', [0, 0.1, 0.2, 0.1 + 0.1 + 0.1]);
});

describe('histograms', () => {
  const empty: Histogram = {
    schema: 0,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: noBuckets,
    negative: noBuckets,
    bounds: [],
    resetHint: 'unknown',
  };
  const run = (change: Partial<HistogramRun>): SequenceItem => ({
    kind: 'histograms',
    base: empty,
    step: undefined,
    sign: 1,
    count: 1,
    isHintWritten: false,
    ...change,
  });
  function check(text: string, items: readonly SequenceItem[]): void {
    test(`of ${text}`, () => expect(parseSeriesLine(`up ${text}`).values).toEqual(items));
  }
  check('{{}}', [run({})]);
  check('{{ }}x2', [run({ count: 3 })]);
  check('1 {{count:2 sum:-1.5}} _', [
    { kind: 'float', value: 1 },
    run({ base: { ...empty, count: 2, sum: -1.5 } }),
    { kind: 'gap' },
  ]);
  check('{{schema:3 z_bucket:2 z_bucket_w:0.01 buckets:[1 0 2.5] offset:-2 n_buckets:[4] n_offset:7}}', [
    run({
      base: {
        ...empty,
        schema: 3,
        zeroCount: 2,
        zeroThreshold: 0.01,
        positive: { indexes: [-2, -1, 0], counts: [1, 0, 2.5] },
        negative: { indexes: [7], counts: [4] },
      },
    }),
  ]);
  check('{{schema:-53 custom_values:[-1 5 1e2] buckets:[3 1]}}', [
    run({ base: { ...empty, schema: -53, bounds: [-1, 5, 100], positive: { indexes: [0, 1], counts: [3, 1] } } }),
  ]);
  check('{{count:NaN sum:-Inf counter_reset_hint:gauge}}', [
    run({ base: { ...empty, count: NaN, sum: -Infinity, resetHint: 'gauge' }, isHintWritten: true }),
  ]);
  check('{{count:1}}+{{count:2}}x3', [run({ base: { ...empty, count: 1 }, step: { ...empty, count: 2 }, count: 4 })]);
  check('{{count:9}}-{{count:2}}x3', [run({ base: { ...empty, count: 9 }, step: { ...empty, count: 2 }, sign: -1, count: 4 })]);
});

describe('start times', () => {
  test('are relative to their samples', () => {
    expect(parseStartTimesLine('up{a="b"}@st -30s _ _x2 1m -1m-30sx2 -59999msx1 0s+1mx1')).toEqual({
      labels: ['__name__', 'up', 'a', 'b'],
      offsetsMs: [-30_000, undefined, undefined, undefined, 60_000, -60_000, -90_000, -120_000, -59_999, -59_999, 0, 60_000],
    });
  });

  test('other lines have none', () => {
    expect(parseStartTimesLine('up{a="@st"} 1 2')).toBeUndefined();
  });
});

describe('refused', () => {
  function check(line: string, position: number, problem: string): void {
    test(`${line}: ${problem}`, () => {
      const message = expect.stringMatching(/^1:\d+: parse error: /);
      const wanted = { code: 'bad_request', position, message: expect.stringContaining(problem) };
      expect(() => parseStartTimesLine(line) ?? parseSeriesLine(line)).toThrow(expect.objectContaining({ ...wanted, message }));
      expect(() => parseStartTimesLine(line) ?? parseSeriesLine(line)).toThrow(expect.objectContaining(wanted));
    });
  }
  check('', 0, 'unexpected end of input in series, expected a metric name or "{"');
  check('5', 0, 'unexpected number "5" in series');
  check('up{a!="b"} 1', 0, 'unexpected "!=" in label set');
  check('up{a="b"}1', 9, 'unexpected "1" in series values');
  check('up 1 2+3', 5, 'unexpected "2+3" in series values');
  check('up 1 _a4', 5, 'unexpected "_a4" in series values');
  check('up stalex3', 3, 'unexpected "stalex3" in series values');
  check('up 1e999', 3, 'out of range');
  check('up {{foo:1}}', 5, 'bad histogram descriptor found');
  check('up {{sum:1 sum:1}}', 10, 'duplicate key "sum" in histogram');
  check('up {{sum:x}}', 3, 'error parsing number: "x"');
  check('up {{counter_reset_hint:maybe}}', 3, 'bad counter_reset_hint "maybe"');
  check('up {{sum:1', 10, 'bad histogram descriptor found');
  check('up {{}}+{{}}', 12, 'unexpected "" in series values');
  check('up@st 5', 6, 'not a valid duration string: "5"');
  check('up@st 1m1s', 6, 'unexpected "1m1s" in series values');
  check(`up 1x${sequenceLengthMax}`, 3, `more than the limit of ${sequenceLengthMax} in a line`);
  check('up _ _x9999999999999999999999', 5, 'more than the limit');
});

test('what is refused is an error of the catalogue', () => {
  expect(() => parseSeriesLabels('up 1')).toThrow(SondeError);
});

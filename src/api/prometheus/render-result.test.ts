import { describe, expect, test } from 'vitest';
import type { QueryResult } from '../../promql/evaluate/evaluate.ts';
import { noBuckets } from '../../promql/histogram/histogram.ts';
import type { Histogram } from '../../promql/histogram/histogram.ts';
import { resultParts } from './render-result.ts';

const histogram: Histogram = {
  schema: 0,
  count: 2,
  sum: 3,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: { indexes: [1], counts: [2] },
  negative: noBuckets,
  bounds: [],
  resetHint: 'unknown',
};
const histogramJson = '{"count":"2","sum":"3","buckets":[[0,"1","2","2"]]}';

type Bare<T> = T extends unknown ? Omit<T, 'warnings' | 'infos'> : never;

describe('a result is as Prometheus shows it', () => {
  const render = (result: Bare<QueryResult>, stats?: object): string =>
    [...resultParts({ ...result, warnings: [], infos: [] }, stats)].join('');

  test('a number and a text', () => {
    expect(render({ type: 'scalar', timeMs: 1500, value: -0 })).toBe('{"resultType":"scalar","result":[1.500,"-0"]}');
    expect(render({ type: 'string', timeMs: 1000, value: 'a"' })).toBe('{"resultType":"string","result":[1,"a\\""]}');
    const withStats = render({ type: 'scalar', timeMs: 0, value: 1 }, { a: 1 });
    expect(withStats).toBe('{"resultType":"scalar","result":[0,"1"],"stats":{"a":1}}');
  });

  test('a vector of numbers and histograms', () => {
    expect(render({ type: 'vector', samples: [] })).toBe('{"resultType":"vector","result":[]}');
    const both = render({
      type: 'vector',
      samples: [
        { labels: ['__name__', 'up'], timeMs: 1000, value: Number.NaN },
        { labels: [], timeMs: 1000, histogram },
      ],
    });
    const float = '{"metric":{"__name__":"up"},"value":[1,"NaN"]}';
    expect(both).toBe(`{"resultType":"vector","result":[${float},{"metric":{},"histogram":[1,${histogramJson}]}]}`);
  });

  test('a matrix with values apart from histograms', () => {
    expect(render({ type: 'matrix', series: [] })).toBe('{"resultType":"matrix","result":[]}');
    const mixed = render({
      type: 'matrix',
      series: [
        {
          labels: ['a', 'b'],
          points: [
            { timeMs: 0, value: 1 },
            { timeMs: 1000, histogram },
            { timeMs: 2000, value: 2 },
          ],
        },
        { labels: [], points: [{ timeMs: 0, histogram }] },
      ],
    });
    const first = `{"metric":{"a":"b"},"values":[[0,"1"],[2,"2"]],"histograms":[[1,${histogramJson}]]}`;
    expect(mixed).toBe(`{"resultType":"matrix","result":[${first},{"metric":{},"histograms":[[0,${histogramJson}]]}]}`);
  });
});

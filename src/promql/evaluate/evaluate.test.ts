import { describe, expect, test } from 'vitest';
import { ask, resultText, sourceOf } from '../../../test/promql/ask.ts';
import type { Minutes } from '../../../test/promql/ask.ts';
import { sampleKinds } from '../source.ts';
import type { SampleSource, Selection } from '../source.ts';
import { newSeries, setFloat } from './grid.ts';

const source = sourceOf(`
  requests_total{job="api", node="a"} 0+60x20
  requests_total{job="api", node="b"} 0+30x9 0+30x10
  requests_total{job="web", node="a"} 5 _ _ stale 7x16
  up{job="api"} 1x20
  temp{job="api"} 10 12 11 NaN 9 10 11 12 13 14 15x10
  latency{job="api"} {{schema:0 count:4 sum:6 buckets:[1 2 1]}}+{{schema:0 count:4 sum:6 buckets:[1 2 1]}}x20
`);

function check(text: string, minutes: Minutes, expected: string): void {
  test(`${text} at ${String(minutes)}`, async () =>
    expect(resultText(await ask(text, minutes, { source }))).toBe(expected.trim()));
}

function fails(text: string, minutes: Minutes, message: string): void {
  test(`${text} at ${String(minutes)} fails`, () => expect(ask(text, minutes, { source })).rejects.toThrow(message));
}

describe('results have the type of the expression', () => {
  check('1 + 1', 2, '2');
  check('"text"', 2, 'text');
  check('up', 2, 'up{job="api"} 1');
  check('up[2m]', 2, 'up{job="api"} 1@1 1@2');
  check('time()', [1, 2], '{} 60@1 120@2');
  check('up', [1, 2], 'up{job="api"} 1@1 1@2');
  check('temp[3m:1m]', 2, 'temp{job="api"} 10@0 12@1 11@2');
  fails('up[2m]', [1, 2], 'invalid expression type "range vector" for range query');
  fails('"text"', [1, 2], 'invalid expression type "string" for range query');
});

describe('a sample counts for the lookback, and not after the series ended', () => {
  const web = 'requests_total{job="web"}';
  check(web, [0, 5], 'requests_total{job="web", node="a"} 5@0 5@1 5@2 7@4 7@5');
  check(`${web} offset 1m`, [0, 5], 'requests_total{job="web", node="a"} 5@1 5@2 5@3 7@5');
  check(`${web} @ 60`, [3, 4], 'requests_total{job="web", node="a"} 5@3 5@4');
  check('up', [23, 26], 'up{job="api"} 1@23 1@24');
  check('count_over_time(requests_total{job="web"}[4m])', 4, '{job="web", node="a"} 1');
  check('timestamp(up)', [20, 22], '{job="api"} 1200@20 1200@21 1200@22');
});

describe('counters', () => {
  check('rate(requests_total{job="api"}[5m])', 8, '{job="api", node="a"} 1\n{job="api", node="b"} 0.5');
  check('increase(requests_total{node="b"}[4m])', 11, '{job="api", node="b"} 80');
  check('irate(requests_total{node="b"}[4m])', 10, '{job="api", node="b"} 0');
  check('resets(requests_total{node="b"}[10m])', 12, '{job="api", node="b"} 1');
  check('delta(temp[2m])', 2, '{job="api"} -2');
  check('delta(temp[1m])', 2, '');
  check('histogram_count(rate(latency[5m]))', 8, '{job="api"} 0.06666666666666667');
});

describe('NaN is data', () => {
  check('temp', 3, 'temp{job="api"} NaN');
  check('max_over_time(temp[4m])', 4, '{job="api"} 12');
  check('min_over_time(temp[1m])', 3, '{job="api"} NaN');
  check('changes(temp[4m])', 4, '{job="api"} 3');
});

describe('subqueries evaluate at multiples of their step', () => {
  check('vector(time())[1m:25s]', 2, '{} 75@1.25 100@1.6666666666666667');
  check('vector(time())[1m:25s] @ 90', 7, '{} 50@0.8333333333333334 75@1.25');
  check('max_over_time(rate(requests_total{node="a", job="api"}[2m])[4m:1m])', [6, 7], '{job="api", node="a"} 1@6 1@7');
});

describe('vectors match per step', () => {
  check('requests_total{node="a"} / on (job) up', 4, '{job="api"} 240');
  check('requests_total{job="api"} * on (job) group_left up', 1, '{job="api", node="a"} 60\n{job="api", node="b"} 30');
  check(
    'requests_total and on (job) up',
    [3, 4],
    'requests_total{job="api", node="a"} 180@3 240@4\nrequests_total{job="api", node="b"} 90@3 120@4',
  );
  check('requests_total unless on (job) up', [3, 4], 'requests_total{job="web", node="a"} 7@4');
  check('up or on (job) requests_total', 4, 'up{job="api"} 1\nrequests_total{job="web", node="a"} 7');
  check('up == bool 1', 4, '{job="api"} 1');
  check('0 < up', 4, 'up{job="api"} 1');
  check('1 ^ (up * NaN)', 4, '{job="api"} 1');
  fails('up / on (job) requests_total', 4, 'found duplicate series for the match group {job="api"} on the right hand-side');
  fails('requests_total / on (job) up', 4, 'multiple matches for labels: many-to-one matching must be explicit');
  fails(
    'requests_total{job="api"} * on () group_left (node) label_replace(up, "node", "n", "", "")',
    1,
    'grouping labels must ensure unique matches',
  );
  // At minute 3 one of the two has ended, so nothing is there twice.
  check('sum by (node) (up) + on () requests_total{node="a", job=~"web|none"}', 3, '');
});

describe('aggregations', () => {
  check('sum by (job) (requests_total)', 4, '{job="api"} 360\n{job="web"} 7');
  check('avg without (node) (requests_total)', 4, '{job="api"} 180\n{job="web"} 7');
  check('topk(1, requests_total)', 4, 'requests_total{job="api", node="a"} 240');
  check('bottomk(2, requests_total)', 4, 'requests_total{job="web", node="a"} 7\nrequests_total{job="api", node="b"} 120');
  check(
    'topk(2, requests_total)',
    [3, 4],
    'requests_total{job="api", node="a"} 180@3 240@4\nrequests_total{job="api", node="b"} 90@3 120@4',
  );
  check('count_values("n", up)', 4, '{n="1"} 1');
  check('quantile(0.5, requests_total)', 4, '{} 120');
  check('sum(latency)', 1, '{} {count:8, sum:12, (0.5,1]:2, (1,2]:4, (2,4]:2}');
  check('avg(vector(1e308) or on (x) label_replace(vector(1e308), "x", "y", "", ""))', 0, '{} 1e+308');
  fails('topk(NaN, up)', 4, 'Parameter value is NaN');
  fails('topk(1e30, up)', 4, 'overflows int64');
});

describe('what is absent', () => {
  check('absent(nothing{a="1", b!="2", c=~"3"})', 0, '{a="1"} 1');
  check('absent(up)', 0, '');
  check('absent(up)', [24, 26], '{} 1@25 1@26');
  check('absent_over_time(up{job="api"}[2m])', [20, 23], '{job="api"} 1@22 1@23');
});

describe('names', () => {
  const queries = ['-up', 'rate(up[2m])', 'label_replace(-up, "__name__", "$1", "job", "(.*)")', 'sum by (__name__) (-up)'];
  test.each([true, false])('are dropped, with delayed removal %s', async (delayedNameRemoval) => {
    const results = await Promise.all(queries.map((text) => ask(text, 4, { source, delayedNameRemoval })));
    expect(results.map(resultText)).toEqual(['{job="api"} -1', '{job="api"} 0', 'api{job="api"} -1', '{} -1']);
  });

  test('that are dropped at once are not there to tell series apart', async () => {
    const text = '-{__name__=~"up|temp"}';
    const message = 'vector cannot contain metrics with the same labelset';
    await expect(ask(text, 4, { source, delayedNameRemoval: false })).rejects.toThrow(message);
    await expect(ask(`sum(${text})`, 4, { source, delayedNameRemoval: false })).rejects.toThrow(message);
    expect(resultText(await ask(`sum(${text})`, 4, { source }))).toBe('{} -10');
    await expect(ask('rate({__name__=~"up|temp"}[2m])', 4, { source, delayedNameRemoval: false })).rejects.toThrow(message);
    const absent = await ask('absent_over_time({__name__=~"up|temp"}[2m])', 4, { source, delayedNameRemoval: false });
    expect(resultText(absent)).toBe('');
    expect(resultText(await ask('timestamp(up)', 4, { source, delayedNameRemoval: false }))).toBe('{job="api"} 240');
  });
});

describe('annotations', () => {
  test('say where they come from', async () => {
    const result = await ask('rate(up[5m]) +\n  histogram_quantile(2, latency)', 8, { source });
    expect(result.infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:6)',
    ]);
    expect(result.warnings).toEqual(['PromQL warning: quantile value should be between 0 and 1, got 2 (2:22)']);
  });
});

describe('the evaluator', () => {
  function counting(): { readonly selections: Selection[]; readonly counted: SampleSource } {
    const selections: Selection[] = [];
    const select = (selection: Selection) => {
      selections.push(selection);
      return source.select(selection);
    };
    return { selections, counted: { select } };
  }

  test('reads what is selected twice once, and what is pinned for its own time', async () => {
    const { selections, counted } = counting();
    await ask('up / up + up @ 60', [4, 8], { source: counted });
    expect(selections.map(({ afterMs, toMs }) => [afterMs / 60_000, toMs / 60_000])).toEqual([
      [-1, 8],
      [-4, 1],
    ]);
  });

  test('leaves to the push-down what that takes', async () => {
    const { selections, counted } = counting();
    const result = await ask('rate(up[1m]) + 1', [4, 5], {
      source: counted,
      pushDown: async (expr, grid) => {
        if (expr.type !== 'call') return undefined;
        const series = newSeries(['job', 'api'], grid.steps, false);
        setFloat(series, 1, 41);
        return { series: [series] };
      },
    });
    expect(resultText(result)).toBe('{job="api"} 42@5');
    expect(selections).toEqual([]);
  });

  test('refuses what needs too many samples', async () => {
    const refused = { code: 'query_too_large', message: expect.stringContaining('samplesMax = 50') };
    await expect(ask('requests_total[20m]', 20, { source, samplesMax: 50 })).rejects.toMatchObject(refused);
    await expect(ask('vector(1)[100y:1ms]', 20, { source, samplesMax: 50 })).rejects.toMatchObject(refused);
    await expect(ask('count_values("t", vector(time()))', [0, 20], { source, samplesMax: 50 })).rejects.toMatchObject(refused);
    expect(resultText(await ask('up', 20, { source, samplesMax: 50 }))).toBe('up{job="api"} 1');
  });

  test('stops when it is cancelled, also while it is busy', async () => {
    await expect(ask('up', 4, { source, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'query_cancelled' });
    const length = 2000;
    const timesMs = Float64Array.from({ length }, (_, i) => i * 1000);
    const columns = { timesMs, values: new Float64Array(length), kinds: new Uint8Array(length).fill(sampleKinds.float) };
    const series = Array.from({ length: 3000 }, (_, i) => ({ labels: ['i', String(i)], ...columns }));
    const busy = { select: async () => series };
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const asked = ask('sum(quantile_over_time(0.9, x[15m]))', [0, 30], {
      source: busy,
      samplesMax: 1e9,
      signal: controller.signal,
    });
    await expect(asked).rejects.toMatchObject({ code: 'query_cancelled' });
  });
});

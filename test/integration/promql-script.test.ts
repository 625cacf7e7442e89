/** The runner of PromQL scripts: it finds what is wrong, and asks in other words. */
import { describe, expect, test } from 'vitest';
import { memorySubject } from '../promql/memory-subject.ts';
import { pinnedReplays } from '../promql/replay.ts';
import { runScript } from '../promql/run-script.ts';
import { parseScript } from '../promql/script.ts';

const data = `load 1m
  x{a="1"} 1+1x10
  x{a="2"} 5x10
  h {{count:3 sum:4 buckets:[1 2]}} {{count:5 sum:4 buckets:[1 4]}} {{count:1 sum:1 buckets:[1]}}
`;

async function faults(script: string): Promise<(string | undefined)[]> {
  const outcomes = await runScript(`${data}\n${script}`, memorySubject());
  return outcomes.map(({ fault }) => fault);
}

describe('a script', () => {
  test('is read block by block', () => {
    const commands = parseScript(
      'clear\nload_with_nhcb 30s\n x 1 _ 2\n# note\neval instant at 1m x\n expect no_warn\n x 2\n 7\n',
    );
    expect(commands).toMatchObject([
      { kind: 'clear', line: 1 },
      { kind: 'load', line: 2, stepMs: 30_000, withCustomBuckets: true, series: [{ labels: ['__name__', 'x'] }] },
      { kind: 'eval', line: 5, text: 'x', expected: { warnings: { kind: 'none' }, result: { kind: 'scalar', value: 7 } } },
    ]);
  });

  test('that is wrong is refused with the line', () => {
    expect(() => parseScript('clear\n\nfetch 1m')).toThrow('line 3: expected clear, load or eval, but got "fetch 1m"');
    expect(() => parseScript('load soon\n x 1')).toThrow('line 1: not a valid duration string: "soon"');
    expect(() => parseScript('eval range from 2m to 1m step 1s x')).toThrow('line 1: expected times in order');
    expect(() => parseScript('eval instant at 1m x\n expect luck')).toThrow('line 2: expected an expectation that is known');
    expect(() => parseScript('eval instant at 1m x\n expect warn regex: (')).toThrow('line 2: expected a regular expression');
  });
});

describe('the runner', () => {
  test('finds nothing wrong where nothing is', async () => {
    const script = 'eval instant at 2m x\n x{a="1"} 3\n x{a="2"} 5\n\neval instant at 0 h\n h {{count:3 sum:4 buckets:[1 2]}}';
    expect(await faults(script)).toEqual([undefined, undefined]);
  });

  test('finds wrong, missing and unexpected samples', async () => {
    const check = async (script: string, fault: RegExp): Promise<void> => {
      const [found, ...more] = await faults(script);
      expect(more).toEqual([]);
      expect(found).toMatch(fault);
    };
    await check('eval instant at 2m x\n x{a="1"} 3\n x{a="2"} 5.001', /^x\{a="2"\}: expected 5.001, but got 5$/);
    await check('eval instant at 2m x{a="1"}', /^expected no x\{a="1"\}, but got it with 3$/);
    await check('eval instant at 2m x{a="1"}\n x{a="1"} 3\n y 1', /^expected y\{\} with 1, but it is missing$/);
    await check('eval instant at 2m sort(x)\n expect ordered\n x{a="2"} 5\n x{a="1"} 3', /at place 2, but got it at 1$/);
    await check('eval instant at 2m x{a="1"}\n 3', /^expected scalar, but got a vector$/);
    await check('eval instant at 2m 3', /^expected series, but got the scalar 3$/);
    await check(
      'eval range from 0 to 2m step 1m x{a="1"}\n x{a="1"} 1 _ 3',
      /^x\{a="1"\}: at 60000 ms expected nothing, but got 2$/,
    );
    await check('eval range from 0 to 2m step 1m x{a="1"}\n x{a="1"} 1 2', /at 120000 ms expected nothing, but got 3$/);
    await check('eval range from 0 to 0 step 1m x\n x{a="1"} 1', /^expected no x\{a="2"\}, but got it with 5$/);
  });

  test('finds histograms that differ in a part', async () => {
    const check = async (histogram: string): Promise<void> => {
      expect(await faults(`eval instant at 1m h\n h {{${histogram}}}`)).toEqual([
        expect.stringMatching(/^h\{\}: expected \{count:/),
      ]);
    };
    await check('count:6 sum:4 buckets:[1 4]');
    await check('count:5 sum:5 buckets:[1 4]');
    await check('count:5 sum:4 buckets:[1 3]');
    await check('count:5 sum:4 buckets:[1 4] offset:1');
    await check('count:5 sum:4 buckets:[1 4] schema:1');
    await check('count:5 sum:4 buckets:[1 4] z_bucket_w:1');
    await check('count:5 sum:4 buckets:[1 4] n_buckets:[1]');
    await check('count:5 sum:4 buckets:[1 4] counter_reset_hint:gauge');
  });

  test('gives histograms the hints that storage gives them', async () => {
    const hints = ['unknown', 'not_reset', 'unknown'];
    const histograms = ['count:3 sum:4 buckets:[1 2]', 'count:5 sum:4 buckets:[1 4]', 'count:1 sum:1 buckets:[1]'];
    const script = histograms.map((h, i) => `eval instant at ${i}m h\n h {{${h} counter_reset_hint:${hints[i]}}}\n`).join('\n');
    expect(await faults(script)).toEqual([undefined, undefined, undefined]);
  });

  test('compares errors and annotations', async () => {
    const check = async (expectation: string, query: string, fault: RegExp | undefined): Promise<void> => {
      const [found] = await faults(`eval instant at 1m ${query}\n ${expectation}\n`);
      expect(found ?? '').toMatch(fault ?? /^$/);
    };
    await check('expect fail', 'x + on(b) x', undefined);
    await check(
      'expect fail msg: nothing like it',
      'x + on(b) x',
      /^expected the query to fail with "nothing like it", but it failed/,
    );
    await check('expect fail', 'x', /^expected the query to fail with anything, but it gave a vector$/);
    await check('expect no_warn', 'x + on(b) x', /^expected a result, but the query failed: found duplicate series/);
    await check('expect warn', 'x', /^expected warning anything, but got none$/);
    await check('expect no_warn', 'quantile(2, x)', /^expected no warning, but got "PromQL warning: quantile value/);
    await check(
      'expect warn regex: ratio',
      'quantile(2, x)',
      /^expected warning \/ratio\/, but got "PromQL warning: quantile value/,
    );
  });

  test('asks an instant query in other words, but for those that depend on the time', async () => {
    const outcomes = await runScript(
      `${data}\neval instant at 2m x{a="2"}\n x{a="2"} 5\n\neval instant at 2m time()\n 120`,
      memorySubject(),
    );
    expect(outcomes.map(({ fault, replays }) => [fault, replays])).toEqual([
      [undefined, 11],
      [undefined, 1],
    ]);
  });

  test('makes native histograms of classic ones', async () => {
    const script = `load_with_nhcb 1m
      c_bucket{le="1"} 1 2
      c_bucket{le="+Inf"} 4 6
      c_sum 9 9

      eval instant at 1m c
        c {{schema:-53 count:6 sum:9 custom_values:[1] buckets:[2 4]}}`;
    expect(await faults(script)).toEqual([undefined]);
  });
});

describe('a replay', () => {
  test('pins every selector that is not pinned already', () => {
    const check = (text: string, pinned: string | undefined): void => expect(pinnedReplays(text, 60_000)[0]?.text).toBe(pinned);
    check('x', 'x @ 60.000');
    check('rate(x[5m] offset 1m) / y @ 3', 'rate(x[5m] @ 60.000 offset 1m) / y @ 3.000');
    check('max_over_time(sum(x)[5m:1m])', 'max_over_time(sum(x)[5m:1m] @ 60.000)');
    check('x @ end()', 'x @ 60.000');
    check('topk(scalar(x), y)', 'topk(scalar(x @ 60.000), y @ 60.000)');
    check('x + time()', undefined);
    check('hour(x)', undefined);
  });

  test('is asked at other times', () => {
    const times = (timeMs: number): number[] => pinnedReplays('x', timeMs).map((replay) => replay.timeMs);
    expect(times(10_000)).toEqual([-100_000, 0, 2000, 10_000, 100_000]);
    expect(times(0)).toEqual([-1000, 0, 1000]);
  });
});

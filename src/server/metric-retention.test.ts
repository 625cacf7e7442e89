import { describe, expect, test } from 'vitest';
import { parseRetentionRules, retentionByName } from './metric-retention.ts';

const dayMs = 86_400_000;

describe('rules are read from text', () => {
  const check = (text: string, expected: readonly (readonly [string, number])[] | undefined): void => {
    expect(parseRetentionRules(text)?.map(({ pattern, keptMs }) => [pattern, keptMs])).toEqual(expected);
  };
  test('of patterns and durations', () => {
    check('', []);
    check('node_.*=90d', [['node_.*', 90 * dayMs]]);
    check(' node_.*=90d , debug_.* = 36h ', [
      ['node_.*', 90 * dayMs],
      ['debug_.*', 36 * 3_600_000],
    ]);
  });
  test('of which patterns may hold repetitions and equals signs', () => {
    check('a{1,2}=1d,b{3,}c{4}=2d,d=e=3d', [
      ['a{1,2}', dayMs],
      ['b{3,}c{4}', 2 * dayMs],
      ['d=e', 3 * dayMs],
    ]);
  });
  test.each([',', 'a', 'a=', '=1d', 'a=soon', 'a=0', 'a=1us', 'a,b=1d', 'a=1d,', 'a(=1d', '(?=a)=1d', 'a{1,'])(
    'or refused: %s',
    (text) => check(text, undefined),
  );
  test('up to sixteen, with patterns of up to a thousand characters', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `m${i}=1d`).join(',');
    expect(parseRetentionRules(many(16))).toHaveLength(16);
    check(many(17), undefined);
    check(`${'a'.repeat(1000)}=1d`, [['a'.repeat(1000), dayMs]]);
    check(`${'a'.repeat(1001)}=1d`, undefined);
  });
});

describe('a name', () => {
  const byName = retentionByName({ rules: parseRetentionRules('debug_.*=2d,.*_seconds=90d,long.=60d')!, otherMs: 30 * dayMs })!;
  const check = (name: string, days: number): void => {
    // The second time it is remembered.
    for (let times = 0; times < 2; times++) expect(byName.keptMs(name)).toBe(days * dayMs);
  };
  test('falls under the first rule that matches all of it', () => {
    check('debug_seconds', 2);
    check('http_seconds', 90);
    check('http_seconds_total', 30);
    check('a_debug_b', 30);
    check('', 30);
  });
  test('may hold any character', () => {
    check('long\n', 60);
    check('long😀', 60);
    check('longer', 30);
  });
  test('falls under no rule when it has more than a thousand characters', () => {
    check(`debug_${'😀'.repeat(994)}`, 2);
    check(`debug_${'😀'.repeat(995)}`, 30);
  });
  test('is kept for a time between the shortest and the longest', () => {
    expect([byName.shortestMs, byName.longestMs]).toEqual([2 * dayMs, 90 * dayMs]);
  });
});

test('without rules there is nothing to look at', () => {
  expect(retentionByName({ rules: [], otherMs: dayMs })).toBeUndefined();
});

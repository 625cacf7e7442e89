import { describe, expect, test } from 'vitest';
import { jaroWinkler, scorer, subsequence } from './similarity.ts';

describe('the Jaro-Winkler measure', () => {
  // Values of Winkler's paper.
  test.each([
    ['MARTHA', 'MARHTA', 0.961],
    ['DIXON', 'DICKSONX', 0.813],
    ['DWAYNE', 'DUANE', 0.84],
    ['same', 'same', 1],
    ['abc', 'xyz', 0],
    ['', 'a', 0],
  ])('%s and %s', (a: string, b: string, expected: number) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(expected, 3);
  });
});

describe('a subsequence', () => {
  test('scores more the less the name has besides, and in fewer pieces', () => {
    const scores = ['http', 'http_requests', 'h_t_t_p_requests'].map((name) => subsequence('http', name) ?? 0);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBe(3);
    expect(scores[0]).toBe(1);
    expect(subsequence('httx', 'http_requests')).toBeUndefined();
    expect(subsequence('pt', 'http')).toBeUndefined();
  });
});

describe('a name fits', () => {
  const fits = (search: string, name: string, options: Partial<Parameters<typeof scorer>[1]> = {}): boolean =>
    scorer([search], { algorithm: 'subsequence', threshold: 0, caseSensitive: true, ...options })(name) !== undefined;
  test('in the same case, unless it is said that case does not count', () => {
    expect(fits('HTTP', 'http_total', {})).toBe(false);
    expect(fits('HTTP', 'http_total', { caseSensitive: false })).toBe(true);
  });
  test('above the threshold', () => {
    expect(fits('hl', 'http_total', { threshold: 0.9 })).toBe(false);
    expect(fits('hl', 'http_total', { threshold: 0.1 })).toBe(true);
  });
  test('by Jaro-Winkler as a part, or alike when there is a threshold', () => {
    expect(fits('_to', 'http_total', { algorithm: 'jarowinkler', threshold: 1 })).toBe(true);
    expect(fits('htpt_total', 'http_total', { algorithm: 'jarowinkler' })).toBe(false);
    expect(fits('htpt_total', 'http_total', { algorithm: 'jarowinkler', threshold: 0.9 })).toBe(true);
  });
  test('by any of the searches, or when there is none', () => {
    const options = { algorithm: 'subsequence', threshold: 0, caseSensitive: true } as const;
    expect(scorer(['x', 'ab'], options)('ab')).toBe(1);
    expect(scorer([], options)('ab')).toBe(1);
  });
});

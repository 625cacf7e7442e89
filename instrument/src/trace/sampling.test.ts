import { SpanKind } from '@opentelemetry/api';
import { assert, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomWord } from './ids.ts';
import {
  alwaysOff,
  alwaysOn,
  decide,
  keepAll,
  keepNone,
  parentBased,
  randomnessOf,
  ratioSampler,
  readTraceState,
  thresholdOfShare,
  thresholdText,
  writeTraceState,
} from './sampling.ts';
import type { Decision, Sampler } from './sampling.ts';
import type { ParentIds } from './span.ts';

type Words = readonly [trace2: number, trace3: number];

const total = 100_000;
/** One in each of so many equal parts of what 56 bits can hold, at a random place in it: shares come out within one trace. */
const traces: readonly Words[] = Array.from({ length: total }, (_, i) => [
  Math.trunc(((i + Math.random()) / total) * 2 ** 24) | (randomWord() << 24) | 0,
  randomWord(),
]);

const parent: ParentIds = {
  trace0: 1,
  trace1: 2,
  trace2: 3,
  trace3: 4,
  span0: 5,
  span1: 6,
  traceState: '',
  isSampled: true,
  isRemote: true,
};

function decided(sampler: Sampler, [trace2, trace3]: Words, of?: ParentIds): Decision {
  return decide(sampler, { parent: of, name: 'pay', kind: SpanKind.SERVER, attributes: {} }, trace2, trace3);
}

function keptOf(sampler: Sampler, words: readonly Words[]): number {
  return words.filter((each) => decided(sampler, each).isSampled).length;
}

describe('a share', () => {
  test.each([0, 0.001, 0.1, 0.25, 0.5, 0.999, 1])('of %d of all traces is kept within 1 %', (share) => {
    expect(Math.abs(keptOf(ratioSampler(share), traces) - share * total)).toBeLessThanOrEqual(Math.max(1, share * total * 0.01));
  });

  test.each([0.1, 0.5])('of %d of traces with ids as they are drawn is kept within 1 %', (share) => {
    const drawn = Array.from({ length: total }, (): Words => [randomWord(), randomWord() | 1]);
    expect(Math.abs(keptOf(ratioSampler(share), drawn) / total - share)).toBeLessThan(0.01);
  });

  test('that is smaller keeps none that a larger one drops', () => {
    const shares = [0.001, 0.1, 0.3, 0.5, 1].map(ratioSampler);
    const keptBy = traces.map((each) => shares.map((sampler) => decided(sampler, each).isSampled));
    expect(keptBy.filter((kept) => kept.some((isKept, i) => isKept && !(kept[i + 1] ?? true)))).toEqual([]);
    expect(new Set(keptBy.map(String)).size).toBe(5);
  });

  test.each([0.001, 0.1, 0.5, 1])('of %d is made up for by what each kept trace stands for', (share) => {
    let sum = 0;
    for (const each of traces) {
      const { isSampled, traceState } = decided(ratioSampler(share), each);
      if (isSampled) sum += 2 ** 56 / (2 ** 56 - (readTraceState(traceState).threshold ?? Number.NaN));
    }
    expect(Math.abs(sum / total - 1)).toBeLessThan(0.02);
  });

  function check(share: number, threshold: number): void {
    test(`of ${share} has the threshold ${threshold}`, () => expect(thresholdOfShare(share)).toBe(threshold));
  }

  check(1, keepAll);
  check(2, keepAll);
  check(0, keepNone);
  check(-1, keepNone);
  check(Number.NaN, keepNone);
  check(0.5, 2 ** 55);
  check(0.25, 3 * 2 ** 54);
  check(2 ** -50, 2 ** 56 - 2 ** 6);
  check(1e-30, 2 ** 56 - 8);

  test('is kept to within a millionth, in steps of 8', () => {
    assert(
      property(double({ min: 1e-9, max: 1, noNaN: true }), (share) => {
        const threshold = thresholdOfShare(share);
        expect(threshold % 8).toBe(0);
        expect((2 ** 56 - threshold) / 2 ** 56 / share).toBeCloseTo(1, 6);
      }),
    );
  });
});

test('the random bits of a trace are its last 56, without the lowest three', () => {
  expect(randomnessOf(0xff00_0000 | 0, 7)).toBe(0);
  expect(randomnessOf(-1, -1)).toBe(2 ** 56 - 8);
  expect(randomnessOf(0x0000_0001, 0x8000_0008 | 0)).toBe(2 ** 32 + 0x8000_0008);
});

describe('the text of a threshold', () => {
  function check(share: number, text: RegExp): void {
    test(`of the share ${share} is ${text.source}`, () => expect(thresholdText(thresholdOfShare(share))).toMatch(text));
  }

  check(1, /^0$/);
  check(0.5, /^8$/);
  check(0.25, /^c$/);
  check(0.1, /^e666[0-9a-f]{0,10}$/);
  check(0.75, /^4$/);
  check(1 / 3, /^aaaa[0-9a-f]{0,10}$/);
  check(0.01, /^fd70[0-9a-f]{0,10}$/);
  check(2 ** -40, /^ffffffffff$/);

  test('reads back', () => {
    assert(
      property(integer({ min: 0, max: 2 ** 53 - 1 }), (eighths) => {
        const threshold = eighths * 8;
        expect(readTraceState(`ot=th:${thresholdText(threshold)}`).threshold).toBe(threshold);
      }),
    );
  });
});

describe('a tracestate', () => {
  const nothing = { threshold: undefined, randomness: undefined, rest: [], others: [] };

  function check(text: string, expected: Partial<ReturnType<typeof readTraceState>>): void {
    test(`${JSON.stringify(text)} is read`, () => expect(readTraceState(text)).toEqual({ ...nothing, ...expected }));
  }

  check('', {});
  check('a=1,b=2', { others: ['a=1', 'b=2'] });
  check(' a=1 , ,b=2', { others: ['a=1', 'b=2'] });
  check('ot=th:8', { threshold: 2 ** 55 });
  check('ot=th:0', { threshold: 0 });
  check('a=1,ot=th:c;rv:80000000000000;x:y,b=2', {
    threshold: 3 * 2 ** 54,
    randomness: 2 ** 55,
    rest: ['rv:80000000000000', 'x:y'],
    others: ['a=1', 'b=2'],
  });
  check('ot=th:8000000000000001', {});
  check('ot=th:G', {});
  check('ot=th:E6', {});
  check('ot=th:', {});
  check('ot=rv:8', { rest: ['rv:8'] });
  check('ot=rv:ABCDEF00000000', { rest: ['rv:ABCDEF00000000'] });
  check('ota=th:8', { others: ['ota=th:8'] });

  function checkWrite(text: string, threshold: number | undefined, expected: string): void {
    test(`${JSON.stringify(text)} with the threshold ${threshold} is ${JSON.stringify(expected)}`, () =>
      expect(writeTraceState(readTraceState(text), threshold)).toBe(expected));
  }

  checkWrite('', undefined, '');
  checkWrite('', 0, 'ot=th:0');
  checkWrite('a=1,b=2', 2 ** 55, 'ot=th:8,a=1,b=2');
  checkWrite('a=1,ot=th:c;rv:80000000000000;x:y,b=2', 2 ** 55, 'ot=th:8;rv:80000000000000;x:y,a=1,b=2');
  checkWrite('a=1,ot=th:c;rv:80000000000000,b=2', undefined, 'ot=rv:80000000000000,a=1,b=2');
  checkWrite('a=1,ot=th:c', undefined, 'a=1');
});

describe('a decision', () => {
  const low: Words = [0, 0];
  const high: Words = [-1, -1];

  function check(what: string, [sampler, words, of]: [Sampler, Words, ParentIds?], expected: Decision): void {
    test(`that ${what}`, () => expect(decided(sampler, words, of)).toEqual(expected));
  }

  const state = (traceState: string, isSampled = true): ParentIds => ({ ...parent, traceState, isSampled });
  const kept = (traceState: string): Decision => ({ isSampled: true, traceState });
  const dropped = (traceState: string): Decision => ({ isSampled: false, traceState });

  check('keeps all says so', [alwaysOn, low], kept('ot=th:0'));
  check('keeps none leaves no mark', [alwaysOff, high], dropped(''));
  check('is for a half keeps the upper one', [ratioSampler(0.5), high], kept('ot=th:8'));
  check('is for a half drops the lower one', [ratioSampler(0.5), low], dropped(''));
  check('is for a half keeps what is just at its threshold', [ratioSampler(0.5), [0x80_0000, 0]], kept('ot=th:8'));
  check('is for a half drops what is just below', [ratioSampler(0.5), [0x7f_ffff, -1]], dropped(''));
  check('is for another share has its own mark', [ratioSampler(0.25), high], kept('ot=th:c'));
  check('is for a root is that of the root’s sampler', [parentBased(ratioSampler(0.5)), high], kept('ot=th:8'));
  check('follows a parent that is kept keeps its mark', [parentBased(alwaysOff), low, state('ot=th:c,a=1')], kept('ot=th:c,a=1'));
  check('follows a parent that is dropped drops', [parentBased(alwaysOn), high, state('a=1', false)], dropped('a=1'));
  check('disregards the parent puts its own mark', [alwaysOn, low, state('ot=th:c,a=1', false)], kept('ot=th:0,a=1'));
  check(
    'disregards the parent takes the mark away when it drops',
    [ratioSampler(0.5), low, state('ot=th:c,a=1')],
    dropped('a=1'),
  );
  check('disregards the parent drops all it should', [alwaysOff, high, state('a=1')], dropped('a=1'));
  check('is for a parent without a tracestate is as for a root', [ratioSampler(0.5), high, parent], kept('ot=th:8'));
  const rv = (digits: string): string => `ot=rv:${digits}`;
  check(
    'goes by random bits that came, not those of the id, may keep',
    [ratioSampler(0.5), low, state(rv('80000000000000'))],
    kept('ot=th:8;rv:80000000000000'),
  );
  check(
    'goes by random bits that came, not those of the id, may drop',
    [ratioSampler(0.5), high, state(rv('7fffffff000000'))],
    dropped(rv('7fffffff000000')),
  );
  check(
    'goes by random bits that came does not round them up',
    [ratioSampler(0.5), high, state(rv('7fffffffffffff'))],
    dropped(rv('7fffffffffffff')),
  );

  test('says what it is for in words', () =>
    expect(parentBased(ratioSampler(0.1)).description).toBe('ParentBased{root=Ratio{0.1}}'));
});

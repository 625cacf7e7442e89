import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMsMax, formatDuration, parseDuration } from './durations.ts';

function check(text: string, ms: number): void {
  test(`${text} is ${ms} ms`, () => expect(parseDuration(text)).toBe(ms));
}

check('0', 0);
check('0s', 0);
check('250ms', 250);
check('45s', 45_000);
check('1m', 60_000);
check('1m30s', 90_000);
check('36h', 129_600_000);
check('1d', 86_400_000);
check('2w', 1_209_600_000);
check('1y', 31_536_000_000);
check('1y2w3d4h5m6s7ms', 31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_400_000 + 300_000 + 6000 + 7);
check('007m', 420_000);

function refuse(text: string, problem = 'not a valid duration string'): void {
  test(`${JSON.stringify(text)} is refused`, () => expect(() => parseDuration(text)).toThrow(problem));
}

refuse('');
refuse('5');
refuse('m');
refuse('-5m');
refuse('1.5h');
refuse('5m1h');
refuse('1m1m');
refuse('1ms1s');
refuse('1us');
refuse('1M');
refuse('5m ');
refuse('5m x');
refuse('293y', 'out of range');
refuse('9999999999999999999999y', 'out of range');

test('what is printed reads back as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: durationMsMax }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

test('the shortest text is printed, with a sign where one is needed', () => {
  expect([0, 1, 60_000, 5_400_000, -3_600_000, 0.4].map(formatDuration)).toEqual(['0s', '1ms', '1m', '1h30m', '-1h', '0s']);
});

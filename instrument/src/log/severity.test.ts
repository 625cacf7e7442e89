import { describe, expect, test } from 'vitest';
import { nameOfSeverity, severityAmong, severityOfName, severityOfNumber } from './severity.ts';

describe('a severity', () => {
  test.each([
    ['trace', 1],
    ['silly', 1],
    ['debug', 5],
    ['verbose', 6],
    ['http', 7],
    ['info', 9],
    ['notice', 10],
    ['Warning', 13],
    ['ERROR', 17],
    ['fatal', 21],
    ['emerg', 23],
    ['audit', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('of the name %j is %s', (name, expected) => expect(severityOfName(name)).toBe(expected));

  test.each([
    [10, 1],
    [20, 5],
    [30, 9],
    [35, 11],
    [40, 13],
    [45, 15],
    [50, 17],
    [60, 21],
    [70, 24],
    [1000, 24],
    [0, 1],
    [-5, 1],
  ])('of the number %d is %d', (level, expected) => expect(severityOfNumber(level)).toBe(expected));

  const ranks = { fatal: 0, security: 1, error: 2, audit: 3, info: 4, chatter: 9 };
  test.each([
    ['error', 17],
    // Between fatal and error, between error and info, below info.
    ['security', 17],
    ['audit', 9],
    ['chatter', 9],
  ])('of the custom level %j is that of its neighbour, %d', (name, expected) =>
    expect(severityAmong(ranks, name)).toBe(expected),
  );

  test('of a level without known neighbours is INFO', () => expect(severityAmong({ one: 0, two: 1 }, 'two')).toBe(9));

  test.each([
    [0, ''],
    [1, 'TRACE'],
    [4, 'TRACE'],
    [5, 'DEBUG'],
    [9, 'INFO'],
    [16, 'WARN'],
    [17, 'ERROR'],
    [24, 'FATAL'],
    [25, ''],
  ])('%d is called %j', (severity, expected) => expect(nameOfSeverity(severity)).toBe(expected));
});

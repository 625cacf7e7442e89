import { describe, expect, test } from 'vitest';
import { SondeError } from '../../base/errors.ts';
import { nsPerHour } from '../../base/time.ts';
import {
  parseHexId,
  readAttributeFilters,
  readChoice,
  readDuration,
  readLimit,
  readOptionalTimeRange,
  readText,
  readTexts,
  readTimeRange,
} from './parameters.ts';

const nowNs = 1_795_167_000_000_000_000n;

function query(text: string): URLSearchParams {
  return new URLSearchParams(text);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SondeError && error.code === 'bad_request') return error.message;
    throw error;
  }
  return 'nothing was thrown';
}

describe('readTimeRange', () => {
  const check = (text: string, fromNs: bigint, toNs: bigint): void =>
    test(`reads ${text}`, () => expect(readTimeRange(query(text), nowNs)).toEqual({ fromNs, toNs }));

  check('', nowNs - nsPerHour, nowNs);
  check('from=&to=', nowNs - nsPerHour, nowNs);
  check('from=2026-11-20T08:00:00+01:00&to=now', nowNs - 5n * (nsPerHour / 2n), nowNs);
  check('from=now&to=now+2h', nowNs, nowNs + 2n * nsPerHour);
  check('from=now-2h', nowNs - 2n * nsPerHour, nowNs);
  check('to=now-2h', nowNs - 3n * nsPerHour, nowNs - 2n * nsPerHour);
  check('from=1795160000&to=1795160000001', 1_795_160_000_000_000_000n, 1_795_160_000_001_000_000n);

  test('refuses what is no time, an empty and a reversed range, by the name of the parameter', () => {
    expect(messageOf(() => readTimeRange(query('from=soon'), nowNs))).toBe(
      'Parameter `from`: expected RFC 3339, Unix seconds, milliseconds, microseconds or nanoseconds, `now`, or `now-1h30m`, got `soon`.',
    );
    expect(messageOf(() => readTimeRange(query('to=2026-11-20'), nowNs))).toMatch(
      /^Parameter `to`: expected RFC 3339.* got `2026-11-20`/,
    );
    expect(messageOf(() => readTimeRange(query('from=now'), nowNs))).toBe(
      'Parameter `from`: expected a time before `to` (2026-11-20T09:30:00Z), got `2026-11-20T09:30:00Z`.',
    );
    expect(messageOf(() => readTimeRange(query('from=now&to=now-1h'), nowNs))).toMatch(/^Parameter `from`/);
  });

  test('is not there when neither end is given', () => {
    expect(readOptionalTimeRange(query('from='), nowNs)).toBeUndefined();
    expect(readOptionalTimeRange(query('to=now'), nowNs)).toEqual({ fromNs: nowNs - nsPerHour, toNs: nowNs });
  });
});

test('readLimit stays within its bounds', () => {
  const bounds = { default: 50, max: 1000 };
  expect(readLimit(query(''), bounds)).toBe(50);
  expect(readLimit(query('limit=1000'), bounds)).toBe(1000);
  for (const limit of ['0', '1001', '-1', '1.5', 'all', '99999999999']) {
    expect(messageOf(() => readLimit(query(`limit=${limit}`), bounds))).toBe(
      `Parameter \`limit\`: expected a number from 1 to 1000, got \`${limit}\`.`,
    );
  }
});

test('readChoice takes what is listed', () => {
  expect(readChoice(query('sort=longest'), 'sort', ['newest', 'longest'])).toBe('longest');
  expect(readChoice(query(''), 'sort', ['newest', 'longest'])).toBeUndefined();
  expect(messageOf(() => readChoice(query('sort=Longest'), 'sort', ['newest', 'longest']))).toBe(
    'Parameter `sort`: expected one of newest, longest, got `Longest`.',
  );
});

test('readDuration wants a unit', () => {
  expect(readDuration(query('step=1m30s'), 'step')).toBe(90_000_000_000n);
  expect(messageOf(() => readDuration(query('step=60'), 'step'))).toMatch(/^Parameter `step`: expected a duration such as/);
});

test('readAttributeFilters splits at the first `=`', () => {
  expect(readAttributeFilters(query('attr=a%3Db%3Dc&attr=d%3D'))).toEqual([
    { key: 'a', value: 'b=c' },
    { key: 'd', value: '' },
  ]);
  expect(messageOf(() => readAttributeFilters(query('attr=nothing')))).toBe(
    'Parameter `attr`: expected `key=value`, got `nothing`.',
  );
  expect(messageOf(() => readAttributeFilters(query('attr=%3Dvalue')))).toMatch(/^Parameter `attr`/);
});

test('readText gives the first value, readTexts all, up to a number of them', () => {
  expect(readText(query('by=a&by=b'), 'by')).toBe('a');
  expect(readTexts(query('by=a&by=&by=b'), 'by')).toEqual(['a', 'b']);
  expect(messageOf(() => readTexts(query('by=x&'.repeat(21)), 'by'))).toBe(
    'Parameter `by`: expected at most 20 of them, got `21`.',
  );
});

test('parseHexId pads and lowers', () => {
  expect(parseHexId('traceId', 'AB', 16)).toBe('000000000000000000000000000000ab');
  expect(parseHexId('spanId', '00f067aa0ba902b7', 8)).toBe('00f067aa0ba902b7');
  for (const text of ['', 'xyz', '0'.repeat(32), 'a'.repeat(33), '0x12']) {
    expect(messageOf(() => parseHexId('traceId', text, 16))).toMatch(
      /^Parameter `traceId`: expected 1 to 32 hex digits, not all zero/,
    );
  }
});

test('what came is cut in the message', () => {
  expect(messageOf(() => readChoice(query(`sort=${'x'.repeat(5000)}`), 'sort', ['newest'])).length).toBeLessThan(200);
});

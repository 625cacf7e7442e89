import { assert, bigInt, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ceilTo, floorTo, formatDuration, formatTime, lastTimeNs, parseDuration, parseTime } from './time.ts';

const nowNs = 1_795_167_000_123_456_789n;

function takesTime(text: string, ns: bigint): void {
  test(`takes ${text}`, () => expect(parseTime(text, nowNs)).toBe(ns));
}

function refusesTime(text: string): void {
  test(`refuses '${text}'`, () => expect(parseTime(text, nowNs)).toBeUndefined());
}

function takesDuration(text: string, ns: bigint): void {
  test(`takes ${text}`, () => expect(parseDuration(text)).toBe(ns));
}

function refusesDuration(text: string): void {
  test(`refuses '${text}'`, () => expect(parseDuration(text)).toBeUndefined());
}

describe('parseTime', () => {
  takesTime('0', 0n);
  takesTime('1700000000', 1_700_000_000_000_000_000n);
  takesTime('1700000000.25', 1_700_000_000_250_000_000n);
  takesTime('1700000000123', 1_700_000_000_123_000_000n);
  takesTime('1700000000123.4567', 1_700_000_000_123_456_700n);
  takesTime('1700000000123456', 1_700_000_000_123_456_000n);
  takesTime('1700000000123456789', 1_700_000_000_123_456_789n);
  takesTime('now', nowNs);
  takesTime('now-1h30m', nowNs - 5_400_000_000_000n);
  takesTime('now+1.5s', nowNs + 1_500_000_000n);
  takesTime('2026-11-20T09:30:00Z', 1_795_167_000_000_000_000n);
  takesTime('2026-11-20t09:30:00.5z', 1_795_167_000_500_000_000n);
  takesTime('2026-11-20 09:30:00.123456789999Z', 1_795_167_000_123_456_789n);
  takesTime('2026-11-20T10:30:00+01:00', 1_795_167_000_000_000_000n);
  takesTime('2026-11-19T23:00:00-10:30', 1_795_167_000_000_000_000n);
  takesTime('2024-02-29T00:00:00Z', 1_709_164_800_000_000_000n);
  takesTime('2016-12-31T23:59:60Z', 1_483_228_800_000_000_000n);
  takesTime('9223372036854775807', lastTimeNs);

  refusesTime('');
  refusesTime('yesterday');
  refusesTime('now-');
  refusesTime('now-1');
  refusesTime('now 1h');
  refusesTime('-5');
  refusesTime('1e9');
  refusesTime('9223372036854775808');
  refusesTime('2026-11-20');
  refusesTime('2026-11-20T09:30:00');
  refusesTime('2026-11-20T09:30:00.Z');
  refusesTime('2026-11-20T24:00:00Z');
  refusesTime('2026-11-20T09:60:00Z');
  refusesTime('2026-02-29T00:00:00Z');
  refusesTime('2026-13-01T00:00:00Z');
  refusesTime('2026-00-01T00:00:00Z');
  refusesTime('2026-11-20T09:30:00+24:00');
  refusesTime('0099-01-01T00:00:00Z');
  refusesTime('2262-04-12T00:00:00Z');
  refusesTime('1969-12-31T23:59:59Z');
  refusesTime('now-100w100w100000d');

  test('reads back what formatTime wrote', () => {
    assert(
      property(bigInt(0n, lastTimeNs), (ns) => {
        expect(parseTime(formatTime(ns), nowNs)).toBe(ns);
      }),
    );
  });
});

describe('formatTime', () => {
  test('writes as many digits as are needed', () => {
    expect(formatTime(1_795_167_000_000_000_000n)).toBe('2026-11-20T09:30:00Z');
    expect(formatTime(1_795_167_000_250_000_000n)).toBe('2026-11-20T09:30:00.250Z');
    expect(formatTime(1_795_167_000_000_000_001n)).toBe('2026-11-20T09:30:00.000000001Z');
  });
});

describe('parseDuration', () => {
  takesDuration('0', 0n);
  takesDuration('1ns', 1n);
  takesDuration('10ms', 10_000_000n);
  takesDuration('1.5s', 1_500_000_000n);
  takesDuration('250us', 250_000n);
  takesDuration('250µs', 250_000n);
  takesDuration('250μs', 250_000n);
  takesDuration('2m', 120_000_000_000n);
  takesDuration('1h30m', 5_400_000_000_000n);
  takesDuration('1d', 86_400_000_000_000n);
  takesDuration('2w', 1_209_600_000_000_000n);

  refusesDuration('');
  refusesDuration('10');
  refusesDuration('ms');
  refusesDuration('-1s');
  refusesDuration('1 s');
  refusesDuration('1s ');
  refusesDuration('.5s');
  refusesDuration('1.s');
  refusesDuration('1s2');
  refusesDuration('1e3s');
  refusesDuration('99999999999999999w');

  test('reads back what formatDuration wrote', () => {
    assert(
      property(bigInt(0n, lastTimeNs), (ns) => {
        expect(parseDuration(formatDuration(ns))).toBe(ns);
      }),
    );
  });
});

test('formatDuration writes what people write', () => {
  expect(formatDuration(5_400_000_000_000n)).toBe('1h30m');
  expect(formatDuration(1_500_000_000n)).toBe('1.5s');
  expect(formatDuration(250_000n)).toBe('250µs');
  expect(formatDuration(61_500_000_000n)).toBe('1m1.5s');
});

test('floorTo and ceilTo enclose a time', () => {
  assert(
    property(bigInt(-(10n ** 18n), 10n ** 18n), bigInt(1n, 10n ** 12n), (ns, step) => {
      const [low, high] = [floorTo(ns, step), ceilTo(ns, step)];
      expect(low % step).toBe(0n);
      expect(low <= ns && ns < low + step && high - step < ns && ns <= high && (high - low) % step === 0n).toBe(true);
    }),
  );
});

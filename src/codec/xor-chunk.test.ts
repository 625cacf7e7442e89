import { array, assert, constantFrom, double, integer, oneof, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeXorChunk } from './xor-chunk.ts';

/** A decoder written as plainly as can be: the bits as text, numbers as bigint. */
function decode(chunk: Uint8Array): { timeMs: number; bits: bigint }[] {
  const stream = Array.from(chunk, (byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  const take = (count: number): bigint => {
    const text = stream.slice(at, at + count);
    expect(text).toHaveLength(count);
    at += count;
    return count === 0 ? 0n : BigInt(`0b${text}`);
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const signed = (count: number): bigint => {
    const value = take(count);
    return value > 1n << BigInt(count - 1) || (count === 64 && value >= 1n << 63n) ? value - (1n << BigInt(count)) : value;
  };
  const samples: { timeMs: number; bits: bigint }[] = [];
  const count = Number(take(16));
  let [timeMs, delta, bits, leading, length] = [0n, 0n, 0n, 0, 0];
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      const zigzag = varint();
      timeMs = (zigzag & 1n) === 0n ? zigzag >> 1n : -(zigzag >> 1n) - 1n;
      bits = take(64);
    } else {
      if (i === 1) delta = varint();
      else if (take(1) === 1n) {
        // One more 1 for each longer form.
        const sizes = [14, 17, 20, 64];
        let form = 0;
        while (form < 3 && take(1) === 1n) form++;
        delta += signed(sizes[form]!);
      }
      timeMs += delta;
      if (take(1) === 1n) {
        if (take(1) === 1n) {
          leading = Number(take(5));
          length = Number(take(6)) || 64;
        }
        bits ^= take(length) << BigInt(64 - leading - length);
      }
    }
    samples.push({ timeMs: Number(timeMs), bits });
  }
  return samples;
}

type Samples = readonly (readonly [timeMs: number, value: number])[];

function roundTrip(samples: Samples): unknown {
  const timesMs = Float64Array.from(samples, ([timeMs]) => timeMs);
  const values = Float64Array.from(samples, ([, value]) => value);
  return decode(encodeXorChunk(timesMs, values, 0, samples.length));
}

function bitsOf(samples: Samples): unknown {
  return samples.map(([timeMs, value]) => ({ timeMs, bits: new BigUint64Array(Float64Array.of(value).buffer)[0] }));
}

describe('a chunk holds the samples to the bit', () => {
  test.each<[string, Samples]>([
    ['of no samples', []],
    ['of one', [[1_700_000_000_000, 0.1]]],
    ['of one before 1970', [[-5, Number.NaN]]],
    ['at even times', Array.from({ length: 120 }, (_, i) => [i * 15_000, i] as const)],
    ['at uneven times', [0, 1, 8194, 8195, 16_000, 100_000, 1e6, 1e9, 1e9 + 1].map((timeMs) => [timeMs, 1] as const)],
  ])('%s', (_, samples) => {
    expect(roundTrip(samples)).toEqual(bitsOf(samples));
  });
  test.each([8191, 8192, 8193, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289])('at a step that changes by %d', (change) => {
    const samples = [0, 1e6, 2e6 + change, 3e6 + change, 4e6 + change].map((timeMs) => [timeMs, change] as const);
    expect(roundTrip(samples)).toEqual(bitsOf(samples));
  });
  test('of any values', () => {
    const value = oneof(
      double(),
      constantFrom(0, -0, 1, 2, 1.5, Number.MIN_VALUE, Number.MAX_VALUE, Infinity),
      integer({ min: 0, max: 100 }),
    );
    const step = oneof(integer({ min: 1, max: 100 }), integer({ min: 1, max: 2 ** 40 }));
    assert(
      property(integer({ min: -(2 ** 41), max: 2 ** 41 }), array(tuple(step, value), { maxLength: 50 }), (startMs, steps) => {
        let timeMs = startMs;
        const samples = steps.map(([stepMs, found]) => [(timeMs += stepMs), found] as const);
        expect(roundTrip(samples)).toEqual(bitsOf(samples));
      }),
    );
  });
});

test('a stale marker keeps its bits', () => {
  const values = new Float64Array(2);
  new BigUint64Array(values.buffer)[1] = 0x7ff0000000000002n;
  expect(decode(encodeXorChunk(Float64Array.of(1, 2), values, 0, 2))[1]?.bits).toBe(0x7ff0000000000002n);
});

test('a part of the samples is a chunk of its own', () => {
  const timesMs = Float64Array.of(1, 2, 3, 4);
  const values = Float64Array.of(1, 2, 3, 4);
  expect(decode(encodeXorChunk(timesMs, values, 1, 3)).map(({ timeMs }) => timeMs)).toEqual([2, 3]);
});

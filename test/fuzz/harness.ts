/**
 * Fuzzing with a seed: the same seed gives the same inputs. Each input is a sample with a few random changes. What is looked
 * for: anything thrown that is not a refusal, an input that takes long, and memory that grows with the number of inputs.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface FuzzTarget {
  /** Well-formed inputs, from which the others are made. */
  readonly samples: readonly Uint8Array[];
  /** Parts of the format, to be put in anywhere. */
  readonly dictionary: readonly Uint8Array[];
  /** Takes an input: true when it is accepted, false when it is refused as it should be. Throws when something is wrong. */
  readonly take: (input: Uint8Array) => boolean;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly bytes: number;
  readonly seconds: number;
  /** The slowest input, the best of three times. */
  readonly slowestMs: number;
  /** Memory in use at the end, beyond that after the first tenth of the inputs. */
  readonly grownBytes: number;
}

const changesMax = 4;

/** Gives a target inputs. Throws, with the input in base64, at the first one for which `take` throws. */
export function fuzz({ samples, dictionary, take }: FuzzTarget, inputs: number, seed: number): FuzzReport {
  const random = randomOf(seed);
  const start = performance.now();
  let accepted = 0;
  let bytes = 0;
  let slowestMs = 0;
  let usedBytes = 0;
  for (let i = 0; i < inputs; i++) {
    if (i === Math.floor(inputs / 10)) usedBytes = usedMemory();
    const input = change(pick(samples, random), samples, dictionary, random);
    try {
      const before = performance.now();
      if (take(input)) accepted++;
      const tookMs = performance.now() - before;
      // The machine may be busy with something else: what was slow once is only slow when it is slow again.
      if (tookMs > slowestMs) slowestMs = Math.max(slowestMs, Math.min(tookMs, timeOf(take, input), timeOf(take, input)));
    } catch (thrown) {
      throw new Error(`input ${i} of seed ${seed}: ${Buffer.from(input).toString('base64')}`, { cause: thrown });
    }
    bytes += input.length;
  }
  const seconds = (performance.now() - start) / 1000;
  return { inputs, accepted, bytes, seconds, slowestMs, grownBytes: usedMemory() - usedBytes };
}

function timeOf(take: FuzzTarget['take'], input: Uint8Array): number {
  const start = performance.now();
  take(input);
  return performance.now() - start;
}

/** A whole number from 0 to `below` - 1. */
type Random = (below: number) => number;

/** Mulberry32. */
function randomOf(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

function change(
  sample: Uint8Array,
  samples: readonly Uint8Array[],
  dictionary: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  let input: Uint8Array = sample;
  for (let changes = 1 + random(changesMax); changes > 0; changes--) {
    const at = random(input.length + 1);
    const to = Math.min(input.length, at + 1 + random(random(2) === 0 ? 4 : 64));
    input = changed(input, at, to, random(7), samples, dictionary, random);
  }
  return input;
}

function changed(
  input: Uint8Array,
  at: number,
  to: number,
  how: number,
  samples: readonly Uint8Array[],
  dictionary: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  const before = input.subarray(0, at);
  switch (how) {
    case 0: // One bit.
      return Buffer.concat([before, Uint8Array.of((input[at] ?? 0) ^ (1 << random(8))), input.subarray(at + 1)]);
    case 1: // One byte.
      return Buffer.concat([before, Uint8Array.of(random(256)), input.subarray(at + random(2))]);
    case 2: // A part less.
      return Buffer.concat([before, input.subarray(to)]);
    case 3: // A part twice.
      return Buffer.concat([input.subarray(0, to), input.subarray(at)]);
    case 4: // A part of another sample.
      return Buffer.concat([before, partOf(pick(samples, random), random), input.subarray(to)]);
    case 5: // Cut.
      return random(8) === 0 ? before : input;
    default:
      return Buffer.concat([before, pick(dictionary, random), input.subarray(random(2) === 0 ? at : to)]);
  }
}

function partOf(sample: Uint8Array, random: Random): Uint8Array {
  const start = random(sample.length);
  return sample.subarray(start, start + random(64));
}

/** Bytes that are still in use after a full collection. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

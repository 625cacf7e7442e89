/**
 * Where buckets end. Exponential (OpenTelemetry metrics data model, ExponentialHistogram; Prometheus native histograms): bucket
 * i of schema s holds (2^((i-1)·2^-s), 2^(i·2^-s)]. The bound that would be 2^1024 is the largest finite double instead, so that
 * only infinite observations lie above it.
 */
import { customSchema, schemaMax } from './histogram.ts';
import type { Histogram } from './histogram.ts';

const stepsPerOctave = 2 ** schemaMax;
const octave = computeOctave();

/** The end of bucket `index` of the positive side; of the negative side it is the mirror image. */
export function upperBound({ schema, bounds }: Pick<Histogram, 'schema' | 'bounds'>, index: number): number {
  if (schema === customSchema) {
    if (index < 0) return -Infinity;
    return bounds[index] ?? Infinity;
  }
  return exponentialBound(schema, index);
}

/** Where bucket `index` of the positive side begins: the end of the one before. */
export function lowerBound(layout: Pick<Histogram, 'schema' | 'bounds'>, index: number): number {
  return upperBound(layout, index - 1);
}

function exponentialBound(schema: number, index: number): number {
  if (schema <= 0) return powerOfTwo(index * 2 ** -schema);
  const steps = 2 ** schema;
  const exponent = Math.floor(index / steps);
  const fraction = index - exponent * steps;
  return fraction === 0 ? powerOfTwo(exponent) : octave[fraction * (stepsPerOctave / steps)]! * 2 ** exponent;
}

function powerOfTwo(exponent: number): number {
  return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

/**
 * 2^(i/256) for each i: the bounds within an octave of the finest schema, and so of all others. They are multiplied up from the
 * roots of two, the largest first, and with a √2 that is one bit too small: so Prometheus has them, and its clients see the same
 * digits here.
 */
function computeOctave(): Float64Array {
  const powers = new Float64Array(stepsPerOctave).fill(1);
  let root = Math.SQRT2 - 2 ** -52;
  for (let bit = stepsPerOctave / 2; bit >= 1; bit /= 2) {
    for (let i = 0; i < stepsPerOctave; i++) if ((i & bit) !== 0) powers[i]! *= root;
    root = Math.sqrt(root);
  }
  return powers;
}

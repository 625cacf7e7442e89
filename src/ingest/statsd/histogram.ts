/**
 * A native histogram that is counted up (prometheus.io/docs/specs/native_histograms): bucket i of schema s holds what is above
 * 2^((i-1)·2^-s), up to 2^(i·2^-s). It begins with eight buckets per power of two, and when it has too many, every two are made one:
 * the error grows, the memory does not.
 */

export interface NativeHistogram {
  schema: number;
  count: number;
  sum: number;
  /** Observations from -zeroThreshold to zeroThreshold. */
  zeroCount: number;
  /** Observations by bucket; of those below zero, by their mirror image. */
  positive: Map<number, number>;
  negative: Map<number, number>;
  /** Whether some observation stood for a number of them that was not whole. */
  isFractional: boolean;
}

const finestSchema = 3;
/** Buckets of both sides together. No schema below -4 is ever needed, which is the last there is: in it all doubles have 2 × 72. */
const bucketsMax = 160;
/** 2^-128. */
export const zeroThreshold = 2 ** -128;

/** The bounds of schema 3 between 0.5 and 1, with the digits that readers of native histograms have. */
const bounds = Float64Array.of(
  0.5,
  0.5452538663326288,
  0.5946035575013605,
  0.6484197773255048,
  0.7071067811865475,
  0.7711054127039704,
  0.8408964152537144,
  0.9170040432046711,
);
const perOctave = bounds.length;

const bits = new DataView(new ArrayBuffer(8));

export function emptyHistogram(): NativeHistogram {
  return {
    schema: finestSchema,
    count: 0,
    sum: 0,
    zeroCount: 0,
    positive: new Map(),
    negative: new Map(),
    isFractional: false,
  };
}

/** Counts a finite value `weight` times; false, and nothing is counted, when a total would be infinite. */
export function observe(histogram: NativeHistogram, value: number, weight: number): boolean {
  const sum = histogram.sum + value * weight;
  const count = histogram.count + weight;
  if (!Number.isFinite(sum) || !Number.isFinite(count)) return false;
  histogram.sum = sum;
  histogram.count = count;
  if (!Number.isInteger(weight)) histogram.isFractional = true;
  const size = Math.abs(value);
  if (size <= zeroThreshold) histogram.zeroCount += weight;
  else {
    const buckets = value < 0 ? histogram.negative : histogram.positive;
    const index = coarser(finestIndex(size), finestSchema - histogram.schema);
    buckets.set(index, (buckets.get(index) ?? 0) + weight);
    while (histogram.positive.size + histogram.negative.size > bucketsMax) halve(histogram);
  }
  return true;
}

/** The bucket of schema 3 for a normal double above zero. */
function finestIndex(value: number): number {
  bits.setFloat64(0, value);
  // So that value is fraction × 2^exponent with a fraction from 0.5 to 1.
  const exponent = ((bits.getUint16(0) >>> 4) & 0x7ff) - 1022;
  const fraction = value * 2 ** -exponent;
  let step = 0;
  while (step < perOctave && fraction > (bounds[step] ?? 1)) step++;
  return (exponent - 1) * perOctave + step;
}

/** The bucket that holds a bucket when the schema is lower by `steps`. */
function coarser(index: number, steps: number): number {
  return (index + (1 << steps) - 1) >> steps;
}

function halve(histogram: NativeHistogram): void {
  histogram.schema--;
  histogram.positive = halved(histogram.positive);
  histogram.negative = halved(histogram.negative);
}

function halved(buckets: ReadonlyMap<number, number>): Map<number, number> {
  const wider = new Map<number, number>();
  for (const [index, count] of buckets) {
    const into = coarser(index, 1);
    wider.set(into, (wider.get(into) ?? 0) + count);
  }
  return wider;
}

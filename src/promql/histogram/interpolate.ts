/**
 * How observations are taken to lie within a bucket: evenly in the zero bucket and between custom bounds, evenly on a
 * logarithmic scale in exponential buckets (as if each finer bucket held as many). Bounds are finite, of one sign or linear.
 */

/** The value below which a share of the bucket lies. */
export function valueAtShare(lower: number, upper: number, share: number, linear: boolean): number {
  if (linear) return lower + (upper - lower) * share;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * share);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - share)));
}

/** The share of the bucket that lies below a value within it. */
export function shareBelow(lower: number, upper: number, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}

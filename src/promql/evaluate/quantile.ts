/** Quantiles of plain values, on the line between the two nearest ranks; NaN counts as the smallest value. */

/**
 * The q-quantile of the first `length` values, which are sorted in place: NaN without values or for a q that is NaN, -Inf
 * for q below 0, +Inf above 1.
 */
export function quantileOf(q: number, values: Float64Array, length: number): number {
  if (length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  sortAscending(values, length);
  const rank = q * (length - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  const upper = Math.min(length - 1, lower + 1);
  return values[lower]! * (1 - weight) + values[upper]! * weight;
}

/** Up to so many values inserting each in its place is faster than a sort that has to be called. */
const insertionMax = 40;

function sortAscending(values: Float64Array, length: number): void {
  let nans = 0;
  for (let i = 0; i < length; i++) {
    if (!Number.isNaN(values[i])) continue;
    values[i] = values[nans]!;
    values[nans++] = NaN;
  }
  if (length - nans > insertionMax) {
    values.set(values.subarray(nans, length).toSorted(), nans);
    return;
  }
  for (let i = nans + 1; i < length; i++) {
    const value = values[i]!;
    let place = i;
    for (; place > nans && values[place - 1]! > value; place--) values[place] = values[place - 1]!;
    values[place] = value;
  }
}

/**
 * Sums of doubles with the rounding errors carried along (Kahan, with Neumaier's improvement). In a loop:
 *
 *     const total = sum + value;
 *     compensation = compensate(sum, value, total, compensation);
 *     sum = total;
 *
 * and at the end `sum + compensation`. Two numbers in variables, so that nothing is allocated per value.
 */

/** The compensation after `value` was added to `sum`, which rounded to `total`; none once the total has overflowed. */
export function compensate(sum: number, value: number, total: number, compensation: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  if (Math.abs(sum) >= Math.abs(value)) return compensation + (sum - total + value);
  return compensation + (value - total + sum);
}

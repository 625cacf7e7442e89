/**
 * Times of the engine, 64 bits of nanoseconds, as the milliseconds that PromQL counts in: exact, without a bigint per row. A double
 * does not hold the nanoseconds of a time of today, so they are never put together: 2^32 ns are 4294 ms and 967 296 ns, and with the
 * milliseconds taken out of the high half, what is left stays below 2^53.
 */
const msOfHigh = 4294;
const nsOfHigh = 967_296;
const nsPerMs = 1_000_000;

/** Of the time in a row of a column as it came: whole milliseconds, rounded down. */
export function millisecondsAt(times: DataView, row: number): number {
  const high = times.getInt32(row * 8 + 4, true);
  const low = times.getUint32(row * 8, true);
  return high * msOfHigh + Math.floor((high * nsOfHigh + low) / nsPerMs);
}

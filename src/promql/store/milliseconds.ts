/**
 * Times of the engine, 64 bits of nanoseconds, as the milliseconds that PromQL counts in: exact, without a bigint per row. A double
 * does not hold the nanoseconds of a time of today, so they are never put together: 2^32 ns are 4294 ms and 967 296 ns, and with the
 * milliseconds taken out of the high half, what is left stays below 2^53.
 */
const msOfHigh = 4294;
const nsOfHigh = 967_296;
const nsPerMs = 1_000_000;

/** Whole milliseconds, rounded down. */
export function millisecondsOf(times: BigInt64Array): Float64Array {
  const halves = new Int32Array(times.buffer, times.byteOffset, times.length * 2);
  const milliseconds = new Float64Array(times.length);
  for (let i = 0; i < milliseconds.length; i++) {
    const high = halves[2 * i + 1] ?? 0;
    const low = (halves[2 * i] ?? 0) >>> 0;
    milliseconds[i] = high * msOfHigh + Math.floor((high * nsOfHigh + low) / nsPerMs);
  }
  return milliseconds;
}

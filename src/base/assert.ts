/** Throws when a condition that the code itself guarantees does not hold: a bug of ours, never bad input. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`impossible: ${what}`);
}

/** Returns the value, or throws when it is undefined: for look-ups that the code itself guarantees. */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`impossible: ${what} is missing`);
  return value;
}

/** Checks the numbers of options as a policy is made: a mistake in them is told there, not in the first outage. */

/** The longest time of a timer of Node. */
export const timerMsMax = 2 ** 31 - 1;

/** Throws a RangeError unless the value is a whole number of at least `least`. */
export function checkCount(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} should be a whole number of at least ${least}, but is ${value}`);
}

/** Throws a RangeError unless the value is a time that a timer can take, above zero or at least zero. */
export function checkMs(name: string, value: number, least: 'above 0' | 'at least 0' = 'above 0'): number {
  if ((least === 'above 0' ? value > 0 : value >= 0) && value <= timerMsMax) return value;
  throw new RangeError(`${name} should be ${least} and at most ${timerMsMax} milliseconds, but is ${value}`);
}

/** Throws a RangeError unless the value is above zero and at most one. */
export function checkRatio(name: string, value: number): number {
  if (value > 0 && value <= 1) return value;
  throw new RangeError(`${name} should be above 0 and at most 1, but is ${value}`);
}

/** Throws a RangeError unless the value is a finite number above zero, or of at least zero. */
export function checkNumber(name: string, value: number, least: 'above 0' | 'at least 0'): number {
  if (Number.isFinite(value) && (least === 'above 0' ? value > 0 : value >= 0)) return value;
  throw new RangeError(`${name} should be a number ${least}, but is ${value}`);
}

// @ts-check
/** What a log says no with. */

/** No record has this offset: it is not written yet, or was removed. */
export class OutOfRangeError extends Error {
  /** @override */
  name = 'OutOfRangeError';

  /**
   * @param {number} offset
   * @param {{ oldest: number, next: number }} bounds
   */
  constructor(offset, bounds) {
    const { oldest, next } = bounds;
    const has = oldest === next ? `is empty, its next record will be ${next}` : `has ${oldest} to ${next - 1}`;
    super(`offset ${offset} is out of range: the log ${has}`);
    this.bounds = bounds;
  }
}

/** A value that is longer than a record may be. */
export class TooLargeError extends Error {
  /** @override */
  name = 'TooLargeError';
}

/** What was written and acknowledged is not there as it was written. */
export class DamagedError extends Error {
  /** @override */
  name = 'DamagedError';
}

/** The log takes nothing more: it is closed, or (with a cause) could not be written. */
export class EndedError extends Error {
  /** @override */
  name = 'EndedError';
}

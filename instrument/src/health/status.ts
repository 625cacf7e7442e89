/** How well a service or a part of it is. */

/** `warn`: works, and somebody should look. `out-of-service`: works, and wants no requests, as it is starting or ending. */
export type Status = 'pass' | 'warn' | 'out-of-service' | 'fail';

/** Before anybody has looked. */
export type Unknown = 'unknown';

const fromBest: readonly Status[] = ['pass', 'warn', 'out-of-service', 'fail'];

/** The worst of several; `pass` when there are none. */
export function worst(statuses: readonly Status[]): Status {
  return fromBest.findLast((status) => statuses.includes(status)) ?? 'pass';
}

/** Whether requests are welcome. */
export function isUp(status: Status): boolean {
  return status === 'pass' || status === 'warn';
}

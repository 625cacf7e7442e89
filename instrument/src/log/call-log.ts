/** Which calls that a server answers leave a log line. */

/** Every call; those whose trace is kept and those that were not answered well; these alone; none. */
export const callLogs = ['all', 'sampled', 'failed', 'none'] as const;
export type CallLog = (typeof callLogs)[number];

/** Whether a call is told of. `isGood`: it was answered as asked, by a status below 400 or OK. */
export function isTold(which: CallLog, isSampled: boolean, isGood: boolean): boolean {
  switch (which) {
    case 'all':
      return true;
    case 'sampled':
      return isSampled || !isGood;
    case 'failed':
      return !isGood;
    case 'none':
      return false;
  }
}

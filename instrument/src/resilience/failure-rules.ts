/** When a breaker opens: after so many failures one after another, or at a share of the last calls, or of those of the last seconds. */
import { checkCount, checkMs, checkRatio } from './numbers.ts';

export type FailureRuleOptions =
  | {
      readonly kind: 'consecutive';
      /** 5 when absent. */
      readonly failures?: number;
    }
  | {
      /** Of the last `calls` calls. */
      readonly kind: 'count';
      /** 100 when absent. */
      readonly calls?: number;
      /** Opens at this share of failures. 0.5 when absent. */
      readonly failureRatio?: number;
      /** Not before so many calls. 10 when absent, or `calls` if that is less. */
      readonly callsMin?: number;
    }
  | {
      /** Of the calls of the last `windowMs`. */
      readonly kind: 'sampling';
      /** 10 seconds when absent; moves by a tenth of itself. */
      readonly windowMs?: number;
      /** Opens at this share of failures. 0.5 when absent. */
      readonly failureRatio?: number;
      /** Not before so many calls in the window. 20 when absent. */
      readonly callsMin?: number;
    };

export interface FailureRule {
  /** Takes the end of a call; says whether the breaker opens with it. */
  readonly record: (isFailure: boolean) => boolean;
  /** Forgets all calls. */
  readonly reset: () => void;
}

/** Throws a RangeError when a number makes no sense. */
export function failureRule(options: FailureRuleOptions, nowMs: () => number): FailureRule {
  switch (options.kind) {
    case 'consecutive':
      return consecutive(checkCount('failures', options.failures ?? 5));
    case 'count': {
      const calls = checkCount('calls', options.calls ?? 100);
      const callsMin = checkCount('callsMin', options.callsMin ?? Math.min(10, calls));
      if (callsMin > calls) throw new RangeError(`callsMin should be at most calls (${calls}), but is ${callsMin}`);
      return ofLastCalls(calls, { callsMin, ratio: checkRatio('failureRatio', options.failureRatio ?? 0.5) });
    }
    case 'sampling': {
      const callsMin = checkCount('callsMin', options.callsMin ?? 20);
      const windowMs = checkMs('windowMs', options.windowMs ?? 10_000);
      return ofLastTime(windowMs, { callsMin, ratio: checkRatio('failureRatio', options.failureRatio ?? 0.5) }, nowMs);
    }
  }
}

function consecutive(failuresMax: number): FailureRule {
  let failures = 0;
  return {
    record(isFailure) {
      failures = isFailure ? failures + 1 : 0;
      return failures >= failuresMax;
    },
    reset() {
      failures = 0;
    },
  };
}

interface Threshold {
  readonly callsMin: number;
  readonly ratio: number;
}

/** Rounding must not keep 29 of 100 from being 0.29. */
function isReached({ callsMin, ratio }: Threshold, failures: number, calls: number): boolean {
  return calls >= callsMin && failures >= ratio * calls - 1e-9;
}

function ofLastCalls(size: number, threshold: Threshold): FailureRule {
  const ends = new Uint8Array(size);
  let calls = 0;
  let failures = 0;
  let next = 0;
  return {
    record(isFailure) {
      if (calls === size) failures -= ends[next] ?? 0;
      else calls++;
      ends[next] = isFailure ? 1 : 0;
      failures += isFailure ? 1 : 0;
      next = (next + 1) % size;
      return isFailure && isReached(threshold, failures, calls);
    },
    reset() {
      calls = 0;
      failures = 0;
      next = 0;
    },
  };
}

const slots = 10;

function ofLastTime(windowMs: number, threshold: Threshold, nowMs: () => number): FailureRule {
  const slotMs = windowMs / slots;
  const slotCalls = new Uint32Array(slots);
  const slotFailures = new Uint32Array(slots);
  let calls = 0;
  let failures = 0;
  let slot = Math.floor(nowMs() / slotMs);
  /** However long nobody called: what is too old is forgotten. */
  const move = (): void => {
    const now = Math.floor(nowMs() / slotMs);
    for (let left = Math.min(now - slot, slots); left > 0; left--) {
      const at = (now - left + 1) % slots;
      calls -= slotCalls[at] ?? 0;
      failures -= slotFailures[at] ?? 0;
      slotCalls[at] = 0;
      slotFailures[at] = 0;
    }
    slot = now;
  };
  return {
    record(isFailure) {
      move();
      const at = slot % slots;
      slotCalls[at] = (slotCalls[at] ?? 0) + 1;
      calls++;
      if (!isFailure) return false;
      slotFailures[at] = (slotFailures[at] ?? 0) + 1;
      failures++;
      return isReached(threshold, failures, calls);
    },
    reset() {
      slotCalls.fill(0);
      slotFailures.fill(0);
      calls = 0;
      failures = 0;
    },
  };
}

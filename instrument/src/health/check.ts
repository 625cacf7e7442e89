/** What a check is, and what it says. */
import type { Status } from './status.ts';

/** What a check may return; nothing is fine too. Everything else that it returns is not looked at. */
export interface CheckResult {
  /** What was measured. Without it, the time that the check took. */
  readonly value?: number | string;
  /** Of the value: `ms`, `By`, `{item}` … */
  readonly unit?: string;
  /** It passes, and somebody should know this. */
  readonly warning?: string;
  /** Up to 32 of them; texts are cut at 1000 letters. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export interface CheckOptions {
  /** A run that takes longer has failed. 2000 when absent. */
  readonly timeoutMs?: number;
  /** So long a result is given again to who asks. 1000 when absent. */
  readonly cacheMs?: number;
  /** False: where it fails, it only warns. True when absent. */
  readonly isCritical?: boolean;
  /** So many runs in a row must fail until the check fails; until then it warns. 1 when absent. */
  readonly failuresMin?: number;
  /** Of `live`, `ready`, `startup` and the groups that `makeHealth` was given. `ready` alone when absent. */
  readonly groups?: readonly string[];
  /** What it looks at; `component` when absent (draft-inadarei-api-health-check-06, `componentType`). */
  readonly type?: 'component' | 'datastore' | 'system';
  /** What the value is of: `utilization`, `connections` … (the same, `measurementName`). */
  readonly measurement?: string;
}

export interface Check extends CheckOptions {
  /** One of a kind in its service, and without a colon. */
  readonly name: string;
  /** Fails by throwing, or by a promise that rejects. The signal is aborted when the time is over: whoever waits should give up. */
  readonly run: (signal: AbortSignal) => CheckResult | undefined | void | Promise<CheckResult | undefined | void>;
  /** Called when the health that it belongs to is stopped. */
  readonly stop?: () => void;
}

/** A check as its last run left it. */
export interface CheckState {
  readonly name: string;
  readonly status: Status;
  readonly isCritical: boolean;
  /** What is wrong; undefined when it passes. */
  readonly output: string | undefined;
  readonly value: number | string | undefined;
  readonly unit: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly type: 'component' | 'datastore' | 'system';
  readonly measurement: string | undefined;
  /** When its last run ended. */
  readonly timeMs: number;
  /** How long that took. */
  readonly durationMs: number;
}

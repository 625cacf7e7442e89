/** What is known of a check. */
import type { Status } from './status.ts';

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

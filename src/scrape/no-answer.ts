/** How it is said that a server gave no answer, or none that is of use. */
import { SondeError } from '../base/errors.ts';

export function unavailable(message: string, cause?: unknown): SondeError {
  return new SondeError('unavailable', message, { cause });
}

/** Node puts the reasons of several attempts to connect into an AggregateError without a message. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(reasonOf).join('; ');
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}

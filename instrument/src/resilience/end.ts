/** How an attempt, or a whole call, has ended. */
import type { ResilienceError } from './errors.ts';
import type { Judgement } from './judge.ts';

export type End<T> =
  | { readonly kind: 'answer'; readonly answer: T; readonly judgement: Judgement }
  | { readonly kind: 'error'; readonly error: unknown; readonly judgement: Judgement }
  /** The policy was against it: nothing was sent, or not again. */
  | { readonly kind: 'refused'; readonly error: ResilienceError }
  /** Its caller or its deadline ended it, or another attempt was faster. */
  | { readonly kind: 'stopped'; readonly error: unknown };

export function isTransient<T>(end: End<T>): end is Extract<End<T>, { judgement: Judgement }> {
  return (end.kind === 'answer' || end.kind === 'error') && end.judgement.verdict === 'transient';
}

/** The peer failed: what breakers count, and what falls back. */
export function isFailure<T>(end: End<T>): boolean {
  if (end.kind !== 'answer' && end.kind !== 'error') return false;
  return end.judgement.verdict === 'transient' || end.judgement.verdict === 'failed';
}

export function isSuccess<T>(end: End<T>): boolean {
  return end.kind === 'answer' && !isFailure(end);
}

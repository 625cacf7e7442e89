/** Work that fails, hangs or takes its time, and what policies have counted of it. */
import { vi } from 'vitest';
import type { Attempt } from '../../src/resilience/attempt.ts';
import { records } from '../../src/resilience/records.ts';
import { retryBudget } from '../../src/resilience/retry-budget.ts';
import type { RetryBudget } from '../../src/resilience/retry-budget.ts';

let names = 0;
/** Budgets and counts go by the name for the whole process. */
export const newName = (): string => `policy-${++names}`;
export const refused = (): Error => Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' });
export const plenty = (): RetryBudget => retryBudget({ perSecondMin: 1e6 });

/** What was counted under a policy, by the values of an attribute. */
export function countsBy(attribute: string, metric: string, policy: string): Record<string, number> {
  return Object.fromEntries(
    Array.from(records.of(policy).observations())
      .filter(({ name }) => name === metric)
      .map(({ attributes, value }) => [String(attributes[attribute]), value]),
  );
}

export const outcomes = (policy: string): Record<string, number> => countsBy('outcome', 'resilience.calls', policy);

export function count(policy: string, metric: string): number {
  return Array.from(records.of(policy).observations())
    .filter(({ name }) => name === metric)
    .reduce((sum, { value }) => sum + value, 0);
}

/** Settles when its signal aborts, as fetch does. */
export function hang({ signal }: Attempt): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

/** Takes no notice of anything. */
export function deaf(): Promise<never> {
  return new Promise(() => undefined);
}

/** Fails so often, then answers. */
export function failing(times: number, fail: () => unknown = refused): () => Promise<string> {
  let made = 0;
  return async () => {
    if (made++ < times) throw fail();
    return 'done';
  };
}

/** Awaits while the faked clock runs. */
export async function settled<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
  promise.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}

/** Puts the real clock back; throws when timers are left over. */
export function endFakeTimers(): void {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left over`);
}

/**
 * What the policies of one name have done, for the whole process: plain numbers, which the metrics SDK asks for when it exports. So
 * counting costs next to nothing, and what was counted before a meter provider was set is not lost.
 */
import type { Attributes } from '@opentelemetry/api';
import type { BreakerState } from './breaker.ts';
import type { CounterName, GaugeName } from './metric-table.ts';
import { retryBudget } from './retry-budget.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Names come from the application, which may make one for each tenant or URL: those that come later share one. */
const namesMax = 1000;
const otherName = '_OTHER';

/** The parts of a policy that have a state to show. */
export interface Shown {
  readonly breaker: { readonly state: BreakerState } | undefined;
  readonly bulkhead: { readonly active: number; readonly queued: number; readonly limit: number } | undefined;
  readonly limiter: { readonly waiting: number } | undefined;
  readonly budget: { readonly remaining: number } | undefined;
}

interface Tally {
  readonly attributes: Attributes;
  count: number;
}

export interface Observation {
  readonly name: CounterName | GaugeName;
  readonly value: number;
  readonly attributes: Attributes;
}

/** Policies are told of for as long as the application keeps them: one that is made for each request leaves nothing. */
const dropped = new FinalizationRegistry<() => void>((forget) => forget());

export class PolicyRecord {
  readonly policy: string;
  /** That of all policies of this name that are given no other. */
  readonly budget: RetryBudget = retryBudget();
  private readonly tallies = new Map<CounterName, Map<string, Tally>>();
  private readonly shown = new Set<WeakRef<Shown>>();
  private readonly has = { breaker: false, bulkhead: false, limiter: false, budget: false };

  constructor(policy: string) {
    this.policy = policy;
  }

  show(parts: Shown): void {
    for (const part of ['breaker', 'bulkhead', 'limiter', 'budget'] as const) this.has[part] ||= parts[part] !== undefined;
    const ref = new WeakRef(parts);
    this.shown.add(ref);
    dropped.register(parts, () => this.shown.delete(ref));
  }

  /** The tally of one series: look it up once and keep it where that counts. */
  tally(name: CounterName, labels: Readonly<Record<string, string>>): Tally {
    const ofName = this.tallies.get(name) ?? new Map<string, Tally>();
    this.tallies.set(name, ofName);
    const key = Object.values(labels).join('\0');
    const known = ofName.get(key);
    if (known !== undefined) return known;
    const tally = { attributes: { policy: this.policy, ...labels }, count: 0 };
    ofName.set(key, tally);
    return tally;
  }

  *observations(): Iterable<Observation> {
    for (const [name, ofName] of this.tallies) {
      for (const { attributes, count } of ofName.values()) if (count > 0) yield { name, value: count, attributes };
    }
    yield* this.states();
  }

  /**
   * Of two policies of one name the sum, as each breaker is in one state. What was shown once goes on, as the SDK repeats the last
   * value of what is no longer observed.
   */
  private *states(): Iterable<Observation> {
    const policies = Array.from(this.shown, (ref) => ref.deref()).filter((parts) => parts !== undefined);
    const attributes = { policy: this.policy };
    const total = (valueOf: (parts: Shown) => number | undefined): number =>
      policies.reduce((sum, parts) => sum + (valueOf(parts) ?? 0), 0);
    for (const state of this.has.breaker ? breakerStates : []) {
      const value = total(({ breaker }) => (breaker?.state === state ? 1 : 0));
      yield { name: 'resilience.breaker.state', value, attributes: { ...attributes, state } };
    }
    for (const part of this.has.bulkhead ? bulkheadParts : []) {
      yield { name: `resilience.bulkhead.${part}`, value: total(({ bulkhead }) => bulkhead?.[part]), attributes };
    }
    if (this.has.limiter) {
      yield { name: 'resilience.rate_limiter.waiting', value: total(({ limiter }) => limiter?.waiting), attributes };
    }
    if (this.has.budget) {
      const budgets = new Set(policies.flatMap(({ budget }) => budget ?? []));
      const value = Array.from(budgets).reduce((sum, { remaining }) => sum + remaining, 0);
      yield { name: 'resilience.retry.budget.remaining', value, attributes };
    }
  }
}

const breakerStates = ['closed', 'open', 'half_open'] as const;
const bulkheadParts = ['active', 'queued', 'limit'] as const;

/** The records of so many names, and one for all that come later. */
export class PolicyRecords {
  private readonly byName = new Map<string, PolicyRecord>();

  of(policy: string): PolicyRecord {
    const name = this.byName.has(policy) || this.byName.size < namesMax ? policy : otherName;
    const record = this.byName.get(name) ?? new PolicyRecord(name);
    this.byName.set(name, record);
    return record;
  }

  all(): Iterable<PolicyRecord> {
    return this.byName.values();
  }
}

/** Those of this process. */
export const records = new PolicyRecords();

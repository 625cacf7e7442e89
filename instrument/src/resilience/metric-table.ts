/**
 * The metrics of policies. Names follow resilience4j's where it has them. All have the attribute `policy`; the number of series is
 * bounded, as all other attributes have few values and there are 1000 names of policies at most.
 */

export const counters = {
  'resilience.calls': { unit: '{call}', description: 'Calls that have ended, by outcome; without what a fallback made of them.' },
  'resilience.retry.attempts': {
    unit: '{attempt}',
    description: 'Attempts after the first, by the reason why they were made, and outcome.',
  },
  'resilience.retry.stopped': {
    unit: '{call}',
    description: 'Failures that might have been tried again and were not, by reason.',
  },
  'resilience.breaker.transitions': { unit: '{transition}', description: 'Changes of state of breakers.' },
  'resilience.breaker.rejected': {
    unit: '{attempt}',
    description: 'Attempts that were not made, as the breaker did not let them pass.',
  },
  'resilience.bulkhead.rejected': { unit: '{attempt}', description: 'Attempts that were not made, as no place was free.' },
  'resilience.rate_limiter.rejected': { unit: '{attempt}', description: 'Attempts that were not made, as the rate was used up.' },
  'resilience.timeouts': { unit: '{timeout}', description: 'Attempts and calls that took longer than they may.' },
  'resilience.hedges': { unit: '{attempt}', description: 'Attempts beside a slow one: won, lost, or denied by the budget.' },
  'resilience.fallbacks': {
    unit: '{call}',
    description: 'Calls that were answered by a fallback, by the outcome that led to it.',
  },
} as const;

export type CounterName = keyof typeof counters;

export const gauges = {
  'resilience.retry.budget.remaining': { unit: '{attempt}', description: 'Retries and hedges that the budget allows now.' },
  'resilience.breaker.state': { unit: '{breaker}', description: '1 for the state that a breaker is in, 0 for the others.' },
  'resilience.bulkhead.active': { unit: '{attempt}', description: 'Attempts that hold a place of the bulkhead.' },
  'resilience.bulkhead.queued': { unit: '{attempt}', description: 'Attempts that wait for a place of the bulkhead.' },
  'resilience.bulkhead.limit': { unit: '{attempt}', description: 'Places of the bulkhead.' },
  'resilience.rate_limiter.waiting': { unit: '{attempt}', description: 'Attempts that wait for a token of the rate limiter.' },
} as const;

export type GaugeName = keyof typeof gauges;

export const duration = {
  name: 'resilience.call.duration',
  unit: 's',
  description: 'Duration of calls with all their attempts and waits, by outcome; without what a fallback made of them.',
  bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
} as const;

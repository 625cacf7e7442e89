import type { MetricInfo } from '../../../src/api/sonde/contract.ts';

/** What people call the type: a monotonic sum is a counter. */
export function typeName({ type, monotonic }: Pick<MetricInfo, 'type' | 'monotonic'>): string {
  switch (type) {
    case 'sum':
      return monotonic ? 'counter' : 'sum';
    case 'exponential_histogram':
      return 'exponential histogram';
    case 'native_histogram':
      return 'native histogram';
    case 'stateset':
      return 'state set';
    case 'gauge':
    case 'histogram':
    case 'summary':
    case 'info':
    case 'unknown':
      return type;
  }
}

/** What can be asked of a metric, its default first. */
export function functionsOf({ type, monotonic }: Pick<MetricInfo, 'type' | 'monotonic'>): readonly string[] {
  switch (type) {
    case 'gauge':
    case 'info':
    case 'stateset':
      return ['avg', 'min', 'max', 'sum', 'last'];
    case 'unknown':
      return ['avg', 'min', 'max', 'sum', 'last', 'rate', 'increase'];
    case 'sum':
      return monotonic ? ['rate', 'increase'] : ['avg', 'min', 'max', 'sum', 'last'];
    case 'histogram':
    case 'exponential_histogram':
      return ['p95', 'p50', 'p90', 'p99', 'rate', 'avg'];
    case 'summary':
    case 'native_histogram':
      return ['rate', 'avg'];
  }
}

/** Whether an exemplar's value is in the unit of what the function draws: a single measurement says nothing about a rate. */
export function drawsMeasurements({ type }: Pick<MetricInfo, 'type'>, fn: string): boolean {
  if (type === 'sum') return false;
  return fn !== 'rate' && fn !== 'increase' && fn !== 'sum';
}

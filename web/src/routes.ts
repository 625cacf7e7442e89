/**
 * Every address of the UI: one builder per page, which takes the time range first (it travels with every link) and the
 * page's own state after it, and one reader that turns a path back into a page. What is at its default is left out.
 */
import { defaultRange, sameRange } from './state/time-range.ts';
import type { TimeRange } from './state/time-range.ts';
import { levelNames } from './format/level.ts';
import type { Level } from '../../src/api/sonde/contract.ts';

export type Page =
  | { readonly kind: 'services' }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'traces' }
  | { readonly kind: 'trace'; readonly traceId: string }
  | { readonly kind: 'logs' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'metric'; readonly name: string }
  | { readonly kind: 'send' }
  | { readonly kind: 'unknown' };

export interface TraceFilters {
  readonly service: string;
  readonly operation: string;
  readonly status: TraceStatus;
  /** As typed: `10ms`. */
  readonly minDuration: string;
  readonly maxDuration: string;
  /** `key=value`, each must match. */
  readonly attrs: readonly string[];
  readonly sort: 'newest' | 'longest';
}
export type TraceStatus = 'any' | 'error' | 'ok' | 'unset';

export interface LogFilters {
  readonly service: string;
  readonly levels: readonly Level[];
  readonly text: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attrs: readonly string[];
}

export interface MetricsFilters {
  readonly service: string;
  readonly text: string;
}

export interface MetricView {
  /** Empty: the default of its type. */
  readonly fn: string;
  readonly by: readonly string[];
  readonly service: string;
  readonly attrs: readonly string[];
}

type Parameters = Readonly<Record<string, string | readonly string[]>>;

export function servicesPath(range: TimeRange): string {
  return build('/', range, {});
}

export function servicePath(range: TimeRange, name: string): string {
  return build(`/services/${encodeURIComponent(name)}`, range, {});
}

export function tracesPath(range: TimeRange, filters: Partial<TraceFilters> = {}): string {
  const {
    status = 'any',
    sort = 'newest',
    attrs = [],
    service = '',
    operation = '',
    minDuration = '',
    maxDuration = '',
  } = filters;
  return build('/traces', range, {
    service,
    operation,
    status: status === 'any' ? '' : status,
    minDuration,
    maxDuration,
    attr: attrs,
    sort: sort === 'newest' ? '' : sort,
  });
}

/** `spanId` selects a span; without it the page picks the most telling one. */
export function tracePath(range: TimeRange, traceId: string, spanId = ''): string {
  return build(`/traces/${encodeURIComponent(traceId)}`, range, { span: spanId });
}

export function logsPath(range: TimeRange, filters: Partial<LogFilters> = {}): string {
  const { service = '', levels = [], text = '', traceId = '', spanId = '', attrs = [] } = filters;
  return build('/logs', range, { service, level: levels, text, traceId, spanId, attr: attrs });
}

export function metricsPath(range: TimeRange, filters: Partial<MetricsFilters> = {}): string {
  const { service = '', text = '' } = filters;
  // With a slash at the end: `/metrics` alone is where Sonde tells Prometheus about itself.
  return build('/metrics/', range, { service, text });
}

export function metricPath(range: TimeRange, name: string, view: Partial<MetricView> = {}): string {
  const { fn = '', by = [], service = '', attrs = [] } = view;
  return build(`/metrics/${encodeURIComponent(name)}`, range, { fn, by, service, attr: attrs });
}

export function sendPath(range: TimeRange): string {
  return build('/send', range, {});
}

function build(path: string, range: TimeRange, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of typeof value === 'string' ? [value] : value) if (each !== '') query.append(name, each);
  }
  if (!sameRange(range, defaultRange)) {
    query.set('from', range.from);
    query.set('to', range.to);
  }
  // Colons and slashes are fine in a query, and people read these addresses.
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
  return text === '' ? path : `${path}?${text}`;
}

/** The page of a path. */
export function pageOf(path: string): Page {
  const [first = '', second, ...rest] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (rest.length > 0) return { kind: 'unknown' };
  if (first === '') return { kind: 'services' };
  if (second === undefined) {
    if (first === 'services') return { kind: 'services' };
    if (first === 'traces' || first === 'logs' || first === 'metrics' || first === 'send') return { kind: first };
    return { kind: 'unknown' };
  }
  if (first === 'services') return { kind: 'service', name: second };
  if (first === 'traces') return { kind: 'trace', traceId: second.toLowerCase() };
  if (first === 'metrics') return { kind: 'metric', name: second };
  return { kind: 'unknown' };
}

export function rangeOf(query: URLSearchParams): TimeRange {
  return { from: query.get('from') ?? defaultRange.from, to: query.get('to') ?? defaultRange.to };
}

export function traceFiltersOf(query: URLSearchParams): TraceFilters {
  return {
    service: query.get('service') ?? '',
    operation: query.get('operation') ?? '',
    status: oneOf(query.get('status'), ['any', 'error', 'ok', 'unset']),
    minDuration: query.get('minDuration') ?? '',
    maxDuration: query.get('maxDuration') ?? '',
    attrs: query.getAll('attr'),
    sort: oneOf(query.get('sort'), ['newest', 'longest']),
  };
}

export function logFiltersOf(query: URLSearchParams): LogFilters {
  return {
    service: query.get('service') ?? '',
    levels: levelNames.filter((level) => query.getAll('level').includes(level)),
    text: query.get('text') ?? '',
    traceId: query.get('traceId') ?? '',
    spanId: query.get('spanId') ?? '',
    attrs: query.getAll('attr'),
  };
}

export function metricsFiltersOf(query: URLSearchParams): MetricsFilters {
  return { service: query.get('service') ?? '', text: query.get('text') ?? '' };
}

export function metricViewOf(query: URLSearchParams): MetricView {
  return {
    fn: query.get('fn') ?? '',
    by: query.getAll('by'),
    service: query.get('service') ?? '',
    attrs: query.getAll('attr'),
  };
}

/** The list without the item when it is there, with it when it is not. */
export function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
}

function oneOf<T extends string>(value: string | null, allowed: readonly [T, ...T[]]): T {
  return allowed.find((each) => each === value) ?? allowed[0];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

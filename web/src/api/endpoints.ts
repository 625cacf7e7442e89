/** The addresses of the API that the pages ask. A range is sent as milliseconds, so that all charts of a page share their ends. */
import type { LogFilters, MetricsFilters, MetricView, TraceFilters } from '../routes.ts';
import { parseDuration } from '../format/duration.ts';
import { stepSeconds } from '../state/time-range.ts';
import type { ResolvedRange } from '../state/time-range.ts';

type Parameter = string | number | undefined | readonly string[];

export const statusUrl = '/api/status';

export function servicesUrl(range: ResolvedRange): string {
  return url('/api/services', { ...ends(range), step: step(range, 48) });
}

export function serviceUrl(range: ResolvedRange, name: string): string {
  return url(`/api/services/${encodeURIComponent(name)}`, { ...ends(range), step: step(range, 120) });
}

export function tracesUrl(range: ResolvedRange, filters: TraceFilters): string {
  return url('/api/traces', {
    ...ends(range),
    service: filters.service,
    operation: filters.operation,
    status: filters.status === 'any' ? '' : filters.status,
    minDuration: parseDuration(filters.minDuration),
    maxDuration: parseDuration(filters.maxDuration),
    attr: filters.attrs,
    sort: filters.sort,
    limit: 100,
  });
}

export function traceUrl(traceId: string): string {
  return `/api/traces/${encodeURIComponent(traceId)}`;
}

export function logsUrl(range: ResolvedRange, filters: LogFilters): string {
  return url('/api/logs', { ...ends(range), ...logParameters(filters), limit: 200 });
}

/** The logs of one trace, whenever they were written. */
export function traceLogsUrl(traceId: string): string {
  return url('/api/logs', { traceId, limit: 500 });
}

export function logHistogramUrl(range: ResolvedRange, filters: LogFilters): string {
  return url('/api/logs/histogram', { ...ends(range), ...logParameters(filters), step: step(range, 100) });
}

export function attributesUrl(range: ResolvedRange, signal: 'traces' | 'logs', service: string): string {
  return url('/api/attributes', { signal, ...ends(range), service });
}

export function metricsUrl(range: ResolvedRange, filters: MetricsFilters): string {
  return url('/api/metrics', { ...ends(range), service: filters.service, text: filters.text });
}

export function metricUrl(range: ResolvedRange, name: string, view: MetricView): string {
  return url(`/api/metrics/${encodeURIComponent(name)}`, {
    ...ends(range),
    // Most exporters send every 10 to 60 s: finer steps would show only gaps.
    step: `${Math.max(15, stepSeconds(range, 180))}s`,
    fn: view.fn,
    by: view.by,
    service: view.service,
    attr: view.attrs,
  });
}

/** The address of the page after `cursor`. */
export function nextUrl(first: string, cursor: string): string {
  return `${first}${first.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
}

function logParameters(filters: LogFilters): Record<string, Parameter> {
  const { service, levels, text, traceId, spanId, attrs } = filters;
  return { service, level: levels, text, traceId, spanId, attr: attrs };
}

function ends({ fromMs, toMs }: ResolvedRange): Record<string, Parameter> {
  return { from: Math.round(fromMs), to: Math.round(toMs) };
}

function step(range: ResolvedRange, points: number): string {
  return `${stepSeconds(range, points)}s`;
}

function url(path: string, parameters: Readonly<Record<string, Parameter>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === '') continue;
    for (const each of typeof value === 'object' ? value : [String(value)]) query.append(name, each);
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

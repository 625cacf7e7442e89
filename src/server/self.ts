/** Sonde about itself: GET /metrics in the Prometheus text format 0.0.4, from the counters and from the process. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counters, CounterSample } from '../base/counters.ts';
import type { Route } from '../base/http.ts';
import { renderPlainError } from './health.ts';

/** What each family means; a family without a line here shows its name alone. */
const help: Readonly<Record<string, string>> = {
  sonde_build_info: 'Version of Sonde and of Node; always 1.',
  sonde_http_requests_total: 'HTTP requests answered, by route and status.',
  sonde_grpc_calls_total: 'gRPC calls answered, by method and code.',
  sonde_body_bytes_in_flight: 'Bytes of request bodies held now.',
  sonde_event_loop_delay_seconds: 'Delay of the event loop since the last read, by quantile.',
  process_cpu_seconds_total: 'CPU time of the process, engine included.',
  process_resident_memory_bytes: 'Resident memory of the process, engine included.',
  process_start_time_seconds: 'When the process started, Unix time.',
  nodejs_heap_used_bytes: 'Used JavaScript heap.',
};

/** Registers the process's own gauges. */
export function observeProcess(counters: Counters, version: string): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const startSeconds = Math.round(Date.now() / 1000 - process.uptime());
  counters.set('sonde_build_info', { version, node: process.version }, 1);
  counters.set('process_start_time_seconds', {}, startSeconds);
  let cpuSeconds = 0;
  counters.beforeRead(() => {
    const { user, system } = process.cpuUsage();
    const cpuNow = (user + system) / 1e6;
    counters.add('process_cpu_seconds_total', {}, cpuNow - cpuSeconds);
    cpuSeconds = cpuNow;
    const { rss, heapUsed } = process.memoryUsage();
    counters.set('process_resident_memory_bytes', {}, rss);
    counters.set('nodejs_heap_used_bytes', {}, heapUsed);
    for (const quantile of [50, 99, 100]) {
      counters.set('sonde_event_loop_delay_seconds', { quantile: String(quantile / 100) }, delay.percentile(quantile) / 1e9);
    }
    delay.reset();
  });
}

export function metricsRoute(counters: Counters): Route {
  return {
    method: 'GET',
    path: '/metrics',
    doc: "Sonde's own metrics, Prometheus text format.",
    listeners: ['main'],
    handle: async () => ({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: renderMetrics(counters.read()),
    }),
    renderError: renderPlainError,
  };
}

/** Renders samples, which come grouped by name. */
export function renderMetrics(samples: readonly CounterSample[]): string {
  let text = '';
  let family = '';
  for (const { name, kind, labels, value } of samples) {
    if (name !== family) {
      family = name;
      if (help[name] !== undefined) text += `# HELP ${name} ${help[name]}\n`;
      text += `# TYPE ${name} ${kind}\n`;
    }
    text += `${name}${renderLabels(labels)} ${renderValue(value)}\n`;
  }
  return text;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function renderValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

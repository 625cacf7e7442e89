/** Sonde about itself: GET /metrics in Prometheus's text formats or OpenMetrics, from the counters and from the process. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counters, CounterSample } from '../base/counters.ts';
import type { Route } from '../base/http.ts';
import { negotiateText } from '../codec/exposition/content-type.ts';
import type { Negotiated } from '../codec/exposition/content-type.ts';
import { writeExposition } from '../codec/exposition/write-text.ts';
import type { WrittenFamily, WrittenSample } from '../codec/exposition/write-text.ts';
import { renderPlainError } from './health.ts';
import { selfMetrics } from './self-metrics.ts';
import type { SelfMetric } from './self-metrics.ts';

const metrics: Readonly<Record<string, SelfMetric>> = selfMetrics;

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
    for (const percentile of [50, 99, 100]) {
      counters.set('sonde_event_loop_delay_seconds', { percentile: String(percentile) }, delay.percentile(percentile) / 1e9);
    }
    delay.reset();
  });
}

export function metricsRoute(counters: Counters): Route {
  return {
    method: 'GET',
    path: '/metrics',
    doc: "Sonde's own metrics, Prometheus text format or OpenMetrics.",
    listeners: ['main'],
    handle: async ({ headers }) => {
      const negotiated = negotiateText(headers['accept']);
      return {
        status: 200,
        headers: { 'content-type': negotiated.contentType, vary: 'accept' },
        body: renderMetrics(counters.read(), negotiated),
      };
    },
    renderError: renderPlainError,
  };
}

/** Renders samples, which come grouped by name. */
export function renderMetrics(samples: readonly CounterSample[], target: Pick<Negotiated, 'format' | 'escaping'>): string {
  return writeExposition(familiesOf(samples), target);
}

function familiesOf(samples: readonly CounterSample[]): WrittenFamily[] {
  const families: (WrittenFamily & { readonly samples: WrittenSample[] })[] = [];
  for (const { name, kind, labels, value } of samples) {
    let family = families.at(-1);
    if (family?.name !== name) {
      const { unit = '', help = '' } = metrics[name] ?? {};
      family = { name, type: kind, unit, help, samples: [] };
      families.push(family);
    }
    family.samples.push({ labels: Object.entries(labels).flat(), value });
  }
  return families;
}

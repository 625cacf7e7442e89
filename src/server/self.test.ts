import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Counters } from '../base/counters.ts';
import { takeAtOnce } from '../base/steps.ts';
import { decodeOpenMetrics } from '../codec/exposition/decode-openmetrics.ts';
import { selfMetrics } from './self-metrics.ts';
import type { SelfMetric } from './self-metrics.ts';
import { metricsRoute, observeProcess, renderMetrics } from './self.ts';

const text = { format: 'PrometheusText0.0.4', escaping: 'underscores' } as const;

test('renders counters and gauges grouped by name, labels escaped', () => {
  const counters = new Counters();
  counters.add('a_total', { path: 'x"\\\n' }, 2);
  counters.set('b', {}, Number.NaN);
  counters.add('a_total', { path: 'y' }, 1);
  counters.add('a_total', { path: 'y' }, 1);
  counters.set('b', { of: 'c' }, Number.NEGATIVE_INFINITY);
  expect(renderMetrics(counters.read(), text)).toBe(
    [
      '# TYPE a_total counter',
      'a_total{path="x\\"\\\\\\n"} 2',
      'a_total{path="y"} 2',
      '# TYPE b gauge',
      'b NaN',
      'b{of="c"} -Inf',
      '',
    ].join('\n'),
  );
});

test('the process is measured anew at each read', () => {
  const counters = new Counters();
  observeProcess(counters, '1.2.3');
  const read = (name: string): number => counters.read().find((sample) => sample.name === name)?.value ?? Number.NaN;
  const before = read('process_cpu_seconds_total');
  for (const until = performance.now() + 30; performance.now() < until;);
  expect(read('process_cpu_seconds_total')).toBeGreaterThan(before);
  expect(read('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(counters.value('sonde_build_info', { version: '1.2.3', node: process.version })).toBe(1);
});

describe('GET /metrics', () => {
  const ask = async (accept: string | undefined): Promise<{ type: string | undefined; body: string }> => {
    const counters = new Counters();
    observeProcess(counters, '1.2.3');
    for (const [name, { kind }] of Object.entries(selfMetrics)) {
      if (counters.value(name) !== 0) continue;
      if (kind === 'counter') counters.add(name, { of: 'a' }, 1);
      else counters.set(name, { of: 'a' }, 1);
    }
    const { headers, body } = await metricsRoute(counters).handle({
      method: 'GET',
      path: '/metrics',
      params: {},
      query: new URLSearchParams(),
      headers: { accept },
      body: new Uint8Array(0),
      tenant: 'default',
      signal: new AbortController().signal,
    });
    return { type: headers?.['content-type'], body: typeof body === 'string' ? body : '' };
  };

  test('is text 0.0.4 with the help and type of every metric for whoever does not ask', async () => {
    const { type, body } = await ask(undefined);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const [name, { kind, help }] of Object.entries(selfMetrics)) {
      expect(body).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name}{`.slice(0, -1));
    }
  });

  test('is OpenMetrics that keeps every rule for Prometheus', async () => {
    const { type, body } = await ask('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.5');
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8');
    expect(body).toContain('# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n');
    let samples = 0;
    takeAtOnce(
      decodeOpenMetrics(
        new TextEncoder().encode(body),
        { strict: true, createdSamples: true, labelsMax: 64, lineBytesMax: 1000 },
        { metadata: () => {}, sample: () => samples++, histogram: () => {}, exemplar: () => {} },
      ),
    );
    expect(samples).toBeGreaterThan(Object.keys(selfMetrics).length);
  });
});

describe('every metric of Sonde', () => {
  const list: [string, SelfMetric][] = Object.entries(selfMetrics);

  test('that the code counts is in the list, and no other', () => {
    const root = join(import.meta.dirname, '..');
    const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('self-metrics.ts'))
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .join('\n');
    const counted = new Set(Array.from(code.matchAll(/counters\.(?:add|set)\(\s*'(\w+)'/g), ([, name]) => name));
    expect(counted.size).toBeGreaterThan(15);
    expect([...counted].filter((name) => !Object.hasOwn(selfMetrics, name ?? ''))).toEqual([]);
    expect(list.map(([name]) => name).filter((name) => !counted.has(name))).toEqual([]);
  });

  /** What `promtool check metrics` looks at, so far as it can apply to counters and gauges. */
  test.each(list)('%s has the name and help that promtool asks for', (name, { kind, unit, help }) => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(help).toMatch(/^\S.*\.$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket)$/);
    expect(name.split('_')).not.toContain(kind);
    const words = name.replace(/_total$/, '').split('_');
    expect(words.at(-1)).toBe(unit ?? words.at(-1));
    const notBase = new Set([
      'milliseconds',
      'microseconds',
      'nanoseconds',
      'minutes',
      'hours',
      'days',
      'kilobytes',
      'megabytes',
      'bits',
    ]);
    const shortened = new Set(['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'h', 'm', 'd']);
    expect(words.filter((word) => notBase.has(word) || shortened.has(word))).toEqual([]);
  });
});

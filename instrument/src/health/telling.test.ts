/** Health in metrics of OpenTelemetry's SDK, and in log records. */
import { metrics } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { LogRecord } from '@opentelemetry/api-logs';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Check } from './checks.ts';
import { ServiceHealth } from './service-health.ts';
import { tellHealth } from './telling.ts';

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

let records: LogRecord[];
let health: ServiceHealth;
beforeEach(() => {
  records = [];
  metrics.disable();
  logs.disable();
  logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: (record) => records.push(record), enabled: () => true }) });
});
afterEach(() => {
  health.stop();
  metrics.disable();
  logs.disable();
});

let output: string | undefined;
const db: Check = {
  name: 'db',
  cacheMs: 0,
  timeoutMs: 100,
  run() {
    if (output !== undefined) throw new Error(output);
  },
};
const cache: Check = { ...db, name: 'cache', isCritical: false };

function tell(...checks: readonly Check[]): ServiceHealth {
  output = undefined;
  health = new ServiceHealth({ checks, groups: ['shop'], intervalMs: 0 });
  tellHealth(health);
  return health;
}

function startMetrics(): Reader {
  const reader = new Reader();
  metrics.disable();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return reader;
}

/** Values by name and attributes. */
async function values(reader: Reader): Promise<Record<string, unknown>> {
  const { resourceMetrics } = await reader.collect();
  return Object.fromEntries(
    resourceMetrics.scopeMetrics.flatMap(({ metrics: each }) =>
      each.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          `${name} ${unit} ${Object.values(attributes).join(' ')}`,
          typeof value === 'number' ? value : (value as { count: number }).count,
        ]),
      ),
    ),
  );
}

test('the state of checks and groups, and how long runs took, are metrics', async () => {
  const reader = startMetrics();
  const service = tell(db, cache);
  const out = { 'health.status 1 all': 0, 'health.status 1 ready': 0, 'health.status 1 startup': 0, 'health.status 1 shop': 0 };
  expect(await values(reader)).toEqual({ ...out, 'health.status 1 live': 1 });
  service.started();
  await service.state('all');
  const up = Object.fromEntries(['all', 'live', 'ready', 'startup', 'shop'].map((group) => [`health.status 1 ${group}`, 1]));
  expect(await values(reader)).toEqual({
    ...up,
    'health.check.status 1 db true': 1,
    'health.check.status 1 cache false': 1,
    'health.check.duration s db true pass': 1,
    'health.check.duration s cache false pass': 1,
  });
  output = 'gone';
  await service.state('all');
  await service.state('all');
  expect(await values(reader)).toMatchObject({
    'health.status 1 all': 0,
    'health.status 1 ready': 0,
    'health.status 1 live': 1,
    'health.check.status 1 db true': 0,
    'health.check.status 1 cache false': 0.5,
    'health.check.duration s db true fail': 2,
    'health.check.duration s cache false warn': 2,
  });
  service.stop();
  output = undefined;
  await service.state('all');
  // Of what has stopped, the SDK keeps the last that it knew.
  expect(await values(reader)).toMatchObject({ 'health.check.status 1 db true': 0 });
});

test('health that was made before there was anybody to tell is told from the next run on, to whoever is there then', async () => {
  const service = tell(db);
  service.started();
  await service.state('all');
  for (let times = 0; times < 2; times++) {
    const reader = startMetrics();
    expect(await values(reader)).toEqual({});
    await service.state('all');
    expect(await values(reader)).toMatchObject({ 'health.check.status 1 db true': 1, 'health.status 1 ready': 1 });
  }
});

test('each change is a log record', async () => {
  const service = tell(db, { ...cache, groups: [] });
  service.started();
  await service.state('all');
  records.length = 0;
  output = 'gone';
  await service.state('all');
  output = undefined;
  await service.state('ready');
  service.drain();
  const said = records.map(({ eventName, severityText, severityNumber, body, attributes }) => ({
    eventName,
    severityText,
    severityNumber,
    body,
    attributes,
  }));
  const changed = { eventName: 'health.changed' };
  const [info, warn, error] = [
    { severityText: 'INFO', severityNumber: 9 },
    { severityText: 'WARN', severityNumber: 13 },
    { severityText: 'ERROR', severityNumber: 17 },
  ];
  expect(said).toEqual([
    {
      ...changed,
      ...error,
      body: 'health check db: pass → fail: gone',
      attributes: {
        'health.check.name': 'db',
        'health.check.critical': true,
        'health.from': 'pass',
        'health.to': 'fail',
        'health.output': 'gone',
      },
    },
    {
      ...changed,
      ...error,
      body: 'health of ready: pass → fail',
      attributes: { 'health.group': 'ready', 'health.from': 'pass', 'health.to': 'fail' },
    },
    {
      ...changed,
      ...warn,
      body: 'health check cache: pass → warn: gone',
      attributes: {
        'health.check.name': 'cache',
        'health.check.critical': false,
        'health.from': 'pass',
        'health.to': 'warn',
        'health.output': 'gone',
      },
    },
    {
      ...changed,
      ...info,
      body: 'health check db: fail → pass',
      attributes: { 'health.check.name': 'db', 'health.check.critical': true, 'health.from': 'fail', 'health.to': 'pass' },
    },
    {
      ...changed,
      ...info,
      body: 'health of ready: fail → pass',
      attributes: { 'health.group': 'ready', 'health.from': 'fail', 'health.to': 'pass' },
    },
    ...['ready', 'shop'].map((group) => ({
      ...changed,
      ...warn,
      body: `health of ${group}: pass → out-of-service`,
      attributes: { 'health.group': group, 'health.from': 'pass', 'health.to': 'out-of-service' },
    })),
  ]);
});

test('a check that begins to be slow is told once', async () => {
  let takesMs = 60;
  const service = tell({ ...db, run: () => new Promise((resolve) => setTimeout(resolve, takesMs)), timeoutMs: 100 });
  service.started();
  for (const ms of [60, 60, 1, 60]) {
    takesMs = ms;
    await service.state('ready');
  }
  const slow = records.filter(({ eventName }) => eventName === 'health.slow');
  expect(slow.map(({ body }) => body)).toEqual([
    expect.stringMatching(/^health check db took \d+ ms of the 100 ms that it has$/),
    expect.any(String),
  ]);
  expect(slow[0]).toMatchObject({ severityText: 'WARN', attributes: { 'health.check.name': 'db' } });
});

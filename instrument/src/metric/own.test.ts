import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import type { Telemetry } from '../telemetry.ts';
import { watchOwn } from './own.ts';

class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

test('requests are counted by signal and by what became of them, until the kit stops', async () => {
  const reader = new PulledReader();
  const provider = new MeterProvider({ readers: [reader] });
  const counts = new Map([
    ['traces', { sent: 3, refused: 1, givenUp: 0 }],
    ['logs', { sent: 0, refused: 0, givenUp: 2 }],
  ]);
  const stop = watchOwn(provider, { counts: () => counts } as unknown as Telemetry);
  const { resourceMetrics } = await reader.collect();
  const metric = resourceMetrics.scopeMetrics[0]?.metrics[0];
  expect(metric?.descriptor.name).toBe('sonde.instrument.requests');
  expect(metric?.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ 'telemetry.signal': 'traces', outcome: 'sent' }, 3],
    [{ 'telemetry.signal': 'traces', outcome: 'refused' }, 1],
    [{ 'telemetry.signal': 'logs', outcome: 'given_up' }, 2],
  ]);
  stop();
  counts.set('traces', { sent: 4, refused: 1, givenUp: 0 });
  const after = await reader.collect();
  expect(after.resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics[0]?.dataPoints[0]?.value)).not.toContain(4);
});

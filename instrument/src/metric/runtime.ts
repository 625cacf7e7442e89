/**
 * How busy the process is: event loop, garbage collection and heap by OpenTelemetry's instrumentation of the runtime; processor and
 * memory under the names of the semantic conventions.
 */
import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Meter, MeterProvider } from '@opentelemetry/api';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { kit } from '../kit.ts';
import { unhooked } from '../modules/instrumentations.ts';

/** Watches this process; returns what ends that. */
export function watchRuntime(meterProvider: MeterProvider): () => void {
  const runtime = unhooked(() => new RuntimeNodeInstrumentation());
  runtime.setMeterProvider(meterProvider);
  const stop = watchProcess(meterProvider.getMeter(`${kit.name}/process`, kit.version));
  return () => {
    runtime.disable();
    stop();
  };
}

function watchProcess(meter: Meter): () => void {
  const time = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'Processor time used.' });
  const use = meter.createObservableGauge('process.cpu.utilization', {
    unit: '1',
    description: 'Processor time used since the last export, as a share of what is available.',
  });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', {
    unit: 'By',
    description: 'Physical memory in use.',
  });
  const uptime = meter.createObservableGauge('process.uptime', { unit: 's', description: 'Time since the process started.' });
  // What v8js.memory.heap.used of the runtime's instrumentation is a share of.
  const heapLimit = meter.createObservableUpDownCounter('v8js.memory.heap.limit', {
    unit: 'By',
    description: 'The size up to which the heap may grow.',
  });
  let last = { cpu: process.cpuUsage(), atNs: process.hrtime.bigint() };
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const now = { cpu: process.cpuUsage(), atNs: process.hrtime.bigint() };
    const availableMicros = (Number(now.atNs - last.atNs) / 1000) * availableParallelism();
    for (const mode of ['user', 'system'] as const) {
      result.observe(time, now.cpu[mode] / 1e6, { 'cpu.mode': mode });
      if (availableMicros > 0) result.observe(use, (now.cpu[mode] - last.cpu[mode]) / availableMicros, { 'cpu.mode': mode });
    }
    last = now;
    result.observe(memory, process.memoryUsage.rss());
    result.observe(uptime, process.uptime());
    result.observe(heapLimit, getHeapStatistics().heap_size_limit);
  };
  const observed = [time, use, memory, uptime, heapLimit];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}

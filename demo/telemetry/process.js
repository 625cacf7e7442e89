// @ts-check
/** How much of its processor and memory the process uses, under the names of the semantic conventions. */
import { cpus } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** @param {import('@opentelemetry/api').Meter} meter */
export function measureProcess(meter) {
  const time = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'Processor time used.' });
  const use = meter.createObservableGauge('process.cpu.utilization', {
    unit: '1',
    description: 'Processor time used since the last measurement, as a share of all processors.',
  });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', {
    unit: 'By',
    description: 'Physical memory in use.',
  });
  // What the runtime instrumentation's v8js.memory.heap.used is a share of.
  const heapLimit = meter.createObservableUpDownCounter('v8js.memory.heap.limit', {
    unit: 'By',
    description: 'The size up to which the heap may grow.',
  });
  const measure = createCpuMeasure();
  meter.addBatchObservableCallback(
    (result) => {
      const cpu = measure();
      for (const mode of /** @type {const} */ (['user', 'system'])) {
        result.observe(time, cpu.seconds[mode], { 'cpu.mode': mode });
        result.observe(use, cpu.share[mode], { 'cpu.mode': mode });
      }
      result.observe(memory, process.memoryUsage.rss());
      result.observe(heapLimit, getHeapStatistics().heap_size_limit);
    },
    [time, use, memory, heapLimit],
  );
}

/** A function that gives the seconds used so far, and the share of all processors used since its last call. */
function createCpuMeasure() {
  let last = { at: process.hrtime.bigint(), ...process.cpuUsage() };
  return () => {
    const now = { at: process.hrtime.bigint(), ...process.cpuUsage() };
    const availableMicros = (Number(now.at - last.at) / 1000) * cpus().length;
    const share = { user: (now.user - last.user) / availableMicros, system: (now.system - last.system) / availableMicros };
    last = now;
    return { seconds: { user: now.user / 1e6, system: now.system / 1e6 }, share };
  };
}

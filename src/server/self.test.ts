import { expect, test } from 'vitest';
import { Counters } from '../base/counters.ts';
import { observeProcess, renderMetrics } from './self.ts';

test('renders counters and gauges grouped by name, labels escaped', () => {
  const counters = new Counters();
  counters.add('a_total', { path: 'x"\\\n' }, 2);
  counters.set('b', {}, Number.NaN);
  counters.add('a_total', { path: 'y' }, 1);
  counters.add('a_total', { path: 'y' }, 1);
  counters.set('b', { of: 'c' }, Number.NEGATIVE_INFINITY);
  expect(renderMetrics(counters.read())).toBe(
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

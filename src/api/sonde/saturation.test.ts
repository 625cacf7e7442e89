import { expect, test } from 'vitest';
import { lastOf, saturationOf } from './saturation.ts';
import type { SaturationSeries } from './saturation.ts';

function series(
  metric: string,
  values: SaturationSeries['values'],
  attributes: Record<string, string> = {},
  resource = '1',
): SaturationSeries {
  return { metric, service: 'shop', resource_id: resource, attributes: Object.entries(attributes), values };
}

test('modes are summed, idle time is left out, and the most used instance counts', () => {
  const { cpu } = saturationOf(
    [
      series('process.cpu.utilization', [0.25, 0.1], { 'cpu.mode': 'user' }),
      series('process.cpu.utilization', [0.25, 0.1], { 'cpu.mode': 'system' }),
      series('process.cpu.utilization', [0.5, 0.8], { 'cpu.mode': 'idle' }),
      series('process.cpu.utilization', [0.1, 0.75], { 'process.cpu.state': 'user' }, '2'),
    ],
    2,
  );
  expect(cpu).toEqual([0.5, 0.75]);
});

test('a machine is the mean of its processors', () => {
  const { cpu } = saturationOf(
    [0, 1, 2, 3].map((processor) =>
      series('system.cpu.utilization', [processor / 4], {
        'system.cpu.logical_number': String(processor),
        'system.cpu.state': 'user',
      }),
    ),
    1,
  );
  expect(cpu).toEqual([0.375]);
});

test('used and limit are matched by what is chosen', () => {
  const { memory } = saturationOf(
    [
      series('jvm.memory.used', [100], { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'eden' }),
      series('jvm.memory.used', [300], { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'old' }),
      series('jvm.memory.used', [999], { 'jvm.memory.type': 'non_heap' }),
      series('jvm.memory.limit', [1000], { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'old' }),
    ],
    1,
  );
  expect(memory).toEqual([0.4]);
});

test('without its limit a use says nothing, and the next source counts', () => {
  const { memory } = saturationOf([series('v8js.memory.heap.used', [100]), series('process.memory.utilization', [0.25])], 1);
  expect(memory).toEqual([0.25]);
});

test('the delay of the event loop counts beyond its timer, and is bounded', () => {
  const { eventLoop } = saturationOf([series('nodejs.eventloop.delay.mean', [0.005, 0.01, 0.02, 1])], 4);
  expect(eventLoop).toEqual([0, 0, 0.5, 0.99]);
  expect(saturationOf([series('nodejs.eventloop.utilization', [1.2, -1])], 2).eventLoop).toEqual([1, 0]);
});

test('the last known use is the last that is known', () => {
  const nothing = { cpu: null, memory: null, eventLoop: null };
  expect(lastOf(saturationOf([], 3))).toEqual(nothing);
  expect(lastOf(saturationOf([series('nodejs.eventloop.utilization', [0.1, 0.2, undefined])], 3))).toEqual({
    ...nothing,
    eventLoop: 0.2,
  });
});

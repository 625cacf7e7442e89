/**
 * Which metrics tell how much of a resource is used, by the names of OpenTelemetry's semantic conventions (1.38; older names
 * beside them), and how each becomes a share from 0 to 1. The first source of which an instance has points counts: what is
 * about the process or its limits comes before what is about the whole machine.
 */
export type SaturationOf = 'cpu' | 'memory' | 'eventLoop';

/** Series by an attribute: one of the keys has one of the values. */
export interface SeriesChoice {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

export interface SaturationSource {
  readonly of: SaturationOf;
  /** Summed over the series of an instance (modes, pools, spaces). */
  readonly metric: string;
  /** What it is a share of, summed alike; a share already when absent. */
  readonly limit?: string;
  readonly only?: SeriesChoice;
  readonly without?: SeriesChoice;
  /** The sum is divided by the number of different values of these attributes: one series per processor. */
  readonly per?: readonly string[];
  /** Turns a value that is no share into one. */
  readonly toShare?: (value: number) => number;
}

const idle: SeriesChoice = { keys: ['cpu.mode', 'system.cpu.state', 'process.cpu.state', 'state'], values: ['idle', 'iowait'] };
const heap: SeriesChoice = { keys: ['jvm.memory.type', 'type'], values: ['heap'] };

/** Timers of the event loop's delay fire every 10 ms; what is beyond is time that the loop was busy. */
const timerS = 0.01;

export const saturationSources: readonly SaturationSource[] = [
  { of: 'cpu', metric: 'k8s.container.cpu_limit_utilization' },
  { of: 'cpu', metric: 'k8s.pod.cpu_limit_utilization' },
  { of: 'cpu', metric: 'process.cpu.utilization', without: idle },
  { of: 'cpu', metric: 'jvm.cpu.recent_utilization' },
  { of: 'cpu', metric: 'process.runtime.jvm.cpu.utilization' },
  { of: 'cpu', metric: 'process.runtime.cpython.cpu.utilization' },
  { of: 'cpu', metric: 'system.cpu.utilization', without: idle, per: ['cpu.logical_number', 'system.cpu.logical_number', 'cpu'] },

  { of: 'memory', metric: 'k8s.container.memory_limit_utilization' },
  { of: 'memory', metric: 'k8s.pod.memory_limit_utilization' },
  { of: 'memory', metric: 'container.memory.usage', limit: 'container.memory.limit' },
  { of: 'memory', metric: 'jvm.memory.used', limit: 'jvm.memory.limit', only: heap },
  { of: 'memory', metric: 'process.runtime.jvm.memory.usage', limit: 'process.runtime.jvm.memory.limit', only: heap },
  { of: 'memory', metric: 'v8js.memory.heap.used', limit: 'v8js.memory.heap.limit' },
  { of: 'memory', metric: 'go.memory.used', limit: 'go.memory.limit' },
  { of: 'memory', metric: 'process.memory.utilization' },
  { of: 'memory', metric: 'process.memory.usage', limit: 'system.memory.limit' },
  { of: 'memory', metric: 'system.memory.utilization', only: { keys: ['system.memory.state', 'state'], values: ['used'] } },

  { of: 'eventLoop', metric: 'nodejs.eventloop.utilization' },
  { of: 'eventLoop', metric: 'nodejs.event_loop.utilization' },
  { of: 'eventLoop', metric: 'nodejs.eventloop.delay.mean', toShare: (delayS) => 1 - timerS / Math.max(delayS, timerS) },
];

// What is written to both servers: some 250 series of the kinds that services have, over two hours, the last of which is now.
// No sample falls on a whole or half second, and queries ask at these: so none lies on the edge of a window, which is where the
// Prometheus that Debian has (2.42) and the one whose answers Sonde gives (3.x) differ.
import { stale } from './remote-write.js';

const stepMs = 15_000;
const spanMs = 2 * 3_600_000;
const jobs = ['api', 'batch', 'node', 'proxy'];
const instances = ['a:9100', 'b:9100', 'c:9100', 'd:9100'];

/** Series with samples in the order of time, by the seed. */
export function makeSeries(random, nowMs) {
  const startMs = Math.floor((nowMs - spanMs) / 1000) * 1000;
  return labelSets().map((labels) => ({ labels, samples: samplesOf(labels, random, startMs) }));
}

function labelSets() {
  const sets = [];
  for (const job of jobs) {
    for (const instance of instances) {
      const target = { job, instance };
      sets.push({ __name__: 'up', ...target }, { __name__: 'build_info', ...target, version: `1.${sets.length % 3}` });
      for (const code of ['200', '404', '500']) sets.push({ __name__: 'http_requests_total', ...target, code });
      for (const mode of ['idle', 'user', 'system']) sets.push({ __name__: 'cpu_seconds_total', ...target, mode });
      sets.push({ __name__: 'temperature_celsius', ...target }, { __name__: 'memory_bytes', ...target, kind: 'used' });
      if (job === 'api') {
        for (const le of ['0.1', '0.5', '1', '+Inf']) sets.push({ __name__: 'latency_seconds_bucket', ...target, le });
        sets.push({ __name__: 'latency_seconds_count', ...target }, { __name__: 'latency_seconds_sum', ...target });
      }
      if (job !== 'proxy') sets.push({ __name__: 'queue_length', ...target, queue: `q${sets.length % 2}` });
    }
  }
  for (const kind of ['nan', 'inf', 'zero', 'constant']) sets.push({ __name__: 'odd_values', kind });
  return sets;
}

function samplesOf(labels, random, startMs) {
  const next = valuesOf(labels, random);
  const offsetMs = offHalf(1 + random.below(997));
  const jitter = random.chance(0.3);
  const gap = random.chance(0.25) ? random.below(spanMs / stepMs) : undefined;
  const endsAt = random.chance(0.1) ? random.below(spanMs / stepMs) : undefined;
  const samples = [];
  for (let i = 0; i < spanMs / stepMs; i++) {
    const value = next(i);
    if (gap !== undefined && i >= gap && i < gap + 30) continue;
    const timeMs = startMs + i * stepMs + (jitter ? offHalf(1 + random.below(998)) : offsetMs);
    if (i === endsAt) {
      samples.push([timeMs, stale]);
      if (labels.job === 'batch') break;
      continue;
    }
    samples.push([timeMs, value]);
  }
  return samples;
}

/** Queries ask at half seconds. */
function offHalf(ms) {
  return ms === 500 ? 501 : ms;
}

/** A function of the sample's number. Values have few digits, as real ones do. */
function valuesOf({ __name__: name, le, kind }, random) {
  let total = 1000 + random.below(100_000);
  const pace = 1 + random.below(50);
  const resetsAt = random.chance(0.2) ? random.below(400) : -1;
  const counter = (i) => {
    if (i === resetsAt) total = random.below(10);
    total += random.below(pace);
    return total;
  };
  if (name === 'up') return () => (random.chance(0.02) ? 0 : 1);
  if (name === 'build_info') return () => 1;
  if (name === 'odd_values')
    return (i) => ({ nan: i % 7 === 0 ? Number.NaN : i, inf: i % 50 === 0 ? Infinity : i, zero: 0, constant: 42 })[kind];
  if (name === 'latency_seconds_bucket') {
    const share = { 0.1: 4, 0.5: 8, 1: 9, '+Inf': 10 }[le];
    return (i) => 500 * share + i * share;
  }
  if (name === 'latency_seconds_count') return (i) => 5000 + i * 10;
  if (name.endsWith('_total') || name.endsWith('_sum')) return name.startsWith('cpu') ? (i) => counter(i) / 8 : counter;
  if (name === 'temperature_celsius') return (i) => Math.round((20 + 10 * Math.sin(i / 40) + random.next()) * 100) / 100;
  if (name === 'memory_bytes') return () => 4096 * (100_000 + random.below(5000));
  return () => random.below(40) - 5;
}

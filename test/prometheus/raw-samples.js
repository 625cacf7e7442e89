// All samples of a server as they are stored: a range selector at one time gives them without working anything out.
import { ask, labelsText } from './ask.js';

const sliceMs = 30_000;
/** Slices overlap, so that it does not matter to which of two a sample on their edge belongs. */
const overlapMs = 5000;

/** By label set, values as the API writes them by time in milliseconds. Throws when a series has a time twice. */
export async function readRawSamples(api, { fromMs, toMs, selector = '{__name__!=""}' }) {
  const found = new Map();
  for (let endMs = fromMs + sliceMs; endMs < toMs + sliceMs; endMs += sliceMs) {
    const query = `${selector}[${sliceMs + overlapMs}ms]`;
    const { result } = await ask(api, 'query', { query, time: endMs / 1000 });
    for (const { metric, values } of result) addSamples(found, labelsText(metric), values);
  }
  return found;
}

function addSamples(found, labels, values) {
  let samples = found.get(labels);
  if (samples === undefined) found.set(labels, (samples = new Map()));
  let last = -Infinity;
  for (const [seconds, value] of values) {
    const timeMs = Math.round(seconds * 1000);
    if (timeMs <= last) throw new Error(`${labels} has ${timeMs} ms after ${last} ms in one answer`);
    samples.set((last = timeMs), value);
  }
}

/** What is wrong with the samples of one series; times and values have to be the same to the last digit. */
export function sampleFaults(expected, actual) {
  if (actual === undefined) return [`all ${expected.size} samples are missing`];
  const faults = [];
  for (const [timeMs, value] of expected) {
    const got = actual.get(timeMs);
    if (got !== value) faults.push(`at ${timeMs} ms expected ${value}, got ${got ?? 'none'}`);
  }
  for (const [timeMs, value] of actual) if (!expected.has(timeMs)) faults.push(`${value} at ${timeMs} ms should not be there`);
  return faults;
}

export function countSamples(series) {
  return [...series.values()].reduce((sum, samples) => sum + samples.size, 0);
}

/** A part of a second at which no sample lies: windows that end there mean the same to all versions of Prometheus. */
export function freeMs(series) {
  const taken = new Set();
  for (const samples of series.values()) for (const timeMs of samples.keys()) taken.add(timeMs % 1000);
  for (let ms = 0; ms < 1000; ms++) if (!taken.has(ms)) return ms;
  throw new Error('there is a sample at every millisecond of the second');
}

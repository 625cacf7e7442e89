// Sonde and a real Prometheus answer the same generated queries over the same data, written to both by remote write.
//
//   node test/prometheus/run.js differential [--queries 2000] [--seed 1]
import { join } from 'node:path';
import { differences } from './compare-answers.js';
import { makeSeries } from './data.js';
import { makeQuery } from './generate.js';
import { startPrometheus } from './peers.js';
import { randomFrom } from './random.js';
import { remoteWrite } from './remote-write.js';

/**
 * Where Prometheus 2.42, which Debian has, answers otherwise than 3.x, whose answers Sonde gives. A query that has one of these
 * is compared, and may differ; where there is an `error`, only by this one of Sonde, and where there is a `nearZero`, only by so much.
 */
const olderVersion = [
  { construct: /stddev|stdvar/, nearZero: 1e-6, why: '2.42 adds up without compensation: a spread of zero comes out as 1e-16' },
  {
    construct: /(?:stddev|stdvar).*(?:odd_values|quantile)/,
    why: '2.42 takes the spread of one infinite value for 0, 3.x for NaN',
  },
  { construct: /atan2/, why: '2.42 keeps the name of the metric' },
  { construct: /predict_linear\(.*@/, why: '2.42 takes a pinned range for one that slides on, and loses its samples' },
  { construct: /deriv/, nearZero: 1e-9, why: '2.42 adds up without compensation: slopes that cancel out come to 1e-19' },
  {
    construct: /rate\(\(/,
    why: 'near zero, 2.42 extrapolates further to the left; counters are far from it, other series are not',
  },
  {
    construct: /[=<>] (?:on|ignoring) /,
    error: /many-to-one matching must be explicit/,
    why: '2.42 counts only the matches for which a comparison holds',
  },
  {
    construct: /(?:minute|hour|day_of_week|day_of_month|day_of_year|days_in_month|month|year)\(.*(?:odd_values|quantile)/,
    why: 'the date of an infinite time is what the processor makes of it',
  },
];

/** Whether the difference of two answers, Prometheus's and Sonde's, is one of those. */
export function isOlder(query, prometheus, sonde, options) {
  const fits = ({ construct, error, nearZero }) => {
    if (!construct.test(query) || (error !== undefined && !error.test(sonde.error ?? ''))) return false;
    return nearZero === undefined || differences(prometheus, sonde, { ...options, nearZero }).length === 0;
  };
  return olderVersion.some(fits);
}

const shownFaults = 25;
/** Of all queries, those that may differ by the older version. */
const olderShareMax = 0.01;

export async function runDifferential({ root, scratch, startSonde, queries = 2000, seed = 1 }) {
  const nowMs = Date.now();
  const series = makeSeries(randomFrom(seed), nowMs);
  const prometheus = await startPrometheus(join(scratch, 'prometheus'));
  const sonde = await startSonde(root, join(scratch, 'sonde'));
  const api = `http://${sonde.http}/prometheus/api/v1`;
  try {
    await writeToBoth(series, [prometheus.write, `${api}/write`]);
    return await compareAll({ expected: prometheus.api, actual: api, nowMs, queries, seed, seriesCount: series.length });
  } finally {
    await Promise.all([prometheus.stop(), sonde.stop()]);
  }
}

/** In the order of time, as a Prometheus wants it. */
async function writeToBoth(series, urls) {
  const sliceMs = 600_000;
  const startMs = Math.min(...series.map(({ samples }) => samples[0][0]));
  const endMs = Math.max(...series.map(({ samples }) => samples.at(-1)[0]));
  for (let from = startMs; from <= endMs; from += sliceMs) {
    const slice = series
      .map(({ labels, samples }) => ({
        labels,
        samples: samples.filter(([timeMs]) => timeMs >= from && timeMs < from + sliceMs),
      }))
      .filter(({ samples }) => samples.length > 0);
    await Promise.all(urls.map((url) => remoteWrite(url, slice)));
  }
}

async function compareAll({ expected, actual, nowMs, queries, seed, seriesCount }) {
  const random = randomFrom(seed + 1000);
  const endS = Math.floor(nowMs / 1000) - 60;
  const count = { passed: 0, failed: 0, older: 0, errors: 0, empty: 0 };
  const faults = [];
  for (let i = 0; i < queries; i++) {
    const query = makeQuery(random);
    const parameters = random.chance(0.5) ? instantOf(random, endS) : rangeOf(random, endS);
    const path = 'time' in parameters ? 'query' : 'query_range';
    const [left, right] = await Promise.all([expected, actual].map((api) => ask(`${api}/${path}`, { query, ...parameters })));
    const ordered = path === 'query' && query.startsWith('sort');
    // Which of equal values topk takes is up to the order of storage.
    const options = { ordered, anyOfEqual: /^(topk|bottomk)/.test(query) };
    const found = differences(left, right, options);
    if (left.status === 'error') count.errors++;
    else if (left.data.result.length === 0) count.empty++;
    if (found.length === 0) count.passed++;
    else if (isOlder(query, left, right, options)) count.older++;
    else {
      count.failed++;
      faults.push(`${query}\n     ${JSON.stringify(parameters)}: ${found.slice(0, 3).join('; ')}`);
    }
  }
  // The constructs are common; that they differ is not.
  if (count.older > queries * olderShareMax) {
    count.failed++;
    faults.unshift(`${count.older} queries differ by the older version, more than ${olderShareMax * 100} %`);
  }
  const summary = `${queries} queries over ${seriesCount} series: ${count.errors} errors and ${count.empty} empty answers among them, ${count.older} differ by the older version`;
  return { summary, passed: count.passed, failed: count.failed, faults: faults.slice(0, shownFaults) };
}

function instantOf(random, endS) {
  return { time: endS - random.below(5400) + 0.5 };
}

function rangeOf(random, endS) {
  const end = endS - random.below(1800) + 0.5;
  return { start: end - random.one([600, 1800, 3600]), end, step: random.one([15, 30, 60, 137]) };
}

async function ask(url, parameters) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(parameters) });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${url} answered ${response.status} to ${JSON.stringify(parameters)}: ${text.slice(0, 300)}`);
  }
}

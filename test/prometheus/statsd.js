// The StatsD clients of Python, plain and of Datadog, send to Sonde, and PromQL says what they sent.
//
//   node test/prometheus/run.js statsd
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../interop/process.js';

const folder = join(import.meta.dirname, 'statsd');
const waitMsMax = 20_000;

/** Queries, and their answers: values by the labels that they leave. */
const expected = {
  plain_jobs_total: { '{}': 15 },
  plain_load: { '{}': 2.25 },
  plain_debt: { '{}': -7 },
  'histogram_count(plain_wait)': { '{}': 4 },
  'histogram_sum(plain_wait)': { '{}': 4.6 },
  'max_over_time(plain_users[5m])': { '{}': 2 },
  plain_piped_total: { '{}': 200 },
  'sum({__name__=~"plain_many_.+"})': { '{}': 19_900 },
  'count({__name__=~"plain_many_.+"})': { '{}': 200 },
  'sum by (code, canary, env) (tagged_requests_total)': {
    '{canary="true",code="200",env="test"}': 250,
    '{canary="true",code="201",env="test"}': 250,
  },
  tagged_sampled_total: { '{env="test"}': 3 },
  tagged_depth: { '{env="test",queue="mail",url="http://a:80/b"}': 12.75 },
  'histogram_count(tagged_size)': { '{env="test"}': 100 },
  'histogram_sum(tagged_size)': { '{env="test"}': 5050 },
  'round(histogram_quantile(0.5, tagged_size), 5)': { '{env="test"}': 50 },
  'histogram_count(tagged_spread)': { '{env="test"}': 100 },
  'histogram_sum(tagged_wait)': { '{env="test"}': 50.5 },
  'max_over_time(tagged_users[5m])': { '{env="test"}': 7 },
  'absent(tagged_past)': { '{}': 1 },
};
/** What no metric can be made of: a counter that falls, an event, a service check, a time of its own. */
const refused = { negative: 1, event: 1, service_check: 1, timestamp: 1 };

export async function runStatsd({ root, scratch, startSonde }) {
  const venv = join(scratch, 'venv');
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '-r', join(folder, 'requirements.txt')]);
  const sonde = await startSonde(root, join(scratch, 'sonde'), ['--statsd', '127.0.0.1:0', '--statsd-flush', '500ms']);
  try {
    await run(join(venv, 'bin', 'python'), ['-B', join(folder, 'sender.py'), ...sonde.statsd.split(':')]);
    const faults = await untilRight(sonde);
    const checks = Object.keys(expected).length + 1;
    return { summary: 'two clients of Python', passed: checks - faults.length, failed: faults.length, faults };
  } finally {
    await sonde.stop();
  }
}

/** The faults that are left when the time is over: what was sent is stored with the next flush. */
async function untilRight(sonde) {
  const endMs = performance.now() + waitMsMax;
  for (;;) {
    const faults = await faultsOf(sonde);
    if (faults.length === 0 || performance.now() > endMs) return faults;
    await pause(250);
  }
}

async function faultsOf({ http }) {
  const faults = [];
  for (const [query, answer] of Object.entries(expected)) {
    const found = await ask(http, query);
    if (!isSame(found, answer)) faults.push(`${query}: expected ${JSON.stringify(answer)}, found ${JSON.stringify(found)}`);
  }
  const counted = await readRefused(http);
  if (!isSame(counted, refused)) faults.push(`refused: expected ${JSON.stringify(refused)}, found ${JSON.stringify(counted)}`);
  return faults;
}

async function ask(http, query) {
  const response = await fetch(`http://${http}/prometheus/api/v1/query?query=${encodeURIComponent(query)}`);
  const text = await response.text();
  if (!response.ok) return text;
  const { data } = JSON.parse(text);
  return Object.fromEntries(data.result.map(({ metric, value }) => [labelsText(metric), Number(value[1])]));
}

function labelsText(labels) {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__')
    .toSorted()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `{${pairs.join(',')}}`;
}

async function readRefused(http) {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  const lines = text.matchAll(/^sonde_statsd_lines_refused_total\{reason="(\w+)"\} ([1-9]\d*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, reason, count]) => [reason, Number(count)]));
}

/** Values may differ by what adding up in another order does. */
function isSame(found, wanted) {
  if (typeof found !== 'object' || Object.keys(found).length !== Object.keys(wanted).length) return false;
  return Object.entries(wanted).every(([key, value]) => Math.abs(found[key] - value) <= 1e-9 * Math.abs(value));
}

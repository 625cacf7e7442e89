// Sonde beside Prometheus and VictoriaMetrics, as Debian packages them, on the same data in the same run: remote write, what it
// takes on disk, and twenty queries over HTTP. Ratios are Sonde's time by the peer's, below 1 where Sonde is faster.
//
//   npm run bench -- prometheus [--hosts 100] [--pods 10000] [--hours 2] [--rounds 5]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/engine/embedded.ts';
import { raw } from '../src/engine/sql.ts';
import { hasProgram, startPrometheus, startVictoriaMetrics } from '../test/prometheus/peers.js';
import { makeMix } from './load/exporter-mix.js';
import { startSonde } from './load/server.js';
import { encodeLabels, writeBody } from './load/write-bodies.js';

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100' },
    pods: { type: 'string', default: '10000' },
    hours: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    peers: { type: 'string', default: 'prometheus,victoria-metrics' },
    keep: { type: 'boolean', default: false },
  },
});
const stepMs = 15_000;
const shards = 100;
const samplesPerSeries = 5;
const rounds = Number(options.rounds);
const steps = (Number(options.hours) * 3_600_000) / stepMs;
const endMs = Math.floor(Date.now() / stepMs) * stepMs - 60_000;
const startMs = endMs - steps * stepMs;

const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
};

const starts = {
  sonde: async (folder) => {
    const sonde = await startSonde(folder);
    const api = `http://${sonde.addresses.http}/prometheus/api/v1`;
    return { ...sonde, pid: sonde.child.pid, api, write: `${api}/write` };
  },
  prometheus: startPrometheus,
  'victoria-metrics': startVictoriaMetrics,
};
const names = ['sonde', ...options.peers.split(',').filter((name) => name !== '')];
for (const name of names.slice(1)) if (!hasProgram(name)) throw new Error(`install Debian's package ${name} to compare with it`);

const scratch = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const running = new Map();
try {
  for (const name of names) running.set(name, await starts[name](join(scratch, name)));
  await benchWrites();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await benchQueries();
} finally {
  await Promise.all(Array.from(running.values(), (server) => server.stop()));
}
for (const name of names)
  print(
    `disk after stopping, ${name}: ${folderBytes(join(scratch, name))} B in all, ${(folderBytes(join(scratch, name)) / total()).toFixed(2)} B per sample`,
  );
const merged = await bytesMerged(join(scratch, 'sonde'));
print(`disk once all parts are merged, sonde: ${merged} B, ${(merged / total()).toFixed(2)} B per sample`);
if (options.keep) print(`data kept in ${scratch}`);
else rmSync(scratch, { recursive: true });

function total() {
  return seriesCount() * steps;
}

function seriesCount() {
  return Number(options.hosts) * 301 + Number(options.pods);
}

/**
 * Each server gets the same bodies, a third of the time at each of its turns, as machines change their speed within minutes. A shard
 * sends its series in the order of time, one request at a time.
 */
async function benchWrites() {
  const senders = names.map((name) => ({ name, ...makeSender(running.get(name).write) }));
  const third = Math.ceil(steps / 3);
  for (let from = 0; from < steps; from += third) {
    for (const { send } of senders) await send(from, Math.min(steps, from + third));
    senders.push(senders.shift());
  }
  const rates = new Map();
  for (const name of names) {
    const { sent } = senders.find((sender) => sender.name === name);
    const p99Ms = sent.tookMs.toSorted((a, b) => a - b)[Math.floor(sent.tookMs.length * 0.99)];
    rates.set(name, sent.samples / sent.seconds);
    print(
      `remote write, ${name}: ${Math.round(sent.samples / sent.seconds)} samples/s, p99 ${p99Ms.toFixed(0)} ms, memory ${Math.round(residentBytes(running.get(name).pid) / 2 ** 20)} MiB`,
    );
  }
  for (const name of names.slice(1))
    print(`remote write: ${(rates.get('sonde') / rates.get(name)).toFixed(2)}x the samples/s of ${name}`);
}

/** What sends the samples of some of the steps, the earliest first, and adds up in `sent` what that took. */
function makeSender(url) {
  const mix = makeMix({ hosts: Number(options.hosts), pods: Number(options.pods) });
  const all = mix.map(({ labels, next }) => ({ bytes: encodeLabels(labels), next }));
  const shardSize = Math.ceil(all.length / shards);
  const sent = { samples: 0, seconds: 0, tookMs: [] };
  const send = async (fromStep, toStep) => {
    const agent = new Agent({ keepAlive: true, maxSockets: shards });
    for (let from = fromStep; from < toStep; from += 8 * samplesPerSeries) {
      // Encoded before the clock runs, a few rounds at a time to bound memory.
      const queues = [];
      for (let shard = 0; shard < shards; shard++) {
        const part = all.slice(shard * shardSize, (shard + 1) * shardSize);
        const bodies = [];
        for (let at = from; at < Math.min(toStep, from + 8 * samplesPerSeries); at += samplesPerSeries) {
          const places = Array.from({ length: Math.min(samplesPerSeries, toStep - at) }, (_, i) => at + i);
          const times = places.map((place) => startMs + place * stepMs);
          bodies.push(writeBody(part.map(({ bytes, next }) => ({ bytes, times, values: places.map((place) => next(place)) }))));
          sent.samples += part.length * places.length;
        }
        queues.push(bodies);
      }
      const beganMs = performance.now();
      await Promise.all(
        queues.map(async (bodies) => {
          for (const body of bodies) sent.tookMs.push(await post(url, agent, body));
        }),
      );
      sent.seconds += (performance.now() - beganMs) / 1000;
    }
    agent.destroy();
  };
  return { send, sent };
}

async function post(url, agent, body) {
  const beganMs = performance.now();
  for (;;) {
    const status = await new Promise((resolve, reject) => {
      const sending = request(
        url,
        { method: 'POST', agent, headers: { ...writeHeaders, 'content-length': body.length } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part) => (text += part));
          answer.on('end', () => (answer.statusCode === 400 ? reject(new Error(text)) : resolve(answer.statusCode)));
        },
      );
      sending.on('error', reject);
      sending.end(body);
    });
    if (status < 300) return performance.now() - beganMs;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function queries() {
  const end = endMs / 1000;
  const hour = { start: end - 3600, end, step: 15 };
  const whole = { start: startMs / 1000 + 300, end, step: 60 };
  const instant = { time: end };
  return [
    { title: 'light: one series, now', query: 'node_load1{instance="host-1.example:9100"}', parameters: instant },
    { title: 'light: one series over an hour', query: 'node_load1{instance="host-1.example:9100"}', parameters: hour },
    {
      title: 'light: rates of a host’s processors',
      query: 'rate(node_cpu_seconds_total{instance="host-1.example:9100"}[5m])',
      parameters: hour,
    },
    {
      title: 'light: busy share of a host',
      query: '1 - avg(rate(node_cpu_seconds_total{instance="host-1.example:9100",mode="idle"}[5m]))',
      parameters: hour,
    },
    {
      title: 'light: free share of disks',
      query: 'node_filesystem_avail_bytes{instance="host-2.example:9100"} / node_filesystem_size_bytes',
      parameters: instant,
    },
    {
      title: 'light: quantile of a handler',
      query: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{handler="/api"}[5m])))',
      parameters: instant,
    },
    { title: 'light: top hosts now', query: 'topk(5, node_load1)', parameters: instant },
    { title: 'light: up of a cluster', query: 'count by (cluster) (node_load1)', parameters: hour },
    {
      title: 'heavy: rates of all processors by mode',
      query: 'sum by (mode) (rate(node_cpu_seconds_total[5m]))',
      parameters: hour,
    },
    {
      title: 'heavy: rates of all processors by host',
      query: 'sum by (instance) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))',
      parameters: hour,
    },
    { title: 'heavy: requests by namespace', query: 'sum by (namespace) (rate(requests_total[5m]))', parameters: hour },
    { title: 'heavy: requests of all pods', query: 'sum(rate(requests_total[1m]))', parameters: hour },
    {
      title: 'heavy: quantile by handler',
      query: 'histogram_quantile(0.95, sum by (le, handler) (rate(http_request_duration_seconds_bucket[5m])))',
      parameters: hour,
    },
    {
      title: 'heavy: largest memory by cluster',
      query: 'max by (cluster) (max_over_time(node_memory_kind1_bytes[10m]))',
      parameters: hour,
    },
    {
      title: 'heavy: busiest pods',
      query: 'topk(10, sum by (pod) (rate(requests_total[5m])))',
      parameters: { ...hour, step: 60 },
    },
    { title: 'many series: all pods now', query: 'requests_total', parameters: instant },
    { title: 'many series: rates of all pods now', query: 'sum by (node) (rate(requests_total[5m]))', parameters: instant },
    { title: 'many series: pods by regex', query: 'sum(requests_total{pod=~"web-1.*"})', parameters: instant },
    { title: 'long: whole range, by mode', query: 'sum by (mode) (rate(node_cpu_seconds_total[5m]))', parameters: whole },
    { title: 'long: hourly averages', query: 'avg by (cluster) (avg_over_time(node_load1[30m]))', parameters: whole },
  ];
}

async function benchQueries() {
  const ratios = new Map(names.slice(1).map((name) => [name, { first: [], median: [] }]));
  for (const { title, query, parameters } of queries()) {
    const took = new Map(names.map((name) => [name, []]));
    const sizes = new Map();
    const first = new Map();
    for (let round = 0; round <= rounds; round++) {
      for (const name of names) {
        const { ms, bytes } = await timed(running.get(name).api, query, parameters);
        sizes.set(name, bytes);
        // The first answer is worked out from the samples; Sonde and VictoriaMetrics may remember later ones.
        if (round === 0) first.set(name, ms);
        else took.get(name).push(ms);
      }
    }
    const medians = new Map(names.map((name) => [name, median(took.get(name))]));
    const by = names.slice(1).map((name) => {
      const ratio = medians.get('sonde') / medians.get(name);
      const ofFirst = first.get('sonde') / first.get(name);
      ratios.get(name).median.push(ratio);
      ratios.get(name).first.push(ofFirst);
      return `${ratio.toFixed(2)}x ${name} (${medians.get(name).toFixed(1)} ms; first ${ofFirst.toFixed(2)}x, ${first.get(name).toFixed(1)} ms)`;
    });
    print(
      `${title}: ${medians.get('sonde').toFixed(1)} ms (first ${first.get('sonde').toFixed(1)} ms), ${by.join(', ')}, ${Array.from(sizes.values(), (bytes) => `${bytes} B`).join(' / ')}`,
    );
  }
  for (const [name, { first, median: all }] of ratios) {
    print(
      `ratios to ${name}: median ${median(all).toFixed(2)}, worst ${Math.max(...all).toFixed(2)}; of first answers median ${median(first).toFixed(2)}, worst ${Math.max(...first).toFixed(2)}`,
    );
  }
}

async function timed(api, query, parameters) {
  const path = 'time' in parameters ? 'query' : 'query_range';
  const beganMs = performance.now();
  const response = await fetch(`${api}/${path}?${new URLSearchParams({ query, ...parameters }).toString()}`);
  const body = await response.arrayBuffer();
  if (!response.ok) throw new Error(`${query} answered ${response.status}: ${Buffer.from(body).toString().slice(0, 300)}`);
  return { ms: performance.now() - beganMs, bytes: body.byteLength };
}

function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function residentBytes(pid) {
  const kib = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kib.trim()) * 1024;
}

function folderBytes(folder) {
  return Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0]);
}

/** Hours of samples come within seconds here, and merging them goes on for as long as they would have taken. */
async function bytesMerged(path) {
  const limits = { timeMs: 60_000, memoryBytes: 1e9, rowsRead: 1e9, rowsOut: 1e6 };
  const engine = await openEmbedded({ path, memoryBytesMax: 1e9, limits });
  for (const table of ['samples', 'samples_5m', 'samples_1h', 'series'])
    await engine.command(raw(`OPTIMIZE TABLE ${table} FINAL`));
  const [sum] = await engine.adminRows(
    raw('SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()'),
  );
  await engine.close();
  return Number(sum?.bytes);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

// The requests of Grafana's Prometheus data source (grafana-requests.js), one by one against a Sonde that has series by remote write
// and histograms with exemplars by OTLP: status, content type and shape of each answer.
import { join } from 'node:path';
import { grafanaRequests } from './grafana-requests.js';
import { remoteWrite } from './remote-write.js';
import { exactly, shapeFaults, some } from './shape.js';
import { createTally } from './tally.js';

const samples = 120;
const stepMs = 15_000;
/** As Grafana's proxy sends them with every request of a panel. */
const headers = {
  accept: 'application/json',
  'accept-encoding': 'gzip',
  'user-agent': 'Grafana/12.1.0',
  'x-dashboard-uid': 'shop',
  'x-panel-id': '3',
  'x-grafana-org-id': '1',
};

export async function runGrafana({ root, scratch, startSonde }) {
  const tally = createTally();
  const sonde = await startSonde(root, join(scratch, 'sonde'));
  const nowMs = Date.now();
  const api = `http://${sonde.http}/prometheus/api/v1`;
  try {
    await remoteWrite(`${api}/write`, plainSeries(nowMs));
    await writeHistograms(`http://${sonde.otlpHttp}/v1/metrics`, nowMs);
    const requests = grafanaRequests(nowMs);
    for (const request of requests)
      for (const method of request.methods) tally.check(`${request.name}, ${method}`, await faultsOf(api, request, method));
    return tally.end(`${requests.length} requests of a data source`);
  } finally {
    await sonde.stop();
  }
}

function plainSeries(nowMs) {
  const target = { job: 'shop', instance: 'a:80' };
  const series = (labels, valueAt) => ({ labels: { ...labels, ...target }, samples: samplesTo(nowMs, valueAt) });
  return [
    series({ __name__: 'shop_orders_total', country: 'de' }, (i) => 5 * i),
    series({ __name__: 'shop_orders_total', country: 'fr' }, (i) => 3 * i),
    series({ __name__: 'shop_queue_length' }, (i) => Math.sin(i) * 10),
    series({ __name__: 'shop_place_info', 'service.zone': 'a' }, () => 1),
  ];
}

function samplesTo(nowMs, valueAt) {
  return Array.from({ length: samples }, (_, i) => [nowMs - (samples - i) * stepMs + 137, valueAt(i)]);
}

/** A histogram with exemplars, and an exponential one, which PromQL knows as a native histogram. */
async function writeHistograms(url, nowMs) {
  const start = nanoseconds(nowMs - samples * stepMs);
  const points = samplesTo(nowMs, (i) => i + 1).map(([timeMs, i]) => ({
    classic: {
      startTimeUnixNano: start,
      timeUnixNano: nanoseconds(timeMs),
      count: String(4 * i),
      sum: 2.5 * i,
      explicitBounds: [0.5, 1],
      bucketCounts: [2 * i, i, i],
      exemplars: [{ timeUnixNano: nanoseconds(timeMs - 5), asDouble: 0.75, traceId: String(i).padStart(32, '0') }],
    },
    native: {
      startTimeUnixNano: start,
      timeUnixNano: nanoseconds(timeMs),
      count: String(4 * i),
      sum: 2.5 * i,
      scale: 1,
      zeroCount: String(i),
      positive: { offset: -2, bucketCounts: [String(2 * i), String(i)] },
    },
  }));
  const metrics = [
    { name: 'shop.request', unit: 's', description: 'Time that requests took.', histogram: dataOf(points, 'classic') },
    { name: 'shop.native', unit: 's', description: 'The same.', exponentialHistogram: dataOf(points, 'native') },
  ];
  const attributes = ['service.name', 'service.instance.id'].map((key) => ({ key, value: { stringValue: 'shop' } }));
  const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

function dataOf(points, kind) {
  return { aggregationTemporality: 2, dataPoints: points.map((point) => point[kind]) };
}

function nanoseconds(ms) {
  return `${ms}000000`;
}

async function faultsOf(api, { path, parameters, status = 200, data, warns = false }, method) {
  const form = new URLSearchParams(parameters).toString();
  const response =
    method === 'GET'
      ? await fetch(`${api}/${path}${form === '' ? '' : `?${form}`}`, { headers })
      : await fetch(`${api}/${path}`, {
          method,
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: form,
        });
  const text = await response.text();
  if (response.status !== status) return [`status ${status}, got ${response.status}: ${text.slice(0, 300)}`];
  if (data === undefined) return [];
  const type = response.headers.get('content-type') ?? 'none';
  if (!/^application\/json\b/.test(type)) return [`content type application/json, got ${type}`];
  const answer = JSON.parse(text);
  if (status !== 200) return shapeFaults(data, answer);
  const { data: found, ...around } = answer;
  const envelope = { status: exactly('success'), 'infos?': ['text'], ...(warns && { warnings: some(['text']) }) };
  return [...shapeFaults(envelope, around), ...shapeFaults(data, found, 'data')];
}

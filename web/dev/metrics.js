/** Made-up metrics of the made-up shop. */
import { Refusal } from './answers.js';
import { gridOf } from './answers.js';
import { seeded } from './random.js';
import { slotMs, traceAt } from './traces.js';

const metric = (name, type, unit, description, keys, services, more = {}) => ({
  name,
  type,
  unit,
  description,
  temporality: type === 'gauge' ? 'unspecified' : 'cumulative',
  monotonic: type === 'sum',
  seriesCount: keys.length * 3 + services.length,
  services,
  attributeKeys: ['service', ...keys, 'resource.host.name'],
  ...more,
});

const all = ['gateway', 'recorder', 'requester', 'server'];
const metrics = [
  metric(
    'http.server.request.duration',
    'histogram',
    's',
    'Duration of HTTP server requests.',
    ['http.request.method', 'http.response.status_code', 'http.route'],
    ['gateway', 'server'],
  ),
  metric(
    'http.client.request.duration',
    'histogram',
    's',
    'Duration of HTTP client requests.',
    ['http.request.method', 'server.address'],
    ['requester'],
  ),
  metric(
    'db.client.operation.duration',
    'histogram',
    's',
    'Duration of database client operations.',
    ['db.operation.name', 'db.namespace'],
    ['server', 'inventory'],
  ),
  metric(
    'db.client.connection.count',
    'sum',
    '{connection}',
    'Connections that are in the state of the attribute.',
    ['state'],
    ['server'],
    { monotonic: false },
  ),
  metric('beasts.created', 'sum', '{beast}', 'Beasts put into the tables.', ['beast', 'status'], ['server']),
  metric('messages.recorded', 'sum', '{message}', 'Messages taken from the queue.', ['beast'], ['recorder']),
  metric('danger.level', 'gauge', '1', 'How dangerous the beasts of the last 30 seconds were.', ['beast'], ['requester']),
  metric('process.cpu.utilization', 'gauge', '1', 'Share of the available CPU time that the process used.', ['cpu.mode'], all),
  metric('process.memory.usage', 'sum', 'By', 'Resident memory of the process.', [], all, { monotonic: false }),
  metric('nodejs.eventloop.utilization', 'gauge', '1', 'Event loop utilization.', [], all),
  metric('nodejs.eventloop.delay.p99', 'gauge', 's', 'The 99th percentile of the event loop delay.', [], all),
  metric('v8js.memory.heap.used', 'sum', 'By', 'Heap memory in use.', ['v8js.heap.space.name'], all, { monotonic: false }),
  metric('v8js.gc.duration', 'exponential_histogram', 's', 'Duration of garbage collections.', ['v8js.gc.type'], all),
  metric(
    'rpc.server.call.duration.for.every.method.of.every.service.with.a.name.that.is.much.too.long',
    'summary',
    'ms',
    'A name that tests the patience of every table it stands in.',
    ['rpc.method'],
    ['cart', 'inventory', 'payment-authorization-and-settlement'],
  ),
];

export function metricsAnswer({ query }) {
  const [service, text] = [query.get('service'), query.get('text')?.toLowerCase()];
  const found = metrics.filter(
    (each) =>
      (service === null || each.services.includes(service)) &&
      (text === undefined || `${each.name} ${each.description}`.toLowerCase().includes(text)),
  );
  return { metrics: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)), next: null };
}

const values = {
  service: all,
  beast: ['unicorn', 'manticore', 'illithid', 'owlbear', 'beholder'],
  'http.request.method': ['GET', 'POST'],
  'http.response.status_code': ['200', '201', '500'],
  'http.route': ['/:endpoint', '/api/v1/checkout'],
  state: ['idle', 'used'],
};

export function metricAnswer(request) {
  const {
    parameters: [name],
    query,
  } = request;
  const found = metrics.find((each) => each.name === name);
  if (found === undefined) throw new Refusal(404, 'not_found', `No metric is called "${name}" in this time range.`);
  const fallback = {
    gauge: 'avg',
    sum: found.monotonic ? 'rate' : 'avg',
    histogram: 'p95',
    exponential_histogram: 'p95',
    summary: 'rate',
  }[found.type];
  const fn = query.get('fn') ?? fallback;
  const grid = gridOf(request);
  let series = [{}];
  for (const key of query.getAll('by'))
    series = series.flatMap((labels) => (values[key] ?? ['a', 'b', 'c']).map((value) => ({ ...labels, [key]: value })));
  const middle = { s: 0.04, ms: 40, By: 1.8e8, 1: 0.4 }[found.unit] ?? 6;
  return {
    metric: found,
    fn,
    grid: { startNs: `${grid.startMs}000000`, stepNs: `${grid.stepMs}000000`, points: grid.points },
    series: series
      .slice(0, 24)
      .map((labels, i) => ({ labels, values: wave(grid, middle * (0.4 + 0.7 * seeded(i + name.length)()), i) })),
    exemplars: found.type.endsWith('histogram') ? exemplars(request, middle) : [],
    truncated: series.length > 24,
  };
}

function wave({ points, startMs, stepMs }, middle, phase) {
  return Array.from({ length: points }, (_, i) => {
    const t = (startMs + i * stepMs) / 1000;
    const noise = seeded(Math.floor(t) + phase * 7919)();
    return noise < 0.01 ? null : middle * (1 + 0.25 * Math.sin(t / 140 + phase) + 0.2 * noise);
  });
}

function exemplars({ fromMs, toMs }, middle) {
  const list = [];
  for (let at = toMs - 20_000; at > fromMs; at -= (toMs - fromMs) / 24) {
    const { traceId, spans } = traceAt(Math.floor(at / slotMs));
    const [root] = spans;
    list.push({
      timeNs: root.startNs,
      value: middle * (0.5 + 1.2 * seeded(Math.floor(at))()),
      traceId,
      spanId: root.spanId,
      attributes: {},
    });
  }
  return list;
}

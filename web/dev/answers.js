/** The answers of Sonde's JSON API, made from the made-up shop. Some inputs fail on purpose, so that failures can be seen. */
import { metricAnswer, metricsAnswer } from './metrics.js';
import { hugeId, slotMs, traceAt, traceById } from './traces.js';

/** At most this many moments are looked at for one answer; of more, a part stands for all. */
const slotsMax = 3000;

export const routes = [
  {
    path: /^\/api\/status$/,
    answer: ({ nowMs, empty }) => ({ version: '0.1.0-dev', engine: 'embedded', hasData: !empty, nowNs: `${nowMs}000000` }),
  },
  { path: /^\/api\/services$/, answer: services },
  { path: /^\/api\/services\/([^/]+)$/, answer: service },
  { path: /^\/api\/traces$/, answer: traces },
  { path: /^\/api\/traces\/([^/]+)$/, answer: trace },
  { path: /^\/api\/logs$/, answer: logs },
  { path: /^\/api\/logs\/histogram$/, answer: logHistogram },
  { path: /^\/api\/attributes$/, answer: attributes },
  { path: /^\/api\/metrics$/, answer: metricsAnswer },
  { path: /^\/api\/metrics\/([^/]+)$/, answer: metricAnswer },
];

/** An answer that is an error: status, code, message. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function refuseOnPurpose(query) {
  if (query.get('service') === 'broken')
    throw new Refusal(
      504,
      'query_timeout',
      'The query ran longer than its limit of 30 s. Narrow the time range or add a filter.',
    );
}

function sampled({ fromMs, toMs }) {
  const [first, last] = [Math.ceil(fromMs / slotMs), Math.floor(toMs / slotMs)];
  const stride = Math.max(1, Math.ceil((last - first) / slotsMax));
  const found = [];
  for (let slot = first; slot < last; slot += stride) found.push(traceAt(slot));
  return { found, stride };
}

export function gridOf({ fromMs, toMs, query }, fallback = '15s') {
  const stepMs = Number.parseInt(query.get('step') ?? fallback, 10) * 1000;
  const startMs = Math.floor(fromMs / stepMs) * stepMs;
  return { startMs, stepMs, points: Math.max(1, Math.ceil((toMs - startMs) / stepMs)) };
}

const asGrid = ({ startMs, stepMs, points }) => ({ startNs: `${startMs}000000`, stepNs: `${stepMs}000000`, points });

/** Map.groupBy, which Node 20 does not have. */
function grouped(list, keyOf) {
  const groups = new Map();
  for (const item of list) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function quantile(sorted, q) {
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

function golden(spans, seconds, scale) {
  const durations = spans.map((span) => Number(span.durationNs)).toSorted((a, b) => a - b);
  const errors = spans.filter((span) => span.status.code === 'error').length;
  return {
    requests: spans.length * scale,
    ratePerSecond: (spans.length * scale) / seconds,
    errors: errors * scale,
    errorShare: spans.length === 0 ? 0 : errors / spans.length,
    p50Ns: quantile(durations, 0.5),
    p95Ns: quantile(durations, 0.95),
    p99Ns: quantile(durations, 0.99),
  };
}

const isEntry = (span) =>
  span.kind === 'server' || span.kind === 'consumer' || (span.kind === 'internal' && span.parentSpanId === '');
const served = (span) => isEntry(span) || (span.service === 'requester' && span.parentSpanId === '');

function overTime(spans, grid, scale) {
  const buckets = Array.from({ length: grid.points }, () => []);
  for (const span of spans) buckets[Math.floor((Number(span.startNs) / 1e6 - grid.startMs) / grid.stepMs)]?.push(span);
  const each = buckets.map((bucket) => golden(bucket, grid.stepMs / 1000, scale));
  const column = (name, none) => each.map((value) => (value.requests === 0 ? none : value[name]));
  return {
    grid: asGrid(grid),
    ratePerSecond: column('ratePerSecond', 0),
    errorShare: column('errorShare', null),
    p50Ns: column('p50Ns', null),
    p95Ns: column('p95Ns', null),
    p99Ns: column('p99Ns', null),
  };
}

const saturations = {
  server: [0.83, 0.41, 0.62],
  requester: [0.31, 0.12, 0.22],
  recorder: [0.12, 0.97, 0.08],
  gateway: [0.45, 0.5, 0.37],
};

function saturationOf(name) {
  const [cpu, memory, eventLoop] = saturations[name] ?? [null, null, null];
  return { cpu, memory, eventLoop };
}

function services(request) {
  const { found, stride } = sampled(request);
  const seconds = (request.toMs - request.fromMs) / 1000;
  const grid = gridOf(request);
  const spans = found.flatMap((each) => each.spans).filter(served);
  const errorLogs = found.flatMap((each) => each.logs).filter(({ level }) => level === 'error');
  const list = [...grouped(spans, ({ service: name }) => name)].map(([name, own]) => ({
    name,
    ...golden(own, seconds, stride),
    overTime: overTime(own, grid, stride),
    saturation: saturationOf(name),
    errorLogs: errorLogs.filter(({ service: of }) => of === name).length * stride,
    hasSpans: true,
  }));
  const silent = {
    name: 'postgres',
    ...golden([], seconds, 1),
    overTime: overTime([], grid, 1),
    saturation: { cpu: 0.22, memory: 0.64, eventLoop: null },
    errorLogs: 0,
    hasSpans: false,
  };
  return {
    services: [...list, silent].toSorted((a, b) => b.errorShare - a.errorShare || (b.p99Ns ?? 0) - (a.p99Ns ?? 0)),
    next: null,
  };
}

function service(request) {
  const [name] = request.parameters;
  const { found, stride } = sampled(request);
  const seconds = (request.toMs - request.fromMs) / 1000;
  const grid = gridOf(request);
  const all = found.flatMap((each) => each.spans).filter((span) => span.service === name);
  if (all.length === 0) throw new Refusal(404, 'not_found', `No service is called "${name}" in this time range.`);
  const wave = (middle, phase) =>
    Array.from({ length: grid.points }, (_, i) =>
      middle === null ? null : Math.min(1, Math.max(0, middle + 0.08 * Math.sin(i / 7 + phase) + 0.03 * Math.sin(i * 1.7))),
    );
  const { cpu, memory, eventLoop } = saturationOf(name);
  const entries = all.filter(served);
  const resources = [...new Map(all.map(({ resource }) => [resource.attributes['service.instance.id'], resource])).values()];
  return {
    name,
    ...golden(entries, seconds, stride),
    overTime: overTime(entries, grid, stride),
    saturation: saturationOf(name),
    saturationOverTime: { grid: asGrid(grid), cpu: wave(cpu, 0), memory: wave(memory, 2), eventLoop: wave(eventLoop, 4) },
    operations: [...grouped(all, (span) => `${span.kind} ${span.name}`).values()]
      .map((own) => ({ name: own[0].name, kind: own[0].kind, entry: served(own[0]), ...golden(own, seconds, stride) }))
      .toSorted((a, b) => Number(b.entry) - Number(a.entry) || b.errorShare - a.errorShare || b.requests - a.requests),
    resources: resources.map(({ attributes: of }) => ({ attributes: of })),
  };
}

function summaryOf({ traceId, spans }) {
  const [root] = spans;
  const start = BigInt(root.startNs);
  const end = spans.reduce((latest, span) => {
    const at = BigInt(span.startNs) + BigInt(span.durationNs);
    return at > latest ? at : latest;
  }, start);
  return {
    traceId,
    rootService: root.service,
    rootName: root.name,
    startNs: root.startNs,
    durationNs: String(end - start),
    spanCount: spans.length,
    errorCount: spans.filter((span) => span.status.code === 'error').length,
    services: [...new Set(spans.map(({ service: name }) => name))].toSorted(),
  };
}

const unitNs = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

function durationNs(text) {
  const match = /^([0-9.]+)(ns|us|ms|s|m|h)$/.exec(text ?? '');
  if (text !== null && match === null)
    throw new Refusal(400, 'bad_request', `A duration such as 10ms was expected, "${text}" came.`);
  return match === null ? undefined : Number(match[1]) * unitNs[match[2]];
}

function matcherOf(query) {
  const [wanted, operation, status] = [query.get('service'), query.get('operation'), query.get('status')];
  const attrs = query.getAll('attr').map((attr) => [attr.slice(0, attr.indexOf('=')), attr.slice(attr.indexOf('=') + 1)]);
  return (span) =>
    (wanted === null || span.service === wanted) &&
    (operation === null || span.name === operation) &&
    (status === null || span.status.code === status) &&
    attrs.every(([key, value]) => String(span.attributes[key] ?? span.resource.attributes[key]) === value);
}

function traces(request) {
  const { query, fromMs, nowMs } = request;
  refuseOnPurpose(query);
  const [least, most] = [durationNs(query.get('minDuration')), durationNs(query.get('maxDuration'))];
  const matches = matcherOf(query);
  const limit = Number(query.get('limit') ?? 100);
  const list = [];
  const keep = (each) => {
    const summary = summaryOf(each);
    const ns = Number(summary.durationNs);
    if (each.spans.some(matches) && (least === undefined || ns >= least) && (most === undefined || ns <= most))
      list.push(summary);
  };
  const longest = query.get('sort') === 'longest';
  if (query.get('service') === 'batch') for (const count of [1000, 10_000, 100_000]) keep(traceById(hugeId(count), nowMs));
  const from = query.has('cursor') ? Number(query.get('cursor')) : Math.floor(Math.min(request.toMs, nowMs) / slotMs) - 1;
  let slot = from;
  const last = Math.ceil(fromMs / slotMs);
  for (; slot >= last && (longest || list.length < limit) && from - slot < 20_000; slot--) keep(traceAt(slot));
  if (longest) list.sort((a, b) => Number(b.durationNs) - Number(a.durationNs));
  return { traces: list.slice(0, limit), next: !longest && slot >= last ? String(slot) : null };
}

function trace({ parameters: [id], nowMs }) {
  const found = traceById(id, nowMs);
  if (found === undefined) throw new Refusal(404, 'not_found', `No trace has the id ${id}.`);
  return { traceId: found.traceId, spans: found.spans.toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1)), truncated: false };
}

function logMatcher(query) {
  const [wanted, text, spanId] = [query.get('service'), query.get('text')?.toLowerCase(), query.get('spanId')];
  const levels = query.getAll('level');
  const attrs = query.getAll('attr').map((attr) => [attr.slice(0, attr.indexOf('=')), attr.slice(attr.indexOf('=') + 1)]);
  return (log) =>
    (wanted === null || log.service === wanted) &&
    (levels.length === 0 || levels.includes(log.level)) &&
    (text === undefined || log.body.toLowerCase().includes(text)) &&
    (spanId === null || log.spanId === spanId) &&
    attrs.every(([key, value]) => String(log.attributes[key] ?? log.resource.attributes[key]) === value);
}

function logs(request) {
  const { query, nowMs } = request;
  refuseOnPurpose(query);
  const matches = logMatcher(query);
  const traceId = query.get('traceId');
  if (traceId !== null) return { logs: (traceById(traceId, nowMs)?.logs ?? []).filter(matches), next: null };
  const limit = Number(query.get('limit') ?? 100);
  const from = query.has('cursor') ? Number(query.get('cursor')) : Math.floor(Math.min(request.toMs, nowMs) / slotMs) - 1;
  const last = Math.ceil(request.fromMs / slotMs);
  const list = [];
  let slot = from;
  for (; slot >= last && list.length < limit && from - slot < 40_000; slot--) list.push(...traceAt(slot).logs.filter(matches));
  return { logs: list.toSorted((a, b) => (a.timeNs < b.timeNs ? 1 : -1)), next: slot >= last ? String(slot) : null };
}

function logHistogram(request) {
  const { found, stride } = sampled(request);
  const grid = gridOf(request);
  const matches = logMatcher(request.query);
  const levels = {};
  for (const log of found.flatMap((each) => each.logs).filter(matches)) {
    levels[log.level] ??= Array.from({ length: grid.points }, () => 0);
    const at = Math.floor((Number(log.timeNs) / 1e6 - grid.startMs) / grid.stepMs);
    if (at < grid.points) levels[log.level][at] += stride;
  }
  return { grid: asGrid(grid), levels };
}

function attributes(request) {
  const { found } = sampled({ ...request, fromMs: Math.max(request.fromMs, request.toMs - 60_000) });
  const rows = request.query.get('signal') === 'logs' ? found.flatMap((each) => each.logs) : found.flatMap((each) => each.spans);
  const wanted = request.query.get('service');
  const counts = new Map();
  for (const row of rows) {
    if (wanted !== null && row.service !== wanted) continue;
    for (const [key, value] of [...Object.entries(row.attributes), ...Object.entries(row.resource.attributes)]) {
      const values = counts.get(key) ?? new Map();
      values.set(String(value), (values.get(String(value)) ?? 0) + 1);
      counts.set(key, values);
    }
  }
  return {
    attributes: [...counts].map(([key, values]) => ({
      key,
      values: [...values]
        .map(([value, count]) => ({ value, count }))
        .toSorted((a, b) => b.count - a.count)
        .slice(0, 20),
    })),
  };
}

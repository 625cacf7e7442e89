/**
 * Fills a data directory with synthetic telemetry, made inside the engine by SQL: traces of ten spans over eight services, log
 * records, and metrics of each type, evenly over the hours before now. For measuring reads over much data.
 *
 *     node_modules/.bin/jiti bench/fill.ts DIR [--spans 20000000] [--logs 2000000] [--series 1000] [--hours 24]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/engine/embedded.ts';
import type { Engine } from '../src/engine/engine.ts';
import { migrate } from '../src/engine/migrate.ts';
import { raw } from '../src/engine/sql.ts';
import { prometheusMetricName } from '../src/codec/prometheus-names.ts';
import { metricIdOf } from '../src/model/metric-ids.ts';

export interface FillOptions {
  readonly tenant: string;
  readonly spans: number;
  readonly logs: number;
  /** Series per metric; five metrics. The one of processors has at most 60: an instance each. */
  readonly series: number;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const spansPerTrace = 10;
const rowsPerInsert = 1_000_000;
const pointIntervalS = 15;

const tree = [
  { service: 'shop', name: 'GET /', kind: 2 },
  { service: 'shop', name: 'GET', kind: 3 },
  { service: 'catalog', name: 'GET /items/{id}', kind: 2 },
  { service: 'catalog', name: 'SELECT items', kind: 3 },
  { service: 'cart', name: 'GET /cart', kind: 2 },
  { service: 'cart', name: 'HGETALL', kind: 3 },
  { service: 'checkout', name: 'POST /checkout', kind: 2 },
  { service: 'payment', name: 'charge', kind: 2 },
  { service: 'ledger', name: 'ledger receive', kind: 5 },
  { service: 'ledger', name: 'INSERT entries', kind: 3 },
];

const list = (values: readonly (string | number)[]): string =>
  `[${values.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')}]`;
const pick = (values: readonly (string | number)[], index: string): string => `${list(values)}[${index} + 1]`;
const at = (ns: string): string => `fromUnixTimestamp64Nano(toInt64(${ns}), 'UTC')`;
const zeroSpanId = "toFixedString(unhex('0000000000000000'), 8)";
const spanIdOf = (n: string): string => `toFixedString(reinterpretAsString(bitOr(sipHash64(${n}), 0x0101010101010101)), 8)`;

/** Runs the inserts; `progress` gets a line for each. */
export async function fill(engine: Engine, options: FillOptions, progress: (line: string) => void = () => {}): Promise<void> {
  for (let row = 0; row < options.spans; row += rowsPerInsert) {
    const rows = Math.min(rowsPerInsert, options.spans - row);
    await engine.command(raw(insertSpans(options, row, rows)));
    progress(`${row + rows} spans`);
  }
  await engine.command(raw(insertEvents));
  for (let row = 0; row < options.logs; row += rowsPerInsert) {
    const rows = Math.min(rowsPerInsert, options.logs - row);
    await engine.command(raw(insertLogs(options, row, rows)));
    progress(`${row + rows} log records`);
  }
  for (const statement of insertMetrics(options)) await engine.command(raw(statement));
  await engine.command(raw(insertResources));
  await engine.command(raw(insertScopes));
  progress('metrics, resources and scopes');
}

function insertSpans({ tenant, spans, fromNs, toNs }: FillOptions, row: number, rows: number): string {
  const traceNs = (toNs - fromNs) / BigInt(Math.ceil(spans / spansPerTrace));
  return `INSERT INTO spans
    WITH ${pick(
      tree.map(({ service }) => service),
      'p',
    )} AS span_service, p IN (0, 2, 9) AND h % 25 = 0 AS failed
    SELECT '${tenant}' AS tenant, 0 AS batch, span_service AS service,
      concat(${pick(
        tree.map(({ name }) => name),
        'p',
      )}, ${pick(['', ' v1', ' v2', ' v3', ' v4'], 'h % 5')}) AS name,
      ${at(`${fromNs} + t * ${traceNs} + p * 1000000 + bitAnd(hn, 0xfffff)`)} AS start_time,
      toInt64(exp2(18 + bitAnd(hn, 1023) / 128) * (10 - p)) AS duration_ns,
      sipHash128(t) AS trace_id, ${spanIdOf('number')} AS span_id,
      if(p = 0, ${zeroSpanId}, ${spanIdOf(`t * ${spansPerTrace} + intDiv(p - 1, 2)`)}) AS parent_span_id,
      ${pick(
        tree.map(({ kind }) => kind),
        'p',
      )} AS kind, if(failed, 2, 0) AS status,
      if(failed, 'null value in column "name" violates not-null constraint', '') AS status_message,
      map('http.request.method', ${pick(['GET', 'POST'], 'h % 2')}, 'url.path', concat('/items/', toString(h % 5000)),
        'http.response.status_code', if(failed, '500', '200'), 'server.address', concat('host-', toString(h % 40)),
        'user.id', toString(h % 100000), 'thread.id', toString(hn % 64), 'network.protocol.version', '1.1',
        'code.function.name', concat('handle', toString(p))) AS attributes,
      'ssississ' AS attributes_types,
      if(failed, '{"flags":257,"eventCount":1}', '{"flags":257}') AS extra, cityHash64(span_service, h % 3) AS resource_id, cityHash64('scope', span_service) AS scope_id
    FROM (SELECT number, intDiv(number, ${spansPerTrace}) AS t, number % ${spansPerTrace} AS p,
      cityHash64(t) AS h, cityHash64(number, 7) AS hn FROM numbers(${row}, ${rows}))`;
}

const insertEvents = `INSERT INTO span_events
  SELECT tenant, 0, service, start_time, trace_id, span_id, 0, start_time, 'exception',
    map('exception.type', 'error', 'exception.message', status_message), 'ss', 0
  FROM spans WHERE extra LIKE '%eventCount%'`;

function insertLogs({ tenant, logs, fromNs, toNs }: FillOptions, row: number, rows: number): string {
  const recordNs = (toNs - fromNs) / BigInt(logs);
  const services = ['shop', 'catalog', 'cart', 'checkout', 'payment'];
  const end = ["' without any trouble to speak of'", "': connection reset by peer while reading the response'"];
  return `INSERT INTO logs
    WITH ${pick(services, 'h % 5')} AS record_service, ${pick(['info', 'info', 'info', 'debug', 'warn', 'error', 'info', 'info'], 'h % 8')} AS record_level
    SELECT '${tenant}' AS tenant, 0 AS batch, record_service AS service,
      ${at(`${fromNs} + number * ${recordNs} + bitAnd(h, 0xffff)`)} AS time, 0 AS time_source, time AS observed_time,
      record_level AS level, 9 AS severity_number, upper(record_level) AS severity_text,
      concat('request ', toString(h % 5000), ' handled in ', toString(h % 977), ' ms by worker ', toString(h % 13),
        if(record_level = 'error', ${end[1]}, ${end[0]})) AS body, 's' AS body_type, '' AS event_name,
      sipHash128(number) AS trace_id, ${spanIdOf(`number * ${spansPerTrace}`)} AS span_id, 1 AS flags,
      map('http.route', concat('/items/', toString(h % 50)), 'user.id', toString(h % 100000)) AS attributes,
      'ss' AS attributes_types, 0 AS dropped_attributes,
      cityHash64(record_service, h % 3) AS resource_id, cityHash64('scope', record_service) AS scope_id
    FROM (SELECT number, cityHash64(number, 3) AS h FROM numbers(${row}, ${rows}))`;
}

const metrics = [
  { name: 'process.cpu.utilization', type: 'gauge', unit: '1', temporality: 0, monotonic: 0, seriesMax: 60 },
  { name: 'queue.length', type: 'gauge', unit: '{message}', temporality: 0, monotonic: 0 },
  { name: 'http.requests', type: 'sum', unit: '{request}', temporality: 2, monotonic: 1 },
  { name: 'http.errors', type: 'sum', unit: '{error}', temporality: 1, monotonic: 1 },
  { name: 'http.server.request.duration', type: 'histogram', unit: 's', temporality: 2, monotonic: 0 },
];

function insertMetrics(options: FillOptions): string[] {
  return metrics.flatMap((metric) => [insertSeries(options, metric), insertPoints(options, metric)]);
}

function insertSeries({ tenant, series, fromNs, toNs }: FillOptions, metric: (typeof metrics)[number]): string {
  const { name, type, unit, temporality, monotonic, seriesMax = series } = metric;
  const count = Math.min(series, seriesMax);
  const days = Number(toNs / 86_400_000_000_000n - fromNs / 86_400_000_000_000n) + 1;
  const services = ['shop', 'catalog', 'cart', 'checkout', 'payment', 'ledger'];
  const kind = type === 'gauge' ? type : monotonic === 1 ? 'counter' : 'other';
  const labels = `map('host_name', concat('host-', toString(s)), 'http_route', concat('/items/', toString(s % 20)), 'job', ${pick(services, `s % ${services.length}`)})`;
  return `INSERT INTO series SELECT '${tenant}', cityHash64('${name}', s), toDate(${at(String(fromNs))}) + d, '${name}',
      ${metricIdOf(name)}, '${prometheusMetricName(name, unit, kind)}', ${labels}, 'sss', '${type}', '${unit}',
      'About ${name}.', ${temporality}, ${monotonic}, map(), '', ${pick(services, `s % ${services.length}`)} AS service,
      map('host.name', concat('host-', toString(s)), 'http.route', concat('/items/', toString(s % 20))), 'ss',
      cityHash64(service, s % 3), cityHash64('scope', service)
    FROM (SELECT number % ${count} AS s, intDiv(number, ${count}) AS d FROM numbers(${count * days}))`;
}

function insertPoints({ tenant, series, fromNs, toNs }: FillOptions, metric: (typeof metrics)[number]): string {
  const { name, type, temporality, seriesMax = series } = metric;
  const count = Math.min(series, seriesMax);
  const points = Number((toNs - fromNs) / 1_000_000_000n / BigInt(pointIntervalS));
  const time = at(`${fromNs} + (i + 1) * ${pointIntervalS}000000000`);
  const start = temporality === 1 ? at(`${fromNs} + i * ${pointIntervalS}000000000`) : at(String(fromNs));
  const source = `(SELECT number % ${count} AS s, intDiv(number, ${count}) AS i, cityHash64(number) AS h FROM numbers(${count * points}))`;
  const common = `'${tenant}', 0, ${metricIdOf(name)}, cityHash64('${name}', s), ${time}, ${start}, 0`;
  if (type === 'histogram') {
    const counts = 'arrayMap(k -> toUInt64(i * (k + 1) + (s % 5)), range(9))';
    return `INSERT INTO histograms SELECT ${common}, arraySum(${counts}), i * 2.5, 0, 0, 1,
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1], ${counts}, 0, 0, 0, 0, [], 0, [] FROM ${source}`;
  }
  const value = temporality === 2 ? 'i * (10 + s % 7)' : temporality === 1 ? 'h % 5' : '(h % 1000) / 1000';
  return `INSERT INTO samples SELECT ${common}, ${value}, 0, 0 FROM ${source}`;
}

const references = `(SELECT tenant, resource_id, scope_id, toDate(start_time) AS day, service FROM spans
  UNION ALL SELECT tenant, resource_id, scope_id, toDate(time) AS day, service FROM logs
  UNION ALL SELECT tenant, resource_id, scope_id, day, service FROM series)`;
const insertResources = `INSERT INTO resources
  SELECT DISTINCT tenant, resource_id, day, service,
    map('service.name', toString(service), 'service.version', '1.2.3', 'k8s.pod.name', concat(toString(service), '-', toString(resource_id % 97))),
    'sss', 0, '', '' FROM ${references}`;
const insertScopes = `INSERT INTO scopes
  SELECT DISTINCT tenant, scope_id, day, 'http', '1.0', map(), '', 0, '' FROM ${references}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      spans: { type: 'string', default: '20000000' },
      logs: { type: 'string', default: '2000000' },
      series: { type: 'string', default: '1000' },
      hours: { type: 'string', default: '24' },
    },
  });
  const [path] = positionals;
  if (path === undefined) throw new Error('Expected a data directory: bench/fill.ts DIR');
  const limits = { timeMs: 600_000, memoryBytes: 8e9, rowsRead: 1e12, rowsOut: 1e9 };
  const engine = await openEmbedded({ path, memoryBytesMax: 8e9, limits });
  const dayMs = 86_400_000;
  await migrate(engine, { retentionMs: { traces: 14 * dayMs, logs: 14 * dayMs, metrics: 30 * dayMs } });
  const toNs = BigInt(Date.now()) * 1_000_000n;
  const fromNs = toNs - BigInt(Math.round(Number(values.hours) * 3600)) * 1_000_000_000n;
  const counts = { spans: Number(values.spans), logs: Number(values.logs), series: Number(values.series) };
  await fill(engine, { tenant: 'default', ...counts, fromNs, toNs }, (line) => process.stderr.write(`${line}\n`));
  await engine.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

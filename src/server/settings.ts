/**
 * The table of settings: every limit and choice with its unit, default and meaning. A setting is given as a flag
 * (`--query-time 30s`), else in the environment (`SONDE_QUERY_TIME`), else in the YAML file (`query-time: 30s`, or nested by
 * dashes: `query: { time: 30s }`), else it has its default. `sonde serve --help` and docs/settings.md are made from this table.
 */
import { parseDuration } from '../base/time.ts';
import { namings } from '../codec/prometheus-names.ts';
import type { Naming } from '../codec/prometheus-names.ts';
import type { RetentionRule } from '../model/metric-retention.ts';
import { parseRetentionRules } from './metric-retention.ts';

/** What a setting's text means; `parse` gives undefined for text that is not of the kind. */
interface Kind<T> {
  readonly expects: string;
  readonly parse: (text: string) => T | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const address: Kind<Address> = { expects: 'HOST:PORT', parse: parseAddress };
/** Empty text is null: there is no listener. */
const optionalAddress: Kind<Address | null> = {
  expects: 'HOST:PORT or nothing',
  parse: (text) => (text === '' ? null : parseAddress(text)),
};
const bytes: Kind<number> = { expects: 'a size such as 64MiB', parse: parseBytes };
const durationMs: Kind<number> = { expects: 'a duration such as 30s or 14d', parse: parseDurationMs };
const count: Kind<number> = {
  expects: 'a whole number above 0',
  parse: (text) => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined),
};
const flag: Kind<boolean> = { expects: 'true or false', parse: parseFlag };
const line: Kind<string> = { expects: 'text', parse: (text) => text };
const list: Kind<readonly string[]> = { expects: 'a list with commas', parse: parseList };
const retentionRules: Kind<readonly RetentionRule[]> = {
  expects: 'at most 16 of RE2=DURATION with commas, such as node_.*=90d,debug_.*=2d',
  parse: parseRetentionRules,
};

const naming: Kind<Naming> = {
  expects: `one of ${[...namings.keys()].join(', ')}`,
  parse: (text) => namings.get(text),
};

interface Setting<T> {
  readonly kind: Kind<T>;
  /** As a user would write it. */
  readonly default: string;
  readonly doc: string;
}

function setting<T>(kind: Kind<T>, defaultText: string, doc: string): Setting<T> {
  return { kind, default: defaultText, doc };
}

export const settings = {
  listen: setting(address, '127.0.0.1:7070', 'Where the UI and all HTTP APIs listen. Port 0 takes a free one.'),
  otlpHttp: setting(address, '127.0.0.1:4318', 'Where OTLP over HTTP listens.'),
  otlpGrpc: setting(address, '127.0.0.1:4317', 'Where OTLP over gRPC listens.'),
  otlpTranslationStrategy: setting(
    naming,
    'UnderscoreEscapingWithSuffixes',
    'How PromQL names metrics that came by OTLP, by the names that Prometheus has for it. docs/metrics.md says more.',
  ),
  otlpPromoteResourceAttributes: setting(
    list,
    '',
    'Attributes of resources that are labels of each of their metrics in PromQL; `*` for all.',
  ),
  otlpIgnoreResourceAttributes: setting(list, '', 'Attributes of resources that are no labels, when all others are.'),
  otlpKeepIdentifyingResourceAttributes: setting(
    flag,
    'false',
    'Give target_info service.name, service.namespace and service.instance.id too, besides job and instance.',
  ),
  otlpPromoteScopeMetadata: setting(
    flag,
    'false',
    'In PromQL, give metrics that came by OTLP labels of their scope, otel_scope_….',
  ),
  scrapeConfig: setting(line, '', 'A prometheus.yml whose targets are scraped; none when empty. SIGHUP has it read again.'),
  scrapeBodyBytes: setting(bytes, '64MiB', 'Largest body of a scraped target after inflation, whatever its body_size_limit.'),
  scrapeCommitWait: setting(
    durationMs,
    '1s',
    'A scrape waits at most this long, and a fourth of its interval, for others to be stored with it.',
  ),
  samplingRules: setting(
    line,
    '',
    'A file that says which share of their traces services keep, in the format of Jaeger’s strategies file. SIGHUP has it read again.',
  ),
  statsd: setting(optionalAddress, '', 'Where StatsD over UDP listens, usually on port 8125; nowhere when empty.'),
  insecureListen: setting(flag, 'false', 'Listen on addresses other than loopback, although there are no accounts yet.'),
  data: setting(line, './sonde-data', 'The data directory of the embedded engine.'),
  allowedOrigins: setting(
    list,
    'http://localhost:*,http://127.0.0.1:*,https://localhost:*',
    'Web pages of other origins that may send and read (CORS); `*` for all.',
  ),
  allowedHosts: setting(
    list,
    '',
    'Names besides localhost and IP addresses that the Host header may have, while Sonde listens on loopback.',
  ),

  engineUrl: setting(line, '', 'URL of a ClickHouse server; empty for the embedded engine.'),
  engineDatabase: setting(line, 'sonde', 'Database on the ClickHouse server.'),
  engineUser: setting(line, 'default', 'User on the ClickHouse server.'),
  enginePassword: setting(line, '', 'Password on the ClickHouse server.'),
  engineCluster: setting(line, '', 'Cluster on the ClickHouse server: tables are made on it, replicated and distributed.'),
  engineMemory: setting(bytes, '700MiB', 'Memory of the embedded engine, all queries, inserts and merges together.'),
  writer: setting(line, '', 'Name of this process among those that write to one store; the host name when empty.'),

  retentionTraces: setting(durationMs, '14d', 'How long traces are kept.'),
  retentionLogs: setting(durationMs, '14d', 'How long logs are kept.'),
  retentionMetrics: setting(durationMs, '30d', 'How long metrics are kept.'),
  retentionMetricsByName: setting(
    retentionRules,
    '',
    'How long metrics are kept whose whole name matches an expression; the first that matches decides. docs/metrics.md says more.',
  ),
  downsampling: setting(flag, 'true', 'Gather samples into buckets of five minutes and an hour, for queries over long ranges.'),
  ingestFuture: setting(durationMs, '1d', 'Rows with a time further in the future than this are refused.'),

  bodyBytes: setting(bytes, '64MiB', 'Largest request body, before and after inflation.'),
  bodyBytesInFlight: setting(bytes, '256MiB', 'All request bodies that are held at a time; over it 429.'),
  remoteWriteSeries: setting(
    bytes,
    '64MiB',
    'Memory in which series of remote write are known by the bytes of their labels, about 250 bytes each.',
  ),
  commitWait: setting(durationMs, '200ms', 'A request waits at most this long for others to be stored with it.'),
  commitBytes: setting(bytes, '32MiB', 'A commit is closed when it holds this much.'),
  commitBytesInFlight: setting(bytes, '160MiB', 'Rows that are decoded but not stored yet; over it 429 or RESOURCE_EXHAUSTED.'),
  commitsInFlight: setting(count, '2', 'Commits that are stored at a time.'),
  commitStall: setting(durationMs, '10s', 'A request that is not stored by then is answered 503 or UNAVAILABLE.'),
  rememberRequests: setting(durationMs, '15m', 'How long a stored request is recognised when it is sent again.'),
  rememberRequestsMax: setting(count, '100000', 'How many stored requests are recognised when they are sent again.'),

  queryTime: setting(durationMs, '30s', 'Longest run of one query.'),
  queryMemory: setting(bytes, '384MiB', 'Largest memory of one query.'),
  queryRowsRead: setting(count, '2000000000', 'Most rows that one query reads.'),
  queryRowsOut: setting(count, '1000000', 'Most rows that one query gives.'),

  querySamples: setting(count, '50000000', 'Most samples that one PromQL query reads and holds.'),
  queryPoints: setting(count, '11000', 'Most points of a series in the answer to a PromQL query over a range.'),
  queryLookback: setting(durationMs, '5m', 'For how long a sample counts as the value of its series in PromQL.'),
  querySubqueryStep: setting(durationMs, '1m', 'The step of PromQL subqueries that name none.'),
  queryCachePoints: setting(count, '1000000', 'Points of answers to PromQL queries that are kept for when they are asked again.'),
  queryConcurrency: setting(count, '20', 'PromQL queries that run at a time; others wait, at most as long as they may run.'),
  queryPromqlTime: setting(durationMs, '2m', 'Longest run of one PromQL query.'),
  promqlExperimental: setting(flag, 'false', 'Take experimental functions and syntax of PromQL.'),
  promqlDelayedNameRemoval: setting(flag, 'false', 'Drop names of metrics at the end of a PromQL query, not in each function.'),
  promqlStartTimestamps: setting(flag, 'false', 'In PromQL, a counter that started within a range started from zero.'),
  promqlPushDown: setting(flag, 'true', 'Let the engine work out the parts of PromQL queries that it can.'),

  statsdFlush: setting(durationMs, '10s', 'How often the sums of StatsD are stored.'),
  statsdExpiry: setting(durationMs, '5m', 'A StatsD series of which nothing is heard for this long ends and is forgotten.'),
  statsdSeries: setting(
    count,
    '100000',
    'StatsD series in memory, tags in another order counted again, with 512 bytes of name and tags each on average.',
  ),
  statsdSetValues: setting(count, '1000000', 'Distinct values of all StatsD sets together, from one flush to the next.'),

  stopGrace: setting(durationMs, '5s', 'How long running requests have to end when Sonde stops.'),
} as const;

export type SettingName = keyof typeof settings;
export type Config = { readonly [S in SettingName]: (typeof settings)[S] extends Setting<infer T> ? T : never };

/** `otlpHttp` as `otlp-http`: the flag without its dashes, and the key in the YAML file. */
export function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `otlpHttp` as `SONDE_OTLP_HTTP`. */
export function variableOf(name: string): string {
  return `SONDE_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}

function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? '')), port };
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(text);
  const unit = byteUnits[(match?.[2] ?? '').toLowerCase()];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

function parseDurationMs(text: string): number | undefined {
  const ns = parseDuration(text);
  return ns === undefined || ns <= 0n ? undefined : Number(ns / 1_000_000n);
}

function parseFlag(text: string): boolean | undefined {
  if (text === 'true' || text === '1' || text === 'yes') return true;
  if (text === 'false' || text === '0' || text === 'no') return false;
  return undefined;
}

function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** status/*, features, notifications, /version, /-/healthy, /-/ready: what answers, and with which settings. */
import type { HttpResponse } from '../../base/http.ts';
import { formatTime } from '../../base/time.ts';
import { formatDuration } from '../../lang/durations.ts';
import { aggregators, signatures } from '../../promql/signatures.ts';
import { renderData, renderFailure } from './envelope.ts';
import type { Reader } from './reader.ts';

/** The Prometheus whose language and API this is: clients decide by it what they may ask. */
const compatibleVersion = '3.14.0';

export function readBuildInfo({ context }: Reader): HttpResponse {
  return renderData(buildInfo(context.version));
}

/** The same, without the envelope. */
export function readVersion({ context }: Reader): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(buildInfo(context.version))}\n`,
  };
}

function buildInfo(version: string): object {
  return {
    version: compatibleVersion,
    revision: `sonde ${version}`,
    branch: 'sonde',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  };
}

/** Fields about Go's runtime are there, as clients expect them, and say nothing. */
export function readRuntimeInfo({ context }: Reader): HttpResponse {
  const { startedNs, directory, hostname, retentionMs } = context.process;
  const started = formatTime(startedNs);
  return renderData({
    startTime: started,
    CWD: directory,
    hostname,
    serverTime: formatTime(context.nowNs()),
    reloadConfigSuccess: true,
    lastConfigTime: started,
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 0,
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: formatDuration(retentionMs),
  });
}

/** Our settings by the names that Prometheus's flags for the same have. */
export function readFlags({ context }: Reader): HttpResponse {
  const { promql, queriesMax, process } = context;
  const features = [
    promql.experimental && 'promql-experimental-functions',
    promql.delayedNameRemoval && 'promql-delayed-name-removal',
    promql.startTimestamps && 'use-start-timestamps',
  ].filter((feature) => feature !== false);
  return renderData({
    'enable-feature': features.join(','),
    'query.lookback-delta': formatDuration(promql.lookbackMs),
    'query.max-concurrency': String(queriesMax),
    'query.max-samples': String(promql.samplesMax),
    'query.timeout': formatDuration(promql.timeoutMs),
    'storage.remote.read-concurrent-limit': '10',
    'storage.remote.read-max-bytes-in-frame': '1048576',
    'storage.tsdb.retention.time': formatDuration(process.retentionMs),
    'web.enable-admin-api': 'false',
    'web.enable-lifecycle': 'false',
    'web.enable-remote-write-receiver': 'true',
  });
}

/** There is no log to replay: Sonde answers when its data is there. */
export function readWalReplay(): HttpResponse {
  return renderData({ min: 0, max: 0, current: 0, state: 'done' });
}

/** Blocks are Prometheus's own; the engine has none. */
export function listBlocks(): HttpResponse {
  return renderData({ blocks: [] });
}

/** What the API and PromQL can do here. */
export function listFeatures({ context }: Reader): HttpResponse {
  const { experimental, delayedNameRemoval } = context.promql;
  const named = (entries: readonly (readonly [string, { readonly experimental: boolean }])[]): Record<string, boolean> =>
    Object.fromEntries(entries.map(([name, entry]) => [name, experimental || !entry.experimental]));
  return renderData({
    api: {
      admin: false,
      exclude_alerts: false,
      label_values_match: true,
      lifecycle: false,
      otlp_write_receiver: false,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: true,
      search: true,
      search_fuzz_alg_jarowinkler: true,
      search_fuzz_alg_subsequence: true,
    },
    promql: {
      anchored: experimental,
      at_modifier: true,
      bool: true,
      by: true,
      delayed_name_removal: delayedNameRemoval,
      duration_expr: true,
      fill: experimental,
      group_left: true,
      group_right: true,
      ignoring: true,
      negative_offset: true,
      offset: true,
      on: true,
      per_query_lookback_delta: true,
      smoothed: experimental,
      subqueries: true,
      without: true,
    },
    promql_functions: named(Object.entries(signatures)),
    promql_operators: named(Object.entries(aggregators)),
  });
}

export function listNotifications(): HttpResponse {
  return renderData([]);
}

/** No content: clients then ask for the list now and again, instead of waiting on a stream. */
export function streamNotifications(): HttpResponse {
  return { status: 204 };
}

export function readHealthy(): HttpResponse {
  return plain('Sonde is healthy.\n');
}

export function readReady(): HttpResponse {
  return plain('Sonde is ready.\n');
}

/** What would delete or copy data by request; as Prometheus answers when it was not started for that. */
export function refuseAdmin(): HttpResponse {
  return renderFailure({ type: 'unavailable', status: 500 }, 'admin APIs disabled');
}

function plain(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

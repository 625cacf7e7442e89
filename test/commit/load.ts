/**
 * A load whose every row can be told apart, for tests of storing under failure: requests as plain data, what they become, and
 * the check that a store holds each of their rows exactly once, with rollups and dictionaries to match.
 */
import { createHash } from 'node:crypto';
import type { OpenCommit, Outcome, Submission } from '../../src/engine/commit.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { rollupSelect } from '../../src/engine/schema.ts';
import { raw } from '../../src/engine/sql.ts';
import { logs } from '../../src/model/logs.ts';
import { samples, series } from '../../src/model/metrics.ts';
import { resources } from '../../src/model/resources.ts';
import { rollups } from '../../src/model/rollups.ts';
import type { RollupSpec } from '../../src/model/rollups.ts';
import { spanEvents, spans } from '../../src/model/spans.ts';
import { appendRow, describeOnce } from './rows.ts';

export interface LoadRequest {
  readonly signal: Submission['signal'];
  /** From 1 to 255: an id of zeros is none. */
  readonly client: number;
  /** Below 2^24; different for each request of a client. */
  readonly sequence: number;
  /** Below 65536. */
  readonly rows: number;
  readonly atMs: number;
}

const dayMs = 86_400_000;

export function toSubmission(request: LoadRequest): Submission {
  const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest().subarray(0, 16);
  return { tenant: 'default', signal: request.signal, protocol: 'test', fingerprint, decode: (open) => decode(open, request) };
}

function decode(open: OpenCommit, request: LoadRequest): Outcome {
  const append = { traces: appendSpan, logs: appendLog, metrics: appendSample }[request.signal];
  for (let row = 0; row < request.rows; row++) append(open, request, row);
  return { accepted: request.rows, rejected: 0, reason: '' };
}

export interface Placed {
  readonly ns: bigint;
  readonly day: number;
}

/** Rows spread over minutes; a few belong to the day before, so that inserts fill several partitions. */
export function placeOf({ atMs }: LoadRequest, row: number): Placed {
  const ms = atMs + (row % 7) * 20_000 - (row % 50 === 49 ? dayMs : 0);
  return { ns: BigInt(ms) * 1_000_000n + BigInt(row), day: Math.floor(ms / dayMs) };
}

/** 8 bytes that are the row's own. */
export function rowId({ client, sequence }: LoadRequest, row: number): string {
  return [client.toString(16).padStart(4, '0'), sequence.toString(16).padStart(8, '0'), row.toString(16).padStart(4, '0')].join(
    '',
  );
}

/** A trace has spans of several requests and services. */
export function traceId({ client, sequence }: LoadRequest, row: number): string {
  return [0xaaaa_aaaa, client, sequence >> 2, row % 16].map((part) => part.toString(16).padStart(8, '0')).join('');
}

/** A whole number that is the row's own. */
export function sampleValue({ client, sequence }: LoadRequest, row: number): number {
  return (client * 2 ** 24 + sequence) * 2 ** 16 + row;
}

function appendSpan(open: OpenCommit, request: LoadRequest, row: number): void {
  const { ns, day } = placeOf(request, row);
  const service = `service-${row % 5}`;
  describeOnce(open, resources, row % 5, { tenant: 'default', day, service });
  const place = { tenant: 'default', service, start_time: ns, trace_id: traceId(request, row), span_id: rowId(request, row) };
  const hasEvent = row % 5 === 0;
  if (hasEvent) appendRow(open, spanEvents, { ...place, time: ns, name: 'exception' });
  appendRow(open, spans, {
    ...place,
    name: `operation-${row % 3}`,
    duration_ns: (row % 97) * 1000 + 1,
    kind: row % 6,
    status: row % 10 === 0 ? 2 : 0,
    extra: hasEvent ? '{"eventCount":1}' : '',
    resource_id: row % 5,
    ...(row % 4 === 0 ? {} : { parent_span_id: rowId(request, row - 1) }),
  });
}

function appendLog(open: OpenCommit, request: LoadRequest, row: number): void {
  const { ns, day } = placeOf(request, row);
  const service = `service-${row % 5}`;
  describeOnce(open, resources, row % 5, { tenant: 'default', day, service });
  appendRow(open, logs, {
    tenant: 'default',
    service,
    time: ns,
    level: row % 10 === 0 ? 'error' : 'info',
    body: `request ${request.sequence} line ${row}`,
    body_type: 's',
    span_id: rowId(request, row),
    resource_id: row % 5,
  });
}

function appendSample(open: OpenCommit, request: LoadRequest, row: number): void {
  const { ns, day } = placeOf(request, row);
  const id = 1 + (row % 200);
  describeOnce(open, series, id, {
    tenant: 'default',
    day,
    metric: 'load',
    metric_id: 7,
    name: 'load',
    type: 'gauge',
    service: 'service-0',
  });
  appendRow(open, samples, { tenant: 'default', metric_id: 7, series_id: id, time: ns, value: sampleValue(request, row) });
}

/** Where a row says which request it is of, per signal. */
const requestOfRow = {
  traces: { table: 'spans', client: bytesOf(1, 2), sequence: bytesOf(3, 4), row: 'span_id' },
  logs: { table: 'logs', client: bytesOf(1, 2), sequence: bytesOf(3, 4), row: 'span_id' },
  metrics: {
    table: 'samples',
    client: `intDiv(toUInt64(value), ${2 ** 40})`,
    sequence: `intDiv(toUInt64(value), ${2 ** 16}) % ${2 ** 24}`,
    row: 'value',
  },
} as const;

function bytesOf(start: number, length: number): string {
  return `reinterpretAsUInt32(reverse(substring(toString(span_id), ${start}, ${length})))`;
}

/** What is wrong with a store that has acknowledged just these requests; empty when nothing is. */
export async function faultsOf(engine: Engine, acknowledged: readonly LoadRequest[]): Promise<string[]> {
  const faults: string[] = [];
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    faults.push(...(await rowFaults(engine, acknowledged, signal)));
  }
  for (const rollup of rollups) faults.push(...(await rollupFaults(engine, rollup)));
  faults.push(...(await countFaults(engine)));
  return faults;
}

async function rowFaults(engine: Engine, acknowledged: readonly LoadRequest[], signal: Submission['signal']): Promise<string[]> {
  const { table, client, sequence, row } = requestOfRow[signal];
  const stored = await engine.adminRows<{ request: string; n: string; distinct: string }>(
    raw(`SELECT concat(toString(${client}), '-', toString(${sequence})) AS request, count() AS n, uniqExact(${row}) AS distinct
      FROM ${table} GROUP BY request`),
  );
  const byRequest = new Map(stored.map((found) => [found.request, found]));
  const faults: string[] = [];
  for (const request of acknowledged) {
    if (request.signal !== signal) continue;
    const name = `${request.client}-${request.sequence}`;
    const { n, distinct } = byRequest.get(name) ?? { n: '0', distinct: '0' };
    byRequest.delete(name);
    if (Number(n) === request.rows && Number(distinct) === request.rows) continue;
    faults.push(
      `${table}: request ${name} has ${n} rows, ${distinct} of them distinct, and was acknowledged with ${request.rows}`,
    );
  }
  for (const { request, n } of byRequest.values())
    faults.push(`${table}: ${n} rows of request ${request}, which was not acknowledged`);
  return faults;
}

/** Rows of a rollup that differ from what the data table gives. */
async function rollupFaults(engine: Engine, rollup: RollupSpec): Promise<string[]> {
  const values = Object.entries(rollup.columns).map(([name, type]) => {
    if (type.includes('Array')) return `arraySort(${name})`;
    return type.startsWith('FixedString') ? `hex(${name})` : name;
  });
  const row = `toString(tuple(${values.join(', ')}))`;
  const differing = await engine.adminRows<{ row: string; kept: string; made: string }>(
    raw(`SELECT row, sum(a) AS kept, sum(b) AS made FROM (
        SELECT ${row} AS row, 1 AS a, 0 AS b FROM ${rollup.name} FINAL SETTINGS do_not_merge_across_partitions_select_final = 1
        UNION ALL SELECT ${row} AS row, 0 AS a, 1 AS b FROM (${rollupSelect(rollup, rollup.source)})
      ) GROUP BY row HAVING kept != made ORDER BY row`),
  );
  return differing.slice(0, 6).map(({ row, kept, made }) => `${rollup.name}: kept ${kept}, made anew ${made}: ${row}`);
}

/** Rows that refer to something that is not there. */
async function countFaults(engine: Engine): Promise<string[]> {
  const counts: Readonly<Record<string, string>> = {
    'spans without their events':
      "SELECT abs(toInt64(sum(JSONExtractUInt(extra, 'eventCount'))) - (SELECT count() FROM span_events)) AS n FROM spans",
    'events that are there twice': 'SELECT count() - uniqExact(span_id) AS n FROM span_events',
    'spans without a resource':
      'SELECT count() AS n FROM spans WHERE (resource_id, toDate(start_time)) NOT IN (SELECT id, day FROM resources)',
    'log records without a resource':
      'SELECT count() AS n FROM logs WHERE (resource_id, toDate(time)) NOT IN (SELECT id, day FROM resources)',
    'samples without a series':
      'SELECT count() AS n FROM samples WHERE (series_id, toDate(time)) NOT IN (SELECT id, day FROM series)',
  };
  const faults: string[] = [];
  for (const [what, query] of Object.entries(counts)) {
    const [row] = await engine.adminRows<{ n: string }>(raw(query));
    if (Number(row?.n) !== 0) faults.push(`${what}: ${row?.n}`);
  }
  return faults;
}

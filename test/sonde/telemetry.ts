/**
 * Telemetry for tests of reads: rows of every table from plain values, stored as a commit would store them. What is not named has
 * a default. Resources, scopes and series are described on the way, once per day, with ids that hold the tenant.
 */
import { createHash } from 'node:crypto';
import type { Engine } from '../../src/engine/engine.ts';
import type { AttributeType } from '../../src/model/attributes.ts';
import { createBatch } from '../../src/model/batch.ts';
import type { Batch } from '../../src/model/batch.ts';
import { AttributesColumn, FixedColumn, LongColumn, StringColumn } from '../../src/model/columns.ts';
import { logs } from '../../src/model/logs.ts';
import type { Level } from '../../src/model/logs.ts';
import { metricIdOf } from '../../src/model/metric-ids.ts';
import { exemplars, histograms, nativeHistograms, samples, series, summaries } from '../../src/model/metrics.ts';
import type { MetricType } from '../../src/model/metrics.ts';
import { resources, scopes } from '../../src/model/resources.ts';
import { spanEvents, spanLinks, spans } from '../../src/model/spans.ts';
import { isListKind } from '../../src/model/table.ts';
import type { TableSpec } from '../../src/model/table.ts';

/** Entries in order with their type letters, or strings, numbers and booleans by key. */
export type TestAttributes =
  | readonly (readonly [key: string, text: string, type: AttributeType])[]
  | Readonly<Record<string, string | number | boolean>>;

export interface Origin {
  readonly service?: string;
  readonly resource?: TestAttributes;
  readonly scopeName?: string;
}

export interface TestSpan extends Origin {
  readonly traceId: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startNs: bigint;
  readonly durationNs?: bigint;
  readonly status?: number;
  readonly statusMessage?: string;
  readonly attributes?: TestAttributes;
  readonly events?: readonly { readonly timeNs: bigint; readonly name: string; readonly attributes?: TestAttributes }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string; readonly attributes?: TestAttributes }[];
}

export interface TestLog extends Origin {
  readonly timeNs: bigint;
  readonly level?: Level;
  readonly body?: string;
  readonly bodyType?: AttributeType;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: TestAttributes;
}

export interface TestSeries extends Origin {
  readonly metric: string;
  readonly type: MetricType;
  readonly unit?: string;
  readonly description?: string;
  readonly temporality?: 'delta' | 'cumulative';
  readonly monotonic?: boolean;
  readonly attributes?: TestAttributes;
}

export interface TestPoint {
  readonly timeNs: bigint;
  readonly startNs?: bigint;
  readonly flags?: number;
  /** Columns of the point's table by their names. */
  readonly [column: string]: bigint | number | string | undefined;
}

export interface TestExemplar {
  readonly pointNs: bigint;
  readonly timeNs: bigint;
  readonly value: number;
  readonly traceId?: string;
  readonly attributes?: TestAttributes;
}

type RowValue = string | number | bigint | TestAttributes | undefined;

const dayNs = 86_400_000_000_000n;
let spanCount = 0;
let storeCount = 0;

/** Collects rows of one tenant; `store` inserts them. */
export class Telemetry {
  readonly #tenant: string;
  readonly #identify: (content: string) => string;
  readonly #batches = new Map<string, Batch>();
  readonly #described = new Set<string>();

  /** `identify`: the part of a content that its id is made of, so that tenants may share ids. */
  constructor(tenant = 'default', identify = (content: string) => `${tenant} ${content}`) {
    this.#tenant = tenant;
    this.#identify = identify;
  }

  span(span: TestSpan): this {
    const { traceId, startNs, events = [], links = [] } = span;
    const spanId = span.spanId ?? (++spanCount).toString(16).padStart(16, '0');
    const { service, ids } = this.#origin(span, startNs);
    const ofSpan = { service, start_time: startNs, trace_id: traceId, span_id: spanId };
    events.forEach(({ timeNs, name, attributes }, position) =>
      this.#append(spanEvents, { ...ofSpan, position, time: timeNs, name, attributes }),
    );
    links.forEach((link, position) =>
      this.#append(spanLinks, {
        ...ofSpan,
        position,
        linked_trace_id: link.traceId,
        linked_span_id: link.spanId,
        attributes: link.attributes,
      }),
    );
    this.#append(spans, {
      ...ofSpan,
      ...ids,
      name: span.name ?? 'work',
      duration_ns: span.durationNs ?? 1_000_000n,
      parent_span_id: span.parentSpanId,
      kind: span.kind ?? 2,
      status: span.status,
      status_message: span.statusMessage,
      attributes: span.attributes,
      extra: JSON.stringify({ eventCount: events.length, linkCount: links.length }),
    });
    return this;
  }

  log(record: TestLog): this {
    const { service, ids } = this.#origin(record, record.timeNs);
    this.#append(logs, {
      service,
      ...ids,
      time: record.timeNs,
      level: record.level ?? 'info',
      body: record.body,
      body_type: record.bodyType ?? 's',
      trace_id: record.traceId,
      span_id: record.spanId,
      attributes: record.attributes,
    });
    return this;
  }

  /** Points of one series, and exemplars on them. */
  series(one: TestSeries, points: readonly TestPoint[], ofPoints: readonly TestExemplar[] = []): this {
    const id = idOf(this.#identify(JSON.stringify(one)));
    const table = tableOf(one.type);
    const metric_id = metricIdOf(one.metric);
    for (const { timeNs, startNs, ...columns } of points) {
      this.#describeSeries(id, one, timeNs);
      this.#append(table, { metric_id, series_id: id, time: timeNs, start_time: startNs, ...columns });
    }
    for (const { pointNs, timeNs, value, traceId, attributes } of ofPoints) {
      this.#append(exemplars, {
        metric_id,
        series_id: id,
        point_time: pointNs,
        time: timeNs,
        value,
        trace_id: traceId,
        attributes,
      });
    }
    return this;
  }

  /** Inserts what was collected, each table's rows as one part, and forgets it. */
  async store(engine: Engine): Promise<void> {
    for (const batch of this.#batches.values()) await engine.insert(batch, `test ${++storeCount} ${batch.table.name}`);
    this.#batches.clear();
  }

  #describeSeries(id: bigint, one: TestSeries, timeNs: bigint): void {
    const { service, ids } = this.#origin(one, timeNs);
    this.#describe(series, id, timeNs, {
      metric: one.metric,
      metric_id: metricIdOf(one.metric),
      name: one.metric,
      labels: one.attributes,
      type: one.type,
      unit: one.unit,
      description: one.description,
      temporality: one.temporality === undefined ? 0 : one.temporality === 'delta' ? 1 : 2,
      monotonic: one.monotonic === true ? 1 : 0,
      service,
      attributes: one.attributes,
      ...ids,
    });
  }

  #origin(
    { service = 'shop', resource = {}, scopeName = 'test' }: Origin,
    timeNs: bigint,
  ): { service: string; ids: { resource_id: bigint; scope_id: bigint } } {
    const attributes = [['service.name', service, 's'] as const, ...entriesOf(resource)];
    const ids = {
      resource_id: idOf(this.#identify(JSON.stringify(attributes))),
      scope_id: idOf(this.#identify(`scope ${scopeName}`)),
    };
    this.#describe(resources, ids.resource_id, timeNs, { service, attributes });
    this.#describe(scopes, ids.scope_id, timeNs, { name: scopeName, version: '1' });
    return { service, ids };
  }

  #describe(table: TableSpec, id: bigint, timeNs: bigint, row: Readonly<Record<string, RowValue>>): void {
    const day = Number(timeNs / dayNs);
    const key = `${table.name} ${id} ${day}`;
    if (this.#described.has(key)) return;
    this.#described.add(key);
    this.#append(table, { id, day, ...row });
  }

  #append(table: TableSpec, row: Readonly<Record<string, RowValue>>): void {
    let batch = this.#batches.get(table.name);
    if (batch === undefined) this.#batches.set(table.name, (batch = createBatch(table)));
    const values = { ...row, tenant: this.#tenant };
    for (const name of Object.keys(values)) if (!(name in table.columns)) throw new Error(`${table.name} has no column ${name}`);
    for (const name of Object.keys(table.columns)) appendValue(batch, name, values[name as keyof typeof values]);
  }
}

function tableOf(type: MetricType): TableSpec {
  switch (type) {
    case 'summary':
      return summaries;
    case 'histogram':
    case 'exponential_histogram':
      return histograms;
    case 'native_histogram':
      return nativeHistograms;
    case 'gauge':
    case 'sum':
    case 'unknown':
    case 'info':
    case 'stateset':
      return samples;
  }
}

function appendValue(batch: Batch, name: string, value: RowValue): void {
  const column = batch.columns[name];
  const kind = batch.table.columns[name]?.kind;
  const plain = typeof value === 'object' ? undefined : value;
  if (column instanceof AttributesColumn) {
    for (const [key, text, type] of entriesOf(typeof value === 'object' ? value : {})) {
      column.keys.writeText(key);
      column.values.writeText(text);
      column.endEntry(type);
    }
    column.endRow();
  } else if (column instanceof StringColumn)
    column.appendText(String(plain ?? (kind !== undefined && isListKind(kind) ? '[]' : '')));
  else if (column instanceof LongColumn) column.appendBig(BigInt(plain ?? 0));
  else if (column instanceof FixedColumn) column.append(viewOf(String(plain ?? '')), plain === undefined ? -1 : 0);
  else column?.append(Number(plain ?? 0));
}

function viewOf(hex: string): DataView {
  const { buffer, byteOffset, byteLength } = Buffer.from(hex, 'hex');
  return new DataView(buffer, byteOffset, byteLength);
}

function entriesOf(attributes: TestAttributes): readonly (readonly [string, string, AttributeType])[] {
  if (isEntries(attributes)) return attributes;
  return Object.entries(attributes).map(([key, value]) => [key, String(value), letterOf(value)] as const);
}

function isEntries(attributes: TestAttributes): attributes is readonly (readonly [string, string, AttributeType])[] {
  return Array.isArray(attributes);
}

function letterOf(value: string | number | boolean): AttributeType {
  if (typeof value === 'string') return 's';
  return typeof value === 'boolean' ? 'b' : Number.isInteger(value) ? 'i' : 'd';
}

function idOf(content: string): bigint {
  return createHash('sha256').update(content).digest().readBigUInt64LE();
}

/** The requests of load.ts as OTLP, so that the same check holds for what came over the wire. */
import { otlpSchema } from '../../src/ingest/otlp/schema.ts';
import { jsonText } from '../otlp/json-text.ts';
import { encode } from '../otlp/wire.ts';
import type { Message } from '../otlp/wire.ts';
import { placeOf, rowId, sampleValue, traceId } from './load.ts';
import type { LoadRequest } from './load.ts';

export interface OtlpRequest {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const serviceCount = 5;

/** Every third request is JSON. */
export function toOtlp(request: LoadRequest): OtlpRequest {
  const { type, message } = { traces: tracesOf, logs: logsOf, metrics: metricsOf }[request.signal](request);
  const path = `/v1/${request.signal}`;
  if (request.sequence % 3 !== 0) {
    return { path, contentType: 'application/x-protobuf', body: encode(otlpSchema, type, message) };
  }
  return { path, contentType: 'application/json', body: Buffer.from(jsonText(otlpSchema, type, message)) };
}

interface Typed {
  readonly type: string;
  readonly message: Message;
}

function tracesOf(request: LoadRequest): Typed {
  const resource_spans = byService(request, (rows) => ({
    scope_spans: [{ scope: { name: 'load' }, spans: rows.map((row) => span(request, row)) }],
  }));
  return { type: 'ExportTraceServiceRequest', message: { resource_spans } };
}

function span(request: LoadRequest, row: number): Message {
  const { ns } = placeOf(request, row);
  return {
    trace_id: Buffer.from(traceId(request, row), 'hex'),
    span_id: Buffer.from(rowId(request, row), 'hex'),
    ...(row % 4 === 0 ? {} : { parent_span_id: Buffer.from(rowId(request, row - 1), 'hex') }),
    name: `operation-${row % 3}`,
    kind: row % 6,
    start_time_unix_nano: ns,
    end_time_unix_nano: ns + BigInt(row % 97) * 1000n,
    attributes: [attribute('http.route', `/orders/${row % 9}`)],
    events: row % 5 === 0 ? [{ time_unix_nano: ns, name: 'exception' }] : [],
    status: { code: row % 10 === 0 ? 2 : 0 },
  };
}

function logsOf(request: LoadRequest): Typed {
  const resource_logs = byService(request, (rows) => ({
    scope_logs: [{ scope: { name: 'load' }, log_records: rows.map((row) => logRecord(request, row)) }],
  }));
  return { type: 'ExportLogsServiceRequest', message: { resource_logs } };
}

function logRecord(request: LoadRequest, row: number): Message {
  return {
    time_unix_nano: placeOf(request, row).ns,
    severity_number: row % 10 === 0 ? 17 : 9,
    body: { string_value: `request ${request.sequence} line ${row}` },
    span_id: Buffer.from(rowId(request, row), 'hex'),
  };
}

function metricsOf(request: LoadRequest): Typed {
  const resource_metrics = byService(request, (rows) => ({
    scope_metrics: [
      { metrics: [{ name: 'load', unit: '1', gauge: { data_points: rows.map((row) => dataPoint(request, row)) } }] },
    ],
  }));
  return { type: 'ExportMetricsServiceRequest', message: { resource_metrics } };
}

function dataPoint(request: LoadRequest, row: number): Message {
  return {
    attributes: [attribute('row', String(row % 40))],
    time_unix_nano: placeOf(request, row).ns,
    as_double: sampleValue(request, row),
  };
}

function byService(request: LoadRequest, contentOf: (rows: readonly number[]) => Message): Message[] {
  return Array.from({ length: Math.min(serviceCount, request.rows) }, (_, service) => {
    const rows = Array.from({ length: request.rows }, (_, row) => row).filter((row) => row % serviceCount === service);
    return { resource: { attributes: [attribute('service.name', `service-${service}`)] }, ...contentOf(rows) };
  });
}

function attribute(key: string, value: string): Message {
  return { key, value: { string_value: value } };
}

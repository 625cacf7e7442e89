/**
 * Log records as lines of JSON, for whoever collects what containers write. One record is one line, whatever its texts
 * hold, with the fields `time` (RFC 3339, UTC, nanoseconds), `severity` (TRACE to FATAL), `message`, `service`, `logger`, `event`,
 * `trace_id`, `span_id`, `trace_flags`, `exception` ({ type, message, stack }) and `attributes`; what a record does not have is left out.
 */
import type { AnyValue } from '@opentelemetry/api-logs';
import type { LogFields, LogLimits } from '../otlp/log.ts';
import { hexOf } from '../trace/ids.ts';
import type { ParentIds } from '../trace/span.ts';
import { nameOfSeverity } from './severity.ts';

export interface LinesOptions {
  readonly service: string;
  readonly limits: LogLimits;
  /** Takes a line without its end. */
  readonly write: (line: string) => void;
}

/** Writes each record as a line. */
export function linePrinter({ service, limits, write }: LinesOptions): (record: LogFields, logger: string) => void {
  const serviceField = field('service', service);
  return (record, logger) => {
    const { attributes, exception } = attributeFields(record.attributes, limits);
    const event = record.eventName === '' ? '' : field('event', record.eventName);
    const head = `{"time":"${timeOf(record.timeMs)}"${severityField(record)}${messageField(record.body)}`;
    write(`${head}${serviceField}${field('logger', logger)}${event}${idFields(record.span)}${exception}${attributes}}`);
  };
}

function field(name: string, value: string): string {
  return `,"${name}":${JSON.stringify(value)}`;
}

function severityField({ severity, severityText }: LogFields): string {
  const name = nameOfSeverity(severity) || severityText;
  return name === '' ? '' : field('severity', name);
}

/** A message is a text: what else a body may be stands in it as JSON. */
function messageField(body: AnyValue): string {
  if (body === undefined || body === null) return '';
  return field('message', typeof body === 'string' ? body : jsonOf(body));
}

function idFields(span: ParentIds | undefined): string {
  if (span === undefined) return '';
  const trace = hexOf(span.trace0) + hexOf(span.trace1) + hexOf(span.trace2) + hexOf(span.trace3);
  const flags = span.isSampled ? '01' : '00';
  return `,"trace_id":"${trace}","span_id":"${hexOf(span.span0)}${hexOf(span.span1)}","trace_flags":"${flags}"`;
}

const exceptionNames: ReadonlyMap<string, string> = new Map([
  ['exception.type', 'type'],
  ['exception.message', 'message'],
  ['exception.stacktrace', 'stack'],
]);

function attributeFields(
  from: LogFields['attributes'],
  { attributesMax, attributeLengthMax }: LogLimits,
): { readonly attributes: string; readonly exception: string } {
  let attributes = '';
  let exception = '';
  let count = 0;
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (value === undefined) continue;
    if (++count > attributesMax) break;
    const shown = typeof value === 'string' && value.length > attributeLengthMax ? value.slice(0, attributeLengthMax) : value;
    const name = exceptionNames.get(key);
    if (name === undefined) attributes += `,${JSON.stringify(key)}:${jsonOf(shown)}`;
    else exception += `,"${name}":${jsonOf(shown)}`;
  }
  return {
    attributes: attributes === '' ? '' : `,"attributes":{${attributes.slice(1)}}`,
    exception: exception === '' ? '' : `,"exception":{${exception.slice(1)}}`,
  };
}

/** Plain data (`plainValue`) as JSON: bytes in base64, and numbers that JSON does not have as texts. */
function jsonOf(value: AnyValue): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  const entries = Object.keys(value).map((key) => `${JSON.stringify(key)}:${jsonOf(value[key])}`);
  return `{${entries.join(',')}}`;
}

/** RFC 3339 with the nanoseconds that OTLP has. */
function timeOf(epochMs: number): string {
  const whole = Math.floor(epochMs);
  const text = new Date(whole).toISOString();
  const nanoseconds = String(Math.min(999_999, Math.round((epochMs - whole) * 1e6))).padStart(6, '0');
  return `${text.slice(0, -1)}${nanoseconds}Z`;
}

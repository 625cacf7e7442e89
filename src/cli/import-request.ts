/**
 * A line of OTLP JSON (OpenTelemetry protocol file exporter specification): one Export…ServiceRequest, told by the list that it holds.
 * What is sent are the bytes of the line: numbers beyond 2^53 and unknown fields stay as they are.
 */

export type Signal = 'traces' | 'logs' | 'metrics';

/** What the signals are made of, as OTLP counts it. */
export const nouns: Readonly<Record<Signal, string>> = { traces: 'span', logs: 'log record', metrics: 'point' };

export type ReadLine =
  | { readonly kind: 'request'; readonly request: LineRequest }
  | { readonly kind: 'empty' }
  | { readonly kind: 'bad'; readonly reason: string; readonly isCut: boolean };

export interface LineRequest {
  readonly signal: Signal;
  /** Spans, log records or points. */
  readonly count: number;
  readonly whole: Buffer;
  /** What is between the brackets of the list, when the request holds nothing else: requests of several lines are made of these. */
  readonly list: Buffer | undefined;
}

type Json = Readonly<Record<string, unknown>>;

interface Shape {
  readonly signal: Signal;
  readonly names: readonly string[];
  readonly scopes: readonly string[];
  readonly records: readonly string[];
}

/** Fields may have the names that they have in the protocol's own language (protobuf, "JSON Mapping"). */
const shapes: readonly Shape[] = [
  { signal: 'traces', names: ['resourceSpans', 'resource_spans'], scopes: ['scopeSpans', 'scope_spans'], records: ['spans'] },
  {
    signal: 'logs',
    names: ['resourceLogs', 'resource_logs'],
    scopes: ['scopeLogs', 'scope_logs'],
    records: ['logRecords', 'log_records'],
  },
  {
    signal: 'metrics',
    names: ['resourceMetrics', 'resource_metrics'],
    scopes: ['scopeMetrics', 'scope_metrics'],
    records: ['metrics'],
  },
];

const data = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'exponential_histogram', 'summary'];
const points = ['dataPoints', 'data_points'];
const snippetLength = 80;

export function readLine(line: Buffer): ReadLine {
  const text = line.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') return { kind: 'empty' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    return { kind: 'bad', reason: `is not JSON: ${printable((thrown as Error).message)}`, isCut: true };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return bad(`is no object, but ${snippetOf(text)}`);
  const shape = shapes.find(({ names }) => names.some((name) => name in json));
  if (shape === undefined) return bad(`has none of ${shapes.map(({ names }) => names[0]).join(', ')}, but ${snippetOf(text)}`);
  const name = shape.names.find((one) => one in json) ?? '';
  const found = (json as Json)[name];
  if (!Array.isArray(found)) return bad(`has ${name}, which is no list`);
  const others = shapes.filter((other) => other !== shape && other.names.some((one) => one in json));
  if (others.length > 0) return bad(`has ${[shape, ...others].map((one) => one.signal).join(' and ')} in one`);
  const isAlone = Object.keys(json).length === 1;
  const request = {
    signal: shape.signal,
    count: countIn(found, shape),
    whole: withoutMark(line),
    list: isAlone ? listIn(line) : undefined,
  };
  return { kind: 'request', request };
}

/** The request that several lines of a signal are together. */
export function requestOf(signal: Signal, lines: readonly LineRequest[]): Buffer {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return first.whole;
  const name = shapes.find((shape) => shape.signal === signal)?.names[0];
  const parts = lines.flatMap(({ list }, i) => [Buffer.from(i === 0 ? `{"${name}":[` : ','), list ?? Buffer.alloc(0)]);
  return Buffer.concat([...parts, Buffer.from(']}')]);
}

const bad = (reason: string): ReadLine => ({ kind: 'bad', reason, isCut: false });

/** A mark of the byte order belongs to a file, not to a request. */
function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef ? line.subarray(3) : line;
}

/** In an object with one key, the list begins with the first bracket and ends with the last. */
function listIn(line: Buffer): Buffer {
  return line.subarray(line.indexOf(0x5b) + 1, line.lastIndexOf(0x5d));
}

function countIn(resources: readonly unknown[], { signal, scopes, records }: Shape): number {
  let count = 0;
  for (const resource of resources) {
    for (const scope of listOf(resource, scopes)) {
      const found = listOf(scope, records);
      count += signal === 'metrics' ? found.reduce<number>((sum, metric) => sum + pointsOf(metric), 0) : found.length;
    }
  }
  return count;
}

function pointsOf(metric: unknown): number {
  if (typeof metric !== 'object' || metric === null) return 0;
  return data.reduce((sum, name) => sum + listOf((metric as Json)[name], points).length, 0);
}

function listOf(value: unknown, names: readonly string[]): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  for (const name of names) {
    const list = (value as Json)[name];
    if (Array.isArray(list)) return list as readonly unknown[];
  }
  return [];
}

function snippetOf(text: string): string {
  return printable(text.length > snippetLength ? `${text.slice(0, snippetLength)}…` : text);
}

/** Files may hold anything: what would move the cursor of a terminal is shown as a blank. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').trim();
}

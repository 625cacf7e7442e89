/**
 * One gRPC call as it is told: its span, its metrics and its log line, the same for both sides. Names are those of the semantic
 * conventions for RPC, 1.39 and later (`rpc.server.call.duration` …); OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup gives the older ones too.
 */
import { ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import type { AnyValueMap, Logger } from '@opentelemetry/api-logs';
import { kit } from '../kit.ts';
import { durationBounds } from '../metric/distribution.ts';
import type { Distribution, DistributionSeries } from '../metric/distribution.ts';
import type { Meters } from '../metric/meters.ts';
import { isTold } from '../log/call-log.ts';
import type { CallLog } from '../log/call-log.ts';
import { isoTime } from '../log/iso-time.ts';
import { RequestContext } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import type { RecordedSpan, Scope } from '../trace/span.ts';

export const grpcScope: Scope = { name: `${kit.name}/grpc`, version: kit.version, schemaUrl: '' };

export type Side = 'server' | 'client';

/** gRPC's status codes by number (grpc/statuscodes.md). */
const codeNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

function codeName(code: number): string {
  return codeNames[code] ?? String(code);
}

/** What is the server's own fault; the rest is the caller's, and no error of the server's span (conventions for gRPC). */
const serverFaults = new Set(['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS']);

/** What a call is known by before it ends. */
export interface RpcStart {
  readonly side: Side;
  /** `package.Service/Method`, or `_OTHER` for one that the server does not know. */
  readonly method: string;
  readonly span: RecordedSpan;
  /** Of whoever is at the other end, as it can be known. */
  readonly peer: string | undefined;
  /** What is known of a server's call besides; undefined for a client's. */
  readonly request: RequestMetadata | undefined;
}

/** Messages and their bytes in one direction. */
export interface Traffic {
  messages: number;
  bytes: number;
}

export class Rpc {
  readonly span: RecordedSpan;
  readonly sent: Traffic = { messages: 0, bytes: 0 };
  readonly received: Traffic = { messages: 0, bytes: 0 };
  readonly #start: RpcStart;
  readonly #telling: RpcTelling;
  #isEnded = false;

  constructor(start: RpcStart, telling: RpcTelling) {
    this.span = start.span;
    this.#start = start;
    this.#telling = telling;
  }

  messageSent(bytes: number): void {
    this.sent.messages++;
    this.sent.bytes += bytes;
  }

  messageReceived(bytes: number): void {
    this.received.messages++;
    this.received.bytes += bytes;
  }

  /** The first end counts: a call that was cancelled may still be answered. */
  end(code: number, details: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { side, method, request } = this.#start;
    if (request?.leavesNoTrace === true) return;
    const { span } = this;
    const name = codeName(code);
    const isError = side === 'client' ? name !== 'OK' : serverFaults.has(name);
    if (span.isSampled) {
      span.setAttribute('rpc.response.status_code', name);
      if (isError) {
        span.setAttribute('error.type', name);
        span.setStatus({ code: SpanStatusCode.ERROR, message: details });
      }
    }
    span.end();
    this.#telling.measure(this, { side, method, code: name, isError });
    this.#telling.log(this, this.#start, { code: name, details, isError });
  }
}

export interface RpcEnd {
  readonly side: Side;
  readonly method: string;
  readonly code: string;
  readonly isError: boolean;
}

/** What a call leaves behind besides its span. */
export interface RpcTelling {
  readonly measure: (rpc: Rpc, end: RpcEnd) => void;
  readonly log: (rpc: Rpc, start: RpcStart, end: { code: string; details: string; isError: boolean }) => void;
}

/** Bounds of sizes in bytes: powers of four from 64 B to 64 MiB. */
const sizeBounds: readonly number[] = Array.from({ length: 11 }, (_, i) => 64 * 4 ** i);
const countBounds: readonly number[] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000];

/** The metrics of one side; each with what it takes from a call that has ended. */
const measures: readonly {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly bounds: readonly number[];
  readonly valueOf: (rpc: Rpc, side: Side) => number;
}[] = [
  {
    name: 'call.duration',
    unit: 's',
    description: 'Duration of calls.',
    bounds: durationBounds,
    valueOf: ({ span }) => (span.endMs - span.startMs) / 1000,
  },
  {
    name: 'request.size',
    unit: 'By',
    description: 'Bytes of all request messages of a call, not compressed.',
    bounds: sizeBounds,
    valueOf: (rpc, side) => (side === 'server' ? rpc.received : rpc.sent).bytes,
  },
  {
    name: 'response.size',
    unit: 'By',
    description: 'Bytes of all response messages of a call, not compressed.',
    bounds: sizeBounds,
    valueOf: (rpc, side) => (side === 'server' ? rpc.sent : rpc.received).bytes,
  },
  {
    name: 'requests_per_rpc',
    unit: '{count}',
    description: 'Request messages of a call.',
    bounds: countBounds,
    valueOf: (rpc, side) => (side === 'server' ? rpc.received : rpc.sent).messages,
  },
  {
    name: 'responses_per_rpc',
    unit: '{count}',
    description: 'Response messages of a call.',
    bounds: countBounds,
    valueOf: (rpc, side) => (side === 'server' ? rpc.sent : rpc.received).messages,
  },
];

const olderDuration = { unit: 'ms', description: 'Duration of calls.', bounds: durationBounds.map((bound) => bound * 1000) };

/** Measures calls under the new names; the older duration too when `withOlder`. */
export function rpcMeasurer(meters: Meters, withOlder: boolean): RpcTelling['measure'] {
  const distributions = (side: Side): readonly Distribution[] =>
    measures.map((spec) => meters.distribution(grpcScope, { ...spec, name: `rpc.${side}.${spec.name}` }));
  const bySide = { server: distributions('server'), client: distributions('client') };
  const older = (side: Side): Distribution => meters.distribution(grpcScope, { ...olderDuration, name: `rpc.${side}.duration` });
  const olderBySide = withOlder ? { server: older('server'), client: older('client') } : undefined;
  const known = new Map<string, readonly DistributionSeries[]>();
  return (rpc, { side, method, code, isError }) => {
    const key = `${side} ${method} ${code}`;
    let series = known.get(key);
    if (series === undefined) {
      const attributes = attributesOf(method, code, isError);
      series = bySide[side].map((distribution) => distribution.series(attributes));
      if (olderBySide !== undefined) series = [...series, olderBySide[side].series(olderAttributes(method, code))];
      known.set(key, series);
    }
    for (let i = 0; i < measures.length; i++) series[i]?.record(measures[i]?.valueOf(rpc, side) ?? 0, rpc.span);
    series[measures.length]?.record(rpc.span.endMs - rpc.span.startMs, rpc.span);
  };
}

function attributesOf(method: string, code: string, isError: boolean): Attributes {
  return {
    'rpc.system.name': 'grpc',
    'rpc.method': method,
    'rpc.response.status_code': code,
    ...(isError && { 'error.type': code }),
  };
}

/** What a span of either side starts with; the two names that the older conventions have beside it, where they are wanted. */
export function describeCall(span: RecordedSpan, method: string, withOlder: boolean): void {
  span.add('rpc.system.name', 'grpc');
  span.add('rpc.method', method);
  if (!withOlder) return;
  const older = olderAttributes(method);
  for (const key of ['rpc.system', 'rpc.service']) span.add(key, older[key]);
}

function olderAttributes(method: string, code?: string): Attributes {
  const slash = method.indexOf('/');
  return {
    'rpc.system': 'grpc',
    'rpc.service': slash === -1 ? method : method.slice(0, slash),
    'rpc.method': method.slice(slash + 1),
    ...(code !== undefined && { 'rpc.grpc.status_code': codeNames.indexOf(code as (typeof codeNames)[number]) }),
  };
}

/** A structured log line for calls that a server has answered, within the call's trace. */
export function rpcLogger(logger: Logger, which: CallLog): RpcTelling['log'] {
  return (rpc, start, { code, details, isError }) => {
    const { method, request } = start;
    const { span } = rpc;
    if (request === undefined || !isTold(which, span.isSampled, code === 'OK') || !logger.enabled()) return;
    const context = new RequestContext(ROOT_CONTEXT, request);
    const [severityNumber, severityText] = severityOf(code, isError);
    logger.emit({
      timestamp: span.endMs,
      severityNumber,
      severityText,
      eventName: 'rpc.server.call',
      body: details === '' || code === 'OK' ? `${method} ${code}` : `${method} ${code}: ${details}`,
      attributes: lineAttributes(rpc, start, code),
      context,
    });
  };
}

/** All keys at once, also of what is not known (undefined is not written): an object that grows costs more than all else of a line. */
function lineAttributes({ span, received, sent }: Rpc, { method, peer }: RpcStart, code: string): AnyValueMap {
  return {
    'rpc.system.name': 'grpc',
    'rpc.method': method,
    'rpc.response.status_code': code,
    'network.peer.address': peer,
    'rpc.start_time': isoTime(span.startMs),
    'rpc.duration_ns': Math.round((span.endMs - span.startMs) * 1e6),
    'rpc.request.messages': received.messages,
    'rpc.request.bytes': received.bytes,
    'rpc.response.messages': sent.messages,
    'rpc.response.bytes': sent.bytes,
  };
}

function severityOf(code: string, isError: boolean): [SeverityNumber, string] {
  if (code === 'OK') return [SeverityNumber.INFO, 'INFO'];
  return isError ? [SeverityNumber.ERROR, 'ERROR'] : [SeverityNumber.WARN, 'WARN'];
}

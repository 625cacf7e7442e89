/**
 * How gRPC calls end: all of one method that end with one code end alike. What is told of each of them is made once: the series that
 * measure them, and attributes of their spans. Names are those of the semantic conventions for RPC, 1.39 and later
 * (`rpc.server.call.duration` …); OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup gives the older ones too.
 */
import type { Attributes } from '@opentelemetry/api';
import type { LineKind } from '../log/logger.ts';
import { durationBounds } from '../metric/distribution.ts';
import type { Distribution, DistributionSeries, DistributionSpec } from '../metric/distribution.ts';
import { sharedAttributes } from '../otlp/span.ts';
import type { RecordedSpan, SharedAttributes, SpanLimits } from '../trace/span.ts';

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

export interface RpcOutcome {
  readonly method: string;
  readonly side: Side;
  /** The name of the status code. */
  readonly code: string;
  readonly isError: boolean;
  /** Those of `measures`, and the older duration where it is wanted. */
  readonly series: readonly DistributionSeries[];
  readonly ofSpans: SharedAttributes;
  /** Of its log lines; made when there is the first. */
  line: LineKind | undefined;
}

const olderDuration = { unit: 'ms', description: 'Duration of calls.', bounds: durationBounds.map((bound) => bound * 1000) };

/** Bounds of sizes in bytes: powers of four from 64 B to 64 MiB. */
const sizeBounds: readonly number[] = Array.from({ length: 11 }, (_, i) => 64 * 4 ** i);
const countBounds: readonly number[] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000];

/** Messages and their bytes in one direction. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** A call that has ended, as it is measured. */
export interface Measured {
  readonly span: RecordedSpan;
  readonly requests: Readonly<Traffic>;
  readonly responses: Readonly<Traffic>;
}

/** The metrics of one side; each with what it takes from a call that has ended. */
const measures: readonly {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly bounds: readonly number[];
  readonly valueOf: (call: Measured) => number;
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
    valueOf: ({ requests }) => requests.bytes,
  },
  {
    name: 'response.size',
    unit: 'By',
    description: 'Bytes of all response messages of a call, not compressed.',
    bounds: sizeBounds,
    valueOf: ({ responses }) => responses.bytes,
  },
  {
    name: 'requests_per_rpc',
    unit: '{count}',
    description: 'Request messages of a call.',
    bounds: countBounds,
    valueOf: ({ requests }) => requests.messages,
  },
  {
    name: 'responses_per_rpc',
    unit: '{count}',
    description: 'Response messages of a call.',
    bounds: countBounds,
    valueOf: ({ responses }) => responses.messages,
  },
];

export interface OutcomesOptions {
  readonly distribution: (spec: DistributionSpec) => Distribution;
  readonly limits: SpanLimits;
  readonly withOlder: boolean;
}

export class Outcomes {
  readonly #options: OutcomesOptions;
  /** The first of a side's metrics are `measures`. */
  readonly #distributions: Readonly<Record<Side, readonly Distribution[]>>;
  readonly #known = { server: new Map<string, Map<number, RpcOutcome>>(), client: new Map<string, Map<number, RpcOutcome>>() };

  constructor(options: OutcomesOptions) {
    this.#options = options;
    const { distribution, withOlder } = options;
    const of = (side: Side): readonly Distribution[] => {
      const current = measures.map((spec) => distribution({ ...spec, name: `rpc.${side}.${spec.name}` }));
      return withOlder ? [...current, distribution({ ...olderDuration, name: `rpc.${side}.duration` })] : current;
    };
    this.#distributions = { server: of('server'), client: of('client') };
  }

  of(side: Side, method: string, code: number): RpcOutcome {
    let byCode = this.#known[side].get(method);
    if (byCode === undefined) {
      byCode = new Map();
      this.#known[side].set(method, byCode);
    }
    let outcome = byCode.get(code);
    if (outcome === undefined) {
      outcome = this.#make(side, method, codeName(code));
      byCode.set(code, outcome);
    }
    return outcome;
  }

  #make(side: Side, method: string, code: string): RpcOutcome {
    const isError = side === 'client' ? code !== 'OK' : serverFaults.has(code);
    const ended = { 'rpc.response.status_code': code, ...(isError && { 'error.type': code }) };
    const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method, ...ended };
    const [older, limits] = [olderAttributes(method, code), this.#options.limits];
    const series = this.#distributions[side].map((each, i) => each.series(i < measures.length ? attributes : older));
    const ofSpans = sharedAttributes(Object.entries(ended).flat(), limits);
    return { method, side, code, isError, series, ofSpans, line: undefined };
  }
}

/** Measures a call that has ended. */
export function measure({ series }: RpcOutcome, call: Measured): void {
  const { span } = call;
  for (let i = 0; i < measures.length; i++) series[i]?.record(measures[i]?.valueOf(call) ?? 0, span);
  series[measures.length]?.record(span.endMs - span.startMs, span);
}

/** What a span of either side starts with, keys and values in turn; with the older names beside it where they are wanted. */
export function callAttributes(method: string, withOlder: boolean): unknown[] {
  const older = olderAttributes(method);
  const current = ['rpc.system.name', 'grpc', 'rpc.method', method];
  return withOlder ? [...current, 'rpc.system', older['rpc.system'], 'rpc.service', older['rpc.service']] : current;
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

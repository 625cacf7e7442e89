/** What a write protocol is: a record with its routes, made from the committer. To add one: a folder, and a line in protocols.ts. */
import type { Counters } from '../base/counters.ts';
import type { Route } from '../base/http.ts';
import type { Committer } from '../engine/commit.ts';
import type { RetentionByName } from '../model/metric-retention.ts';

export interface WriteContext {
  readonly committer: Committer;
  readonly counters: Counters;
  readonly limits: WriteLimits;
  /** How Prometheus names what comes by OTLP; as it does by default when undefined. */
  readonly translation?: PrometheusTranslation | undefined;
  /** Now in Unix nanoseconds; a test sets it. */
  readonly nowNs: () => bigint;
}

/** How metrics of OTLP are named for PromQL: the section `otlp` of Prometheus's configuration. */
export interface PrometheusTranslation {
  /** `escapes`: names are of letters, digits, underscores and colons. `endings`: they end with the unit and the kind. */
  readonly naming: { readonly escapes: boolean; readonly endings: boolean };
  /** Attributes of resources that are labels of each of their series. */
  readonly promotes: { readonly all: boolean; readonly keys: ReadonlySet<string>; readonly butKeys: ReadonlySet<string> };
  /** Whether the name and the instance of a service are labels of `target_info` too, as they were sent. */
  readonly keepsIdentifying: boolean;
  /** Whether scopes are labels, `otel_scope_…`. */
  readonly promotesScope: boolean;
}

export interface WriteLimits {
  /** Rows with a time further in the past than their table keeps are refused: they would be dropped at once. Per signal. */
  readonly retentionMs: Readonly<Record<'traces' | 'logs' | 'metrics', number>>;
  /** Of metrics, where it depends on their names: then it counts instead. */
  readonly metricsByName?: RetentionByName | undefined;
  /** Rows with a time further in the future are refused. */
  readonly futureMs: number;
  /** Largest body after inflation, for routes that undo the encoding themselves. */
  readonly bodyBytesMax: number;
  /** Memory for series that are known by the bytes in which they came. */
  readonly knownSeriesBytesMax: number;
}

/** A unary gRPC method whose messages stay bytes. */
export interface GrpcMethod {
  /** `/opentelemetry.proto.collector.trace.v1.TraceService/Export` */
  readonly path: string;
  readonly handle: (call: GrpcCall) => Promise<Uint8Array>;
}

export interface GrpcCall {
  readonly message: Uint8Array;
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** What a protocol over UDP has to know besides. */
export interface DatagramContext extends WriteContext {
  readonly aggregation: {
    /** Sums are stored this often. */
    readonly flushMs: number;
    /** A series of which nothing is heard for this long is over. */
    readonly expiryMs: number;
    /** Series that are summed at a time. */
    readonly seriesMax: number;
    /** Distinct values that are held between two flushes. */
    readonly setValuesMax: number;
  };
  /** Told of what went wrong, as nobody waits for an answer. */
  readonly onFault: (what: string, thrown: unknown) => void;
}

/** Takes the datagrams of one listener. */
export interface DatagramHandler {
  /** Called once, before the first datagram. */
  start(): void;
  /** Takes a datagram, which it may not keep. What is wrong with it is counted, not thrown. */
  handle(datagram: Uint8Array): void;
  /** Stores what is held. No datagram follows. */
  stop(): Promise<void>;
}

export interface WriteProtocol {
  readonly name: string;
  readonly doc: string;
  readonly routes: (context: WriteContext) => readonly Route[];
  readonly grpc?: (context: WriteContext) => readonly GrpcMethod[];
  /** Present when the protocol is sent over UDP. */
  readonly datagrams?: (context: DatagramContext) => DatagramHandler;
}

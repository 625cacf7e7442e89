/**
 * Sonde's own JSON API, as types that the server and the UI share. All times in answers are decimal strings of Unix
 * nanoseconds, durations too (`…Ns`) unless they are aggregates, which are numbers. `from` and `to` (half-open) are RFC 3339,
 * Unix seconds, milliseconds, microseconds or nanoseconds by magnitude, or `now`, `now-15m`; without them the last hour. Lists end
 * with `next`, a cursor or null: ask again with `cursor` and the same filters. A cursor keeps the range of the first page, and rows
 * that arrive meanwhile shift nothing. `step` is a duration (`30s`); without it at most 120 points, at multiples of round steps.
 * `limit`: 50 at first, up to 1000, unless said otherwise. What can not be read is refused with 400 and its parameter's name.
 */
import type { AttributeValue } from '../../model/attributes.ts';
import type { Level } from '../../model/logs.ts';
import type { MetricType } from '../../model/metrics.ts';

export type { AttributeValue, Level, MetricType };

/** Decimal string of nanoseconds. */
export type Ns = string;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly position?: number };
}

/** Numbers over time: point i covers [startNs + i * stepNs, + stepNs). null where there is nothing to say. */
export interface TimeGrid {
  readonly startNs: Ns;
  readonly stepNs: Ns;
  readonly points: number;
}
export type GridValues = readonly (number | null)[];

/** Rate, errors and latency of the requests that something served. Quantiles in ns; null when there were none. */
export interface Golden {
  readonly requests: number;
  readonly ratePerSecond: number;
  readonly errors: number;
  /** 0 to 1. */
  readonly errorShare: number;
  readonly p50Ns: number | null;
  readonly p95Ns: number | null;
  readonly p99Ns: number | null;
}

export interface GoldenOverTime {
  readonly grid: TimeGrid;
  readonly ratePerSecond: GridValues;
  readonly errorShare: GridValues;
  readonly p50Ns: GridValues;
  readonly p95Ns: GridValues;
  readonly p99Ns: GridValues;
}

/** The last known use of what a service can run out of, 0 to 1 (eventLoop: utilisation); null when its metrics are not sent. */
export interface Saturation {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly eventLoop: number | null;
}

/**
 * GET /api/services?from&to&step — worst first: by error share, then p99. Counts are exact for any range; quantiles are off by less
 * than 9.1 %. Rates of steps that reach beyond the range are of the part within.
 */
export interface ServicesAnswer {
  readonly services: readonly (Golden & {
    readonly name: string;
    readonly overTime: GoldenOverTime;
    readonly saturation: Saturation;
    /** Log records at error or above in the range. */
    readonly errorLogs: number;
    /** True when only logs or metrics came from it. */
    readonly hasSpans: boolean;
  })[];
  readonly next: null;
}

/** GET /api/services/{service}?from&to&step — zeros and nulls when it sent nothing in the range. Operations: worst first, at most 1000. */
export interface ServiceAnswer extends Golden {
  readonly name: string;
  readonly overTime: GoldenOverTime;
  readonly saturation: Saturation;
  readonly saturationOverTime: {
    readonly grid: TimeGrid;
    readonly cpu: GridValues;
    readonly memory: GridValues;
    readonly eventLoop: GridValues;
  };
  readonly operations: readonly (Golden & { readonly name: string; readonly kind: SpanKind; readonly entry: boolean })[];
  /** Resources that sent telemetry on the UTC days of the range: instances and versions, at most 200. */
  readonly resources: readonly { readonly attributes: Attributes }[];
}

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type StatusCode = 'unset' | 'ok' | 'error';

/**
 * GET /api/traces?from&to&service&operation&status&minDuration&maxDuration&attr=key%3Dvalue&sort&limit&cursor
 * `status`: unset, ok, error (some span of the service has it). `sort`: newest (default) or longest. Durations: `10ms`, `1.5s`.
 * `attr` may stand several times; it matches span and resource attributes, as text. The traces that start in the range, of which
 * one span that starts in the range satisfies all of service, operation, status and attr. With a service or an operation a
 * duration is that span's, else the whole trace's. Order: start (or duration), then trace id, both falling.
 */
export interface TracesAnswer {
  readonly traces: readonly TraceSummary[];
  readonly next: string | null;
}

export interface TraceSummary {
  readonly traceId: string;
  /** Empty when the root span has not come. */
  readonly rootService: string;
  readonly rootName: string;
  readonly startNs: Ns;
  readonly durationNs: Ns;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
}

/**
 * GET /api/traces/{traceId} — hex of any case, leading zeros optional; 404 when unknown. Spans by start time, then span id. At most
 * 100,000 spans, events and links each; `truncated` says when there are more.
 */
export interface TraceAnswer {
  readonly traceId: string;
  readonly spans: readonly Span[];
  readonly truncated: boolean;
}

export interface Span {
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNs: Ns;
  readonly durationNs: Ns;
  readonly status: { readonly code: StatusCode; readonly message: string };
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
}

export interface Resource {
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
}

export interface InstrumentationScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
}

export interface SpanEvent {
  readonly timeNs: Ns;
  readonly name: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
}

/**
 * GET /api/logs?from&to&service&level&text&traceId&spanId&attr&limit&cursor — newest first. `level` may stand several times.
 * `text`: the body contains it, without regard to case. With `traceId` and neither from nor to: all of time. `limit`: 100 at first,
 * up to 5000. Records of the same time are in the order of a hash of them.
 */
export interface LogsAnswer {
  readonly logs: readonly LogRecord[];
  readonly next: string | null;
}

export interface LogRecord {
  readonly timeNs: Ns;
  readonly observedTimeNs: Ns;
  readonly service: string;
  readonly level: Level;
  readonly severityNumber: number;
  readonly severityText: string;
  /** As text; numbers, lists and the like as JSON. `bodyValue` has it as the value that it is; null when there is none. */
  readonly body: string;
  readonly bodyValue: AttributeValue;
  readonly eventName: string;
  /** Empty when absent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** GET /api/logs/histogram?(same filters)&step — counts over time by level; levels that do not occur are left out. */
export interface LogsHistogramAnswer {
  readonly grid: TimeGrid;
  readonly levels: Readonly<Partial<Record<Level, readonly number[]>>>;
}

/**
 * GET /api/attributes?signal=traces|logs&from&to&service&limit — attribute keys seen in the range with their commonest values, from a
 * bounded sample of the newest rows: for filter suggestions. Of the rows' resources too. At most 20 values each.
 */
export interface AttributesAnswer {
  readonly attributes: readonly {
    readonly key: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
  }[];
}

/**
 * GET /api/metrics?from&to&service&text&limit&cursor — by name, of the UTC days that the range touches. `text`: the name or the
 * description contains it. `limit`: 1000 at first, up to 10,000.
 */
export interface MetricsAnswer {
  readonly metrics: readonly MetricInfo[];
  readonly next: string | null;
}

export interface MetricInfo {
  readonly name: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly temporality: 'unspecified' | 'delta' | 'cumulative';
  readonly monotonic: boolean;
  readonly seriesCount: number;
  readonly services: readonly string[];
  /** Attribute keys of its series, `service` and resource attributes (`resource.…`) included: what `by` takes. */
  readonly attributeKeys: readonly string[];
  /** When the name is sent as several types: all but `type`, which has most series. The rest of this record is about `type`. */
  readonly otherTypes?: readonly MetricType[];
}

/**
 * GET /api/metrics/{name}?from&to&step&by&fn&service&attr&type&limit — `by` may stand several times. `fn`: for gauges avg (default),
 * min, max, sum, last; for monotonic sums and for delta sums rate (default), increase; for other sums as for gauges; for histograms
 * p50, p90, p95 (default), p99, rate, increase, avg; for summaries and native histograms rate (default), increase, avg; for what is of unknown type all of a gauge and of a counter, by default
 * as its name ends. Over time first (per series), then over
 * series: sum is the sum of each series' mean, last the newest of the group. rate is per second. Steps are whole, also at the ends. `type` picks one of several
 * (`otherTypes`). `limit`: 100 groups at first, up to 1000. 404 when there is no such series on the days of the range.
 */
export interface MetricAnswer {
  readonly metric: MetricInfo;
  readonly fn: string;
  readonly grid: TimeGrid;
  readonly series: readonly { readonly labels: Readonly<Record<string, string>>; readonly values: GridValues }[];
  readonly exemplars: readonly {
    readonly timeNs: Ns;
    readonly value: number;
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
  /** True when there were more series than the limit (the largest are kept). */
  readonly truncated: boolean;
}

/** GET /api/metrics/{name}/points?from&to&service&limit&cursor — the raw points as they were sent, oldest first. `limit`: 100, up to 5000. */
export interface PointsAnswer {
  readonly points: readonly MetricPoint[];
  readonly next: string | null;
}

export interface MetricPoint {
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly temporality: 'unspecified' | 'delta' | 'cumulative';
  readonly monotonic: boolean;
  readonly attributes: Attributes;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly timeNs: Ns;
  readonly startNs: Ns;
  readonly flags: number;
  /** For gauges and sums: integers as decimal strings, doubles as numbers (or `NaN`, `Infinity`, `-Infinity`); null: none sent. */
  readonly value?: { readonly int: string } | { readonly double: number | string } | null;
  readonly count?: string;
  /** Doubles that JSON has no numbers for are `NaN`, `Infinity`, `-Infinity`, here and below. */
  readonly sum?: number | string | null;
  readonly min?: number | string | null;
  readonly max?: number | string | null;
  readonly bounds?: readonly (number | string)[];
  readonly counts?: readonly string[];
  readonly exponential?: {
    readonly scale: number;
    readonly zeroCount: string;
    readonly zeroThreshold: number;
    readonly positive: { readonly offset: number; readonly counts: readonly string[] };
    readonly negative: { readonly offset: number; readonly counts: readonly string[] };
  };
  /** Of Prometheus: `count` and all counts may have fractions. Buckets as the schema has them; `bounds` for schema -53. */
  readonly native?: {
    readonly schema: number;
    readonly resetHint: 'unknown' | 'reset' | 'not_reset' | 'gauge';
    readonly zeroThreshold: number | string;
    readonly zeroCount: number | string;
    readonly positive: { readonly indexes: readonly number[]; readonly counts: readonly (number | string)[] };
    readonly negative: { readonly indexes: readonly number[]; readonly counts: readonly (number | string)[] };
    readonly bounds: readonly (number | string)[];
  };
  readonly quantiles?: readonly { readonly quantile: number | string; readonly value: number | string }[];
  readonly exemplars: readonly {
    readonly timeNs: Ns;
    readonly value: { readonly int: string } | { readonly double: number | string } | null;
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
}

/** GET /api/status */
export interface StatusAnswer {
  readonly version: string;
  readonly engine: 'embedded' | 'remote';
  /** Whether any span, log record or point of this tenant has ever been stored: false shows how to send data. */
  readonly hasData: boolean;
  readonly nowNs: Ns;
}

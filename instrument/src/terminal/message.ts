/** OTLP requests as otlp/json.ts makes objects of them: the parts that are shown. */

export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

export interface SpanMessage {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly EventMessage[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly flags?: number;
}

interface EventMessage {
  readonly timeUnixNano: string;
  readonly name?: string;
  readonly attributes?: readonly KeyValue[];
}

export interface LogMessage {
  readonly timeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly eventName?: string;
}

export interface MetricMessage {
  readonly name?: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints?: readonly NumberPoint[] };
  readonly sum?: { readonly dataPoints?: readonly NumberPoint[] };
  readonly histogram?: { readonly dataPoints?: readonly DistributionPoint[] };
  readonly exponentialHistogram?: { readonly dataPoints?: readonly DistributionPoint[] };
}

export interface NumberPoint {
  readonly asInt?: string;
  readonly asDouble?: number | string;
  readonly attributes?: readonly KeyValue[];
}

export interface DistributionPoint {
  readonly count: string;
  readonly sum?: number | string;
  readonly max?: number | string;
  readonly attributes?: readonly KeyValue[];
}

interface Request {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly SpanMessage[] }[] }[];
  readonly resourceLogs?: readonly { readonly scopeLogs?: readonly { readonly logRecords?: readonly LogMessage[] }[] }[];
  readonly resourceMetrics?: readonly { readonly scopeMetrics?: readonly { readonly metrics?: readonly MetricMessage[] }[] }[];
}

export const spansIn = ({ resourceSpans = [] }: Request): SpanMessage[] =>
  resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));

export const logsIn = ({ resourceLogs = [] }: Request): LogMessage[] =>
  resourceLogs.flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords));

export const metricsIn = ({ resourceMetrics = [] }: Request): MetricMessage[] =>
  resourceMetrics.flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics));

/** The three services of OTLP (opentelemetry-proto 1.11), and what a request of any of them goes through. */
import { createHash } from 'node:crypto';
import { protobufFromJson } from '../../codec/protobuf-json.ts';
import type { MessageType } from '../../codec/protobuf-schema.ts';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import { oldestTimes } from '../../model/metric-retention.ts';
import type { WriteContext } from '../protocol.ts';
import type { DecodeContext } from './context.ts';
import { decodeLogs } from './decode-logs.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { decodeTraces } from './decode-traces.ts';
import { requestTypes } from './schema.ts';

export interface OtlpService {
  readonly signal: 'traces' | 'logs' | 'metrics';
  readonly grpcPath: string;
  /** The count of refused items in the answer's partial_success, in JSON; field 1 on the wire. */
  readonly rejectedName: string;
  readonly requestType: MessageType;
  readonly decode: (body: Uint8Array, open: OpenCommit, context: DecodeContext) => Outcome;
}

export const services: readonly OtlpService[] = [
  {
    signal: 'traces',
    grpcPath: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    rejectedName: 'rejectedSpans',
    requestType: requestTypes.traces,
    decode: decodeTraces,
  },
  {
    signal: 'logs',
    grpcPath: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    rejectedName: 'rejectedLogRecords',
    requestType: requestTypes.logs,
    decode: decodeLogs,
  },
  {
    signal: 'metrics',
    grpcPath: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    rejectedName: 'rejectedDataPoints',
    requestType: requestTypes.metrics,
    decode: decodeMetrics,
  },
];

const nsPerMs = 1_000_000n;
const fingerprintBytes = 16;

export interface ExportRequest {
  readonly tenant: string;
  readonly protocol: 'otlp_http' | 'otlp_grpc';
  readonly encoding: 'protobuf' | 'json';
  readonly body: Uint8Array;
}

/** Stores a request. Rejects as `Committer.submit` does, with `malformed_body` when the body is not of its encoding. */
export function store(service: OtlpService, request: ExportRequest, context: WriteContext): Promise<Outcome> {
  const { tenant, protocol, encoding, body } = request;
  const { signal } = service;
  return context.committer.submit({
    tenant,
    signal,
    protocol,
    fingerprint: fingerprint(tenant, signal, body),
    decode: (open) => {
      const message = encoding === 'json' ? protobufFromJson(service.requestType, body) : body;
      return service.decode(message, open, decodeContext(tenant, signal, context));
    },
  });
}

/** The same for the same request sent again, byte by byte. */
function fingerprint(tenant: string, signal: string, body: Uint8Array): Uint8Array {
  // A tenant's name holds no zero byte, so the parts can not run into each other.
  const hash = createHash('sha256').update(`${tenant}\0${signal}\0`).update(body).digest();
  return hash.subarray(0, fingerprintBytes);
}

function decodeContext(
  tenant: string,
  signal: OtlpService['signal'],
  { limits, nowNs, translation }: WriteContext,
): DecodeContext {
  const now = nowNs();
  return {
    tenant,
    nowNs: now,
    ...oldestTimes(now, limits.retentionMs[signal], signal === 'metrics' ? limits.metricsByName : undefined),
    newestNs: now + BigInt(Math.round(limits.futureMs)) * nsPerMs,
    translation,
  };
}

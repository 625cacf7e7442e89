import type { WriteProtocol } from '../protocol.ts';
import { otlpMethods } from './grpc.ts';
import { otlpRoutes } from './http.ts';

/** OTLP 1.11: traces, logs and metrics over gRPC and HTTP. */
export const otlp: WriteProtocol = {
  name: 'otlp',
  doc: 'OpenTelemetry: traces, logs and metrics over gRPC and HTTP (protobuf and JSON).',
  routes: otlpRoutes,
  grpc: otlpMethods,
};

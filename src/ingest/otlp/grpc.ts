/** OTLP/gRPC. Errors are thrown; the server makes them a gRPC status, with `grpcErrorDetails` of responses.ts. */
import type { GrpcMethod, WriteContext } from '../protocol.ts';
import { exportResponse } from './responses.ts';
import { services, store } from './services.ts';

/** `Export` of the three services. */
export function otlpMethods(context: WriteContext): readonly GrpcMethod[] {
  return services.map((service) => ({
    path: service.grpcPath,
    handle: async ({ message, tenant }) =>
      exportResponse(await store(service, { tenant, protocol: 'otlp_grpc', encoding: 'protobuf', body: message }, context)),
  }));
}

/**
 * The gRPC listener: unary methods whose messages stay bytes, so that a protocol decodes them itself. Errors become a status
 * with google.rpc.Status details (RetryInfo) where the protocol gives them.
 */
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import type { Counters } from '../base/counters.ts';
import { SondeError, toSondeError } from '../base/errors.ts';
import type { GrpcMethod } from '../ingest/protocol.ts';
import type { Log } from './log.ts';
import { tenantHeader, tenantOf } from './tenant.ts';

export interface GrpcOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly methods: readonly GrpcMethod[];
  readonly messageBytesMax: number;
  /** The bytes of `grpc-status-details-bin` for an error, if it has any. */
  readonly errorDetails: (error: SondeError) => Uint8Array | undefined;
  readonly counters: Counters;
  readonly log: Log;
}

export interface GrpcListener {
  readonly address: string;
  close(graceMs: number): Promise<void>;
}

export async function listenGrpc(options: GrpcOptions): Promise<GrpcListener> {
  const server = new Server({
    'grpc.max_receive_message_length': options.messageBytesMax,
    'grpc.max_send_message_length': options.messageBytesMax,
  });
  for (const [service, methods] of byService(options.methods)) {
    const handlers: Record<string, handleUnaryCall<Uint8Array, Uint8Array>> = {};
    for (const method of methods) handlers[method.path] = handlerOf(method, options);
    server.addService(definitionOf(service, methods), handlers);
  }
  const port = await bind(server, options.host, options.port);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { address: `${host}:${port}`, close: (graceMs) => close(server, graceMs) };
}

function byService(methods: readonly GrpcMethod[]): Map<string, GrpcMethod[]> {
  const services = new Map<string, GrpcMethod[]>();
  for (const method of methods) {
    const service = method.path.slice(1, method.path.lastIndexOf('/'));
    services.set(service, [...(services.get(service) ?? []), method]);
  }
  return services;
}

function definitionOf(service: string, methods: readonly GrpcMethod[]): ServiceDefinition {
  const asBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const definition: Record<string, ServiceDefinition[string]> = {};
  for (const { path } of methods) {
    definition[path] = {
      path,
      originalName: path.slice(service.length + 2),
      requestStream: false,
      responseStream: false,
      requestSerialize: asBytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: asBytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    };
  }
  return definition;
}

function handlerOf(method: GrpcMethod, options: GrpcOptions): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, reply) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    void answer(method, call, reply, gone.signal, options);
  };
}

async function answer(
  method: GrpcMethod,
  call: ServerUnaryCall<Uint8Array, Uint8Array>,
  reply: sendUnaryData<Uint8Array>,
  signal: AbortSignal,
  options: GrpcOptions,
): Promise<void> {
  let code = 0;
  try {
    const [header] = call.metadata.get(tenantHeader);
    const tenant = tenantOf(header === undefined ? undefined : String(header));
    reply(null, await method.handle({ message: call.request, tenant, signal }));
  } catch (thrown) {
    const error = toSondeError(thrown);
    if (error.code === 'internal') options.log.error('call failed', error.cause ?? error, { method: method.path });
    code = error.grpcCode;
    const metadata = new Metadata();
    const details = options.errorDetails(error);
    if (details !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(details));
    reply({ code, details: error.message, metadata });
  }
  options.counters.add('sonde_grpc_calls_total', { method: method.path, code: status[code] ?? String(code) }, 1);
}

function bind(server: Server, host: string, port: number): Promise<number> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error, boundPort) => {
      if (error === null) resolve(boundPort);
      else reject(new SondeError('config', `Can not listen on ${target}: ${error.message}.`, { cause: error }));
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cutOff);
      resolve();
    });
  });
}

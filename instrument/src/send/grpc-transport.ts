/**
 * OTLP over gRPC (OTLP specification, "OTLP/gRPC"), by the `@grpc/grpc-js` that the application has: it is loaded only here, and who
 * asks for gRPC without it is told.
 */
import { createRequire } from 'node:module';
import type { Client, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import type { Target } from '../settings.ts';
import { untraced } from '../trace/context.ts';
import { runAtExit } from './at-exit.ts';
import { partWords, partialSuccess } from './partial-success.ts';
import type { Signal } from './signals.ts';
import type { Outcome, Transport } from './transport.ts';

const methods: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** Codes after which a request may be sent again (OTLP specification, "Failures"). */
const retryable = new Set([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS',
  'RESOURCE_EXHAUSTED',
]);

/** Throws when `@grpc/grpc-js` cannot be loaded. */
export function grpcTransport(target: Target, program: string | undefined = process.argv[1]): Transport {
  const module = grpcModule(program);
  const grpc = createRequire(module)(module) as typeof import('@grpc/grpc-js');
  const isPlain = !target.url.startsWith('https:');
  const { ca, key, cert } = target.tls;
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  const credentials = isPlain ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(pem(ca), pem(key), pem(cert));
  const address = target.url.replace(/^\w+:\/\//, '').replace(/\/+$/, '');
  const client = untraced(() => new grpc.Client(address, credentials));
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(target.headers)) metadata.set(name, value);
  return {
    send: (signal, body) =>
      new Promise((resolve) => {
        const options = { deadline: Date.now() + target.timeoutMs };
        untraced(() =>
          unary(client)(methods[signal], asIs, asIs, body, metadata, options, (error, answer = nothing) => {
            if (error === null) resolve({ kind: 'sent', part: partWords(target.url, partialSuccess(answer, '')) });
            else resolve(outcomeOf(target.url, error, grpc.status[error.code] ?? 'UNKNOWN'));
          }),
        );
      }),
    sendAtExit(requests) {
      const frames = requests.map(({ signal, body }) => ({
        method: methods[signal],
        body: Buffer.from(body).toString('base64'),
      }));
      return runAtExit('call-at-exit', { module, address, isPlain, headers: target.headers, tls: target.tls, frames });
    },
    close: () => client.close(),
  };
}

const nothing = new Uint8Array();

type Unary = (
  method: string,
  serialize: (body: Uint8Array) => Buffer,
  deserialize: (body: Buffer) => Uint8Array,
  body: Uint8Array,
  metadata: unknown,
  options: object,
  callback: (error: ServiceError | null, answer?: Uint8Array) => void,
) => ClientUnaryCall;

function unary(client: Client): Unary {
  return client.makeUnaryRequest.bind(client) as unknown as Unary;
}

const asIs = (body: Uint8Array): Buffer => Buffer.from(body.buffer, body.byteOffset, body.byteLength);

function outcomeOf(url: string, { details }: ServiceError, code: string): Outcome {
  const why = `${url} answered ${code}: ${details}`;
  return retryable.has(code) ? { kind: 'later', why } : { kind: 'refused', why };
}

/** The file of the application's own, or of the one beside the kit. */
function grpcModule(program: string | undefined): string {
  for (const from of [program, import.meta.url]) {
    if (from === undefined) continue;
    try {
      return createRequire(from).resolve('@grpc/grpc-js');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw thrown;
    }
  }
  throw new Error('OTLP over gRPC needs the package @grpc/grpc-js: install it, or use http/protobuf');
}

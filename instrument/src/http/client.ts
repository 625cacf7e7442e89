/** Requests that the service makes over `node:http`, `node:https` and `fetch`: by OpenTelemetry's instrumentations. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { context } from '@opentelemetry/api';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';

export interface HttpClientOptions {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}

/** Watches all clients of the process; returns what ends that. */
export function watchHttpClients({ tracerProvider, meterProvider }: HttpClientOptions): () => void {
  // The kit's own requests are neither traced nor measured.
  const isOwn = (): boolean => isTracingSuppressed(context.active());
  const instrumentations = [
    new HttpInstrumentation({ disableIncomingRequestInstrumentation: true, ignoreOutgoingRequestHook: isOwn }),
    new UndiciInstrumentation({ ignoreRequestHook: isOwn }),
  ];
  for (const each of instrumentations) {
    each.setTracerProvider(tracerProvider);
    each.setMeterProvider(meterProvider);
  }
  // What is built in is patched as it is required, and then shown to those who import it.
  const require = createRequire(import.meta.url);
  for (const name of ['http', 'https']) require(name);
  syncBuiltinESMExports();
  return () => {
    for (const each of instrumentations) each.disable();
    syncBuiltinESMExports();
  };
}

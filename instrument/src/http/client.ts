/** Requests that the service makes over `node:http`, `node:https` and `fetch`: by OpenTelemetry's instrumentations. */
import type { ClientRequest } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { context } from '@opentelemetry/api';
import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { UndiciRequest } from '@opentelemetry/instrumentation-undici';
import { requestId } from '../request.ts';
import { redacted, secretParameters } from './redact.ts';
import { requestIdHeader } from '../trace/request.ts';

export interface HttpClientOptions {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}

/** Watches all clients of the process; returns what ends that. */
export function watchHttpClients({ tracerProvider, meterProvider }: HttpClientOptions): () => void {
  // The kit's own requests are neither traced nor measured.
  const isOwn = (): boolean => isTracingSuppressed(context.active());
  const instrumentations = [
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      ignoreOutgoingRequestHook: isOwn,
      requestHook: (_, request) => passRequestIdOn(request as ClientRequest),
      redactedQueryParams: [...secretParameters],
    }),
    new UndiciInstrumentation({
      ignoreRequestHook: isOwn,
      requestHook: (_, request) => passRequestIdOnByFetch(request),
      startSpanHook: urlOfFetch,
    }),
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

function passRequestIdOn(request: ClientRequest): void {
  const id = requestId();
  if (id !== undefined && !request.headersSent && !request.hasHeader(requestIdHeader)) request.setHeader(requestIdHeader, id);
}

/** The headers of undici's requests: a list of names and values, one by one, or lines of text in its older versions. */
function passRequestIdOnByFetch(request: UndiciRequest): void {
  const id = requestId();
  const { headers } = request;
  const isThere = Array.isArray(headers)
    ? headers.some((name, i) => i % 2 === 0 && String(name).toLowerCase() === requestIdHeader)
    : headers.toLowerCase().includes(`${requestIdHeader}:`);
  if (id !== undefined && !isThere) request.addHeader?.(requestIdHeader, id);
}

/** What the instrumentation of `fetch` would tell as it is. */
function urlOfFetch({ origin, path }: UndiciRequest): Attributes {
  const query = path.indexOf('?');
  if (query === -1 || !URL.canParse(path, origin)) return {};
  return { 'url.full': redacted(new URL(path, origin).href), 'url.query': redacted(path.slice(query + 1)) };
}

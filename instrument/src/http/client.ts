/** Requests that the service makes over `node:http`, `node:https`, `fetch` and undici: by OpenTelemetry's instrumentations. */
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
import { applyPatches, unhooked } from '../modules/instrumentations.ts';

export interface HttpClientOptions {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}

/** The kit's own requests are neither traced nor measured. */
const isOwn = (): boolean => isTracingSuppressed(context.active());

/** Watches all clients of `node:http` and `node:https`; returns what ends that. */
export function watchHttpClients({ tracerProvider, meterProvider }: HttpClientOptions): () => void {
  const instrumentation = unhooked(
    () =>
      new HttpInstrumentation({
        enabled: false,
        disableIncomingRequestInstrumentation: true,
        ignoreOutgoingRequestHook: isOwn,
        requestHook: (_, request) => passRequestIdOn(request as ClientRequest),
        redactedQueryParams: [...secretParameters],
      }),
  );
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setMeterProvider(meterProvider);
  const patches = instrumentation.getModuleDefinitions();
  const require = createRequire(import.meta.url);
  const undo: (() => void)[] = [];
  for (const { name } of patches) {
    applyPatches(patches, require(name), { name, version: process.versions.node, path: '', isMain: true }, undo);
  }
  // What is built in is changed for all who require it, and then shown to those who import it.
  syncBuiltinESMExports();
  return () => {
    for (const end of undo) end();
    syncBuiltinESMExports();
  };
}

/** Watches `fetch`, and undici from npm: both tell of their requests themselves. Returns what ends that. */
export function watchFetch({ tracerProvider, meterProvider }: HttpClientOptions): () => void {
  const instrumentation = unhooked(
    () =>
      new UndiciInstrumentation({
        ignoreRequestHook: isOwn,
        requestHook: (_, request) => passRequestIdOnByFetch(request),
        startSpanHook: urlOfFetch,
      }),
  );
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setMeterProvider(meterProvider);
  return () => instrumentation.disable();
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

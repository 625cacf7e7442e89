/**
 * The route of a request, such as `/beasts/:name`, and what its handler threw, as its framework knows them: fastify 5 tells both,
 * express leaves the route on the request. Instrumentations of OpenTelemetry for other frameworks set it on the metadata of the request themselves.
 */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { getRPCMetadata } from '@opentelemetry/core';
import { activeContext } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';

const fastifyHandler = 'tracing:fastify.request.handler:start';
const fastifyError = 'tracing:fastify.request.handler:error';

/** Watches frameworks that tell; returns what ends that. */
export function watchRoutes(): () => void {
  const onHandler = (message: unknown): void => {
    const metadata = getRPCMetadata(activeContext());
    const url = (message as { readonly route?: { readonly url?: string } }).route?.url;
    if (metadata !== undefined && url !== undefined) metadata.route = url;
  };
  const onError = (message: unknown): void => {
    const metadata = getRPCMetadata(activeContext()) as RequestMetadata | undefined;
    if (metadata !== undefined) metadata.error = (message as { readonly error?: unknown }).error;
  };
  diagnostics.subscribe(fastifyHandler, onHandler);
  diagnostics.subscribe(fastifyError, onError);
  return () => {
    diagnostics.unsubscribe(fastifyHandler, onHandler);
    diagnostics.unsubscribe(fastifyError, onError);
  };
}

/** The route that express matched, below where its router was mounted; undefined for requests of others. */
export function expressRoute(request: IncomingMessage): string | undefined {
  const { route, baseUrl } = request as { readonly route?: { readonly path?: unknown }; readonly baseUrl?: unknown };
  if (typeof route !== 'object' || route === null || typeof route.path !== 'string') return undefined;
  return (typeof baseUrl === 'string' ? baseUrl : '') + route.path;
}

/**
 * The route of a request, such as `/beasts/:name`, and what its handler threw, as its framework knows them: fastify tells of each new
 * application, whose handlers then say which route they are of; express leaves the route on the request. Instrumentations of
 * OpenTelemetry for other frameworks set it on the metadata of the request themselves.
 *
 * Fastify's own channel for requests is left alone: who listens to it has fastify put a property more on each reply, which costs a small
 * service a tenth of its throughput.
 */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { activeContext } from '../trace/context.ts';
import { requestMetadataOf } from '../trace/request.ts';

/** Told with each new application, before it has routes (fastify 4 and 5). */
const fastifyApplication = 'fastify.initialization';

type Handler = (this: unknown, request: unknown, reply: unknown) => unknown;

/** The part of fastify's application that is used. */
interface Fastify {
  addHook(name: 'onRoute', hook: (route: { url: string; handler: Handler }) => void): void;
  addHook(name: 'onError', hook: (request: unknown, reply: unknown, error: unknown, done: () => void) => void): void;
}

/** Watches frameworks that tell; returns what ends that. */
export function watchRoutes(): () => void {
  const onApplication = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: Fastify };
    fastify.addHook('onRoute', (route) => {
      route.handler = noting(route.url, route.handler);
    });
    fastify.addHook('onError', (_request, _reply, error, done) => {
      const metadata = requestMetadataOf(activeContext());
      if (metadata !== undefined) metadata.error = error;
      done();
    });
  };
  diagnostics.subscribe(fastifyApplication, onApplication);
  return () => void diagnostics.unsubscribe(fastifyApplication, onApplication);
}

/** A handler that says which route it is of. */
function noting(url: string, handler: Handler): Handler {
  return function notingRoute(request, reply) {
    const metadata = requestMetadataOf(activeContext());
    if (metadata !== undefined) metadata.route = url;
    return handler.call(this, request, reply);
  };
}

/** The route that express matched, below where its router was mounted; undefined for requests of others. */
export function expressRoute(request: IncomingMessage): string | undefined {
  const { route, baseUrl } = request as { readonly route?: { readonly path?: unknown }; readonly baseUrl?: unknown };
  if (typeof route !== 'object' || route === null || typeof route.path !== 'string') return undefined;
  return (typeof baseUrl === 'string' ? baseUrl : '') + route.path;
}

/** All that the kit watches in a process, by the settings. */
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { watchDatabases } from './database/watch.ts';
import { grpcScope } from './grpc/rpc.ts';
import { watchGrpc } from './grpc/watch.ts';
import { watchHealth } from './health/watch-health.ts';
import type { About } from './health/shapes.ts';
import { httpLogger } from './http/call-line.ts';
import { watchFetch, watchHttpClients } from './http/client.ts';
import { watchRoutes } from './http/routes.ts';
import { httpServerDuration, httpServerScope, watchHttpServers } from './http/server.ts';
import { kit } from './kit.ts';
import { watchUncaught } from './log/exceptions.ts';
import type { Logging } from './log/logging.ts';
import type { Meters } from './metric/meters.ts';
import { watchOwn } from './metric/own.ts';
import { watchRuntime } from './metric/runtime.ts';
import { watchProfileSignal } from './profile/watch-profiles.ts';
import type { Settings } from './settings.ts';
import type { Telemetry } from './telemetry.ts';
import type { Extract } from './trace/extract.ts';
import type { Tracing } from './trace/tracer.ts';

export interface Recording {
  readonly telemetry: Telemetry;
  readonly tracing: Tracing;
  readonly extract: Extract;
  readonly meters: Meters;
  readonly providers: { readonly tracerProvider: TracerProvider; readonly meterProvider: MeterProvider };
  readonly logging: Logging;
  readonly warn: (message: string) => void;
}

export interface Watching {
  /** In words, for people. */
  readonly names: readonly string[];
  readonly stop: () => void;
}

/** Watches what the settings say. */
export function watch(settings: Settings, recording: Recording): Watching {
  const { watched } = settings;
  const { telemetry, tracing, meters, providers, logging, warn } = recording;
  const all: readonly [name: string, isWatched: boolean, begin: () => () => void][] = [
    ['HTTP servers', watched.has('http'), () => watchServers(settings, recording)],
    ['routes', watched.has('http'), watchRoutes],
    ['HTTP clients', watched.has('http'), () => watchHttpClients(providers)],
    ['fetch', watched.has('undici'), () => watchFetch(providers)],
    ['gRPC', watched.has('grpc'), () => watchCalls(settings, recording)],
    ['databases', true, () => watchDatabases({ tracing, meters, watched, warn })],
    ['logs', true, logging.watch],
    ['runtime', watched.has('runtime-node'), () => watchRuntime(meters.provider)],
    ['its own requests', true, () => watchOwn(meters.provider, telemetry)],
    ['uncaught exceptions', true, watchUncaught],
    ['health', isHealthTold(settings, telemetry), () => watchHealth({ ...settings.health, about: aboutOf(telemetry), warn })],
    ['profiles by a signal', settings.profile !== undefined, () => watchProfiles(settings, recording)],
  ];
  const begun = all.filter(([, isWatched]) => isWatched).map(([name, , begin]) => ({ name, end: begin() }));
  return {
    names: begun.map(({ name }) => name),
    stop: () => {
      for (const { end } of begun) end();
    },
  };
}

function watchServers({ ignoredPaths, callLog }: Settings, { tracing, extract, meters, logging }: Recording): () => void {
  return watchHttpServers({
    tracing,
    extract,
    duration: meters.distribution(httpServerScope, httpServerDuration),
    isIgnored: ignores(ignoredPaths),
    log: httpLogger(logging.loggers.getLogger(httpServerScope.name, kit.version), callLog),
  });
}

function watchCalls({ callLog, names }: Settings, { tracing, extract, meters, logging }: Recording): () => void {
  return watchGrpc({ tracing, extract, meters, logger: logging.loggers.getLogger(grpcScope.name, kit.version), callLog, names });
}

function watchProfiles({ profile }: Settings, { telemetry, logging, warn }: Recording): () => void {
  if (profile === undefined) return () => undefined;
  return watchProfileSignal({
    settings: profile,
    service: String(telemetry.resource.attributes['service.name']),
    logger: logging.loggers.getLogger(`${kit.name}/profile`, kit.version),
    tell: warn,
  });
}

/** There is nothing to do where neither a port nor telemetry tells of it. */
function isHealthTold({ health }: Settings, telemetry: Telemetry): boolean {
  return health.port !== undefined || telemetry.takes('metrics') || telemetry.takes('logs');
}

/** The service as its health names it. */
function aboutOf({ resource }: Telemetry): About {
  const { 'service.name': serviceId, 'service.version': releaseId } = resource.attributes;
  return { ...(typeof serviceId === 'string' && { serviceId }), ...(typeof releaseId === 'string' && { releaseId }) };
}

/** Whether a path is one of these, or below one that ends with `/*`. */
function ignores(paths: readonly string[]): (path: string) => boolean {
  if (paths.length === 0) return () => false;
  const exact = new Set(paths.filter((path) => !path.endsWith('/*')));
  const below = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  return (path) => exact.has(path) || below.some((start) => path.startsWith(start));
}

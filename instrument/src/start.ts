/** Starts the kit in this process. */
import { createRequire } from 'node:module';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Resource } from '@opentelemetry/resources';
import { watchExit } from './exit.ts';
import { httpLogger } from './http/call-line.ts';
import { watchRoutes } from './http/routes.ts';
import { httpServerDuration, httpServerScope, watchHttpServers } from './http/server.ts';
import { grpcScope } from './grpc/rpc.ts';
import { watchGrpc } from './grpc/watch.ts';
import { watchHttpClients } from './http/client.ts';
import { watchHealth } from './health/watch-health.ts';
import type { About } from './health/shapes.ts';
import { running, setRunning } from './instrument.ts';
import type { Instrument } from './instrument.ts';
import { kit } from './kit.ts';
import { watchUncaught } from './log/exceptions.ts';
import { loggerProvider } from './log/logger.ts';
import { Meters } from './metric/meters.ts';
import { watchOwn } from './metric/own.ts';
import { watchRuntime } from './metric/runtime.ts';
import { readResource } from './resource.ts';
import { otlpJson, otlpMessage } from './otlp/json.ts';
import type { Exporter } from './send/exporter.ts';
import { otlpExporter } from './send/otlp-exporter.ts';
import { makeTransports } from './send/transports.ts';
import { readSettings } from './settings.ts';
import type { Settings, StartOptions } from './settings.ts';
import { Telemetry } from './telemetry.ts';
import type { Terminal } from './terminal/terminal-exporter.ts';
import { ActiveContexts } from './trace/context.ts';
import { makePropagation } from './trace/propagation.ts';
import { tracerProvider } from './trace/tracer.ts';

/**
 * Starts recording and sending, and gives what ends that; what runs already when it was started before. Undefined when it is switched
 * off (OTEL_SDK_DISABLED), or cannot start: that is told on stderr and never thrown, as telemetry must not keep a service from
 * starting.
 */
export function start(options: StartOptions = {}): Instrument | undefined {
  const before = running();
  if (before !== undefined) return before;
  try {
    const settings = readSettings(options);
    for (const problem of settings.problems) warn(problem);
    if (settings.disabled) return undefined;
    const instrument = startWith(settings);
    setRunning(instrument);
    return instrument;
  } catch (thrown) {
    warn(`cannot start: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return undefined;
  }
}

function warn(message: string): void {
  process.stderr.write(`${kit.name}: ${message}\n`);
}

/** The same words are told once, until others are. */
function warnOnce(tell: (message: string) => void): (message: string) => void {
  let last = '';
  return (message) => {
    if (message !== last) tell(message);
    last = message;
  };
}

function startWith(settings: Settings): Instrument {
  const resource = readResource(settings.serviceName);
  const service = String(resource.attributes['service.name']);
  const terminal = terminalFor(settings);
  const exporters = exportersFor(settings, service, terminal);
  const telemetry = new Telemetry({ resource, limits: settings.limits, exporters, warn });
  const meters = new Meters({
    telemetry,
    resource,
    intervalMs: settings.metricsIntervalMs,
    temporality: settings.temporality,
  });
  const tracing = { sampler: settings.sampler, sink: telemetry };
  const tracers = tracerProvider(tracing);
  context.setGlobalContextManager(new ActiveContexts());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters.provider);
  const loggers = loggerProvider(telemetry, settings.logLimits);
  logs.setGlobalLoggerProvider(loggers);
  const { propagator, extract } = makePropagation(settings.propagators, warn);
  propagation.setGlobalPropagator(propagator);
  const flush = async (timeoutMs = flushTimeoutMs): Promise<boolean> => {
    await meters.collect();
    return telemetry.flush(timeoutMs);
  };
  const { callLog, names, sampler } = settings;
  const stopSampler = sampler.start?.(service, warnOnce(warn));
  const watching = {
    'HTTP servers': watchHttpServers({
      tracing,
      extract,
      duration: meters.distribution(httpServerScope, httpServerDuration),
      isIgnored: ignores(settings.ignoredPaths),
      log: httpLogger(loggers.getLogger(httpServerScope.name, kit.version), callLog),
    }),
    routes: watchRoutes(),
    gRPC: watchGrpc({ tracing, extract, meters, logger: loggers.getLogger(grpcScope.name, kit.version), callLog, names }),
    'HTTP clients': watchHttpClients({ tracerProvider: tracers, meterProvider: meters.provider }),
    runtime: watchRuntime(meters.provider),
    'its own requests': watchOwn(meters.provider, telemetry),
    'uncaught exceptions': watchUncaught(),
    health: watchHealthFor(settings, { telemetry, resource }),
    'the end of the process': watchExit({
      flush,
      flushAtExit: (isFlushed) => {
        if (!isFlushed) meters.collectAtExit();
        telemetry.flushAtExit();
      },
    }),
  };
  terminal?.tellStart({ settings, kit: `${kit.name} ${kit.version}`, service, watched: Object.keys(watching) });
  return {
    telemetry,
    meters,
    flush,
    stop: async () => {
      for (const end of Object.values(watching)) end();
      stopSampler?.();
      meters.stop();
      await flush();
      for (const api of [context, trace, metrics, propagation, logs]) api.disable();
      telemetry.close();
      setRunning(undefined);
    },
  };
}

const flushTimeoutMs = 5000;

/** Code that most processes do without lies in a file of its own beside this one. */
function loaded(name: 'files' | 'terminal'): unknown {
  return createRequire(import.meta.url)(`./${name}.js`);
}

function terminalFor({ shown, debug }: Settings): Terminal | undefined {
  if (shown.length === 0) return undefined;
  const { makeTerminal } = loaded('terminal') as typeof import('./terminal/terminal-exporter.ts');
  return makeTerminal({ stream: process.stderr, shown, isTalking: debug, toMessage: otlpMessage });
}

/** Sending comes last, as it may take its time when the process exits. */
function exportersFor(settings: Settings, service: string, terminal: Terminal | undefined): Exporter[] {
  const { files, tracesDelayMs, logsDelayMs, queueBytesMax } = settings;
  const exporters: Exporter[] = [];
  if (files !== undefined) {
    const { fileExporter } = loaded('files') as typeof import('./file/file-exporter.ts');
    exporters.push(fileExporter({ settings: files, service, toJson: otlpJson, warn }));
  }
  if (terminal !== undefined) exporters.push(terminal.exporter);
  const transports = makeTransports(settings.targets, warn, terminal?.watched);
  exporters.push(otlpExporter({ transports, delaysMs: { traces: tracesDelayMs, logs: logsDelayMs }, queueBytesMax, warn }));
  return exporters;
}

/** Nothing to do where neither a port nor telemetry tells of it. */
function watchHealthFor({ health }: Settings, { telemetry, resource }: { telemetry: Telemetry; resource: Resource }): () => void {
  if (health.port === undefined && !telemetry.takes('metrics') && !telemetry.takes('logs')) return () => undefined;
  return watchHealth({ ...health, about: aboutOf(resource), warn });
}

/** The service as its health names it. */
function aboutOf({ attributes }: Resource): About {
  const { 'service.name': serviceId, 'service.version': releaseId } = attributes;
  return { ...(typeof serviceId === 'string' && { serviceId }), ...(typeof releaseId === 'string' && { releaseId }) };
}

/** Whether a path is one of these, or below one that ends with `/*`. */
function ignores(paths: readonly string[]): (path: string) => boolean {
  if (paths.length === 0) return () => false;
  const exact = new Set(paths.filter((path) => !path.endsWith('/*')));
  const below = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  return (path) => exact.has(path) || below.some((start) => path.startsWith(start));
}

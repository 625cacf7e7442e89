/** Starts the kit in this process. */
import './tick-shape.ts';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { watchExit } from './exit.ts';
import { exportersFor, terminalFor } from './exporters.ts';
import { running, setRunning } from './instrument.ts';
import type { Instrument } from './instrument.ts';
import { kit, warn } from './kit.ts';
import { makeLogging } from './log/logging.ts';
import { Meters } from './metric/meters.ts';
import { readResource } from './resource.ts';
import { readSettings } from './settings.ts';
import type { Settings, StartOptions } from './settings.ts';
import { Telemetry } from './telemetry.ts';
import { ActiveContexts } from './trace/context.ts';
import { makePropagation } from './trace/propagation.ts';
import { tracerProvider } from './trace/tracer.ts';
import { watch } from './watch.ts';

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
  const exporters = exportersFor(settings, { service, terminal, warn });
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
  const logging = makeLogging({ telemetry, settings, warn });
  const { loggers } = logging;
  logs.setGlobalLoggerProvider(loggers);
  const { propagator, extract } = makePropagation(settings.propagators, warn);
  propagation.setGlobalPropagator(propagator);
  const flush = async (timeoutMs = flushTimeoutMs): Promise<boolean> => {
    await meters.collect();
    return telemetry.flush(timeoutMs);
  };
  const providers = { tracerProvider: tracers, meterProvider: meters.provider };
  const stopSampler = settings.sampler.start?.(service, warnOnce(warn));
  const watching = watch(settings, { telemetry, tracing, extract, meters, providers, logging, warn });
  const flushAll = (timeoutMs?: number): Promise<boolean> => {
    logging.stdout?.drain();
    return flush(timeoutMs);
  };
  const stopExit = watchExit({
    flush: flushAll,
    flushAtExit: (isFlushed) => {
      logging.stdout?.end();
      if (!isFlushed) meters.collectAtExit();
      telemetry.flushAtExit();
    },
  });
  terminal?.tellStart({ settings, kit: `${kit.name} ${kit.version}`, service, watched: watching.names });
  return {
    telemetry,
    meters,
    loggers,
    flush,
    stop: async () => {
      watching.stop();
      stopExit();
      stopSampler?.();
      meters.stop();
      await flushAll();
      for (const api of [context, trace, metrics, propagation, logs]) api.disable();
      telemetry.close();
      setRunning(undefined);
    },
  };
}

const flushTimeoutMs = 5000;

/**
 * What the kit does, from options, then OTEL_* (OpenTelemetry specification, "Environment Variable Specification" and "OTLP Exporter
 * Configuration") and SONDE_* variables, then defaults. The one place that reads the environment. A value that makes no sense is
 * told and the default taken: telemetry must not keep a service from starting.
 */
import { resolve } from 'node:path';
import { callLogs } from './log/call-log.ts';
import type { CallLog } from './log/call-log.ts';
import { logSettings } from './log/log-settings.ts';
import type { LogOptions, LogSettings } from './log/log-settings.ts';
import type { Temporality } from './metric/meters.ts';
import type { LogLimits } from './otlp/log.ts';
import { profileSettings } from './profile/profile-settings.ts';
import type { ProfileSettings } from './profile/profile-settings.ts';
import { remoteSampler } from './trace/remote-sampler.ts';
import { limitsAtFirst } from './trace/span.ts';
import type { SpanLimits } from './trace/span.ts';
import { alwaysOff, alwaysOn, parentBased, ratioSampler } from './trace/sampling.ts';
import type { Sampler } from './trace/sampling.ts';
import { signals } from './send/signals.ts';
import type { Signal } from './send/signals.ts';
import { readerOf } from './variables.ts';
import type { Environment, Reader } from './variables.ts';

export interface TlsFiles {
  readonly ca?: string;
  readonly key?: string;
  readonly cert?: string;
}

export interface Target {
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  readonly tls: TlsFiles;
}

/** Where telemetry is written as OTLP JSON lines: SONDE_FILES. */
export interface FileSettings {
  readonly folder: string;
  /** How long spans and log records wait to be written together; 0 for each at once. */
  readonly intervalMs: number;
  readonly bytesMax: number;
  readonly ageMaxMs: number;
  readonly kept: number;
}

export interface Settings {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  /** Where each signal goes; undefined for those that are off. */
  readonly targets: Readonly<Record<Signal, Target | undefined>>;
  /** Undefined when nothing is written to files. */
  readonly files: FileSettings | undefined;
  /** Signals that are shown in the terminal. */
  readonly shown: readonly Signal[];
  /** Whether the terminal also tells what the kit does. */
  readonly debug: boolean;
  readonly sampler: Sampler;
  readonly propagators: readonly string[];
  readonly limits: SpanLimits;
  readonly logLimits: LogLimits;
  readonly logs: LogSettings;
  readonly tracesDelayMs: number;
  readonly logsDelayMs: number;
  readonly metricsIntervalMs: number;
  readonly temporality: Temporality;
  /** Bytes of each signal that may wait while the backend is away. */
  readonly queueBytesMax: number;
  /** Whether older names of attributes and metrics come too, or alone: OTEL_SEMCONV_STABILITY_OPT_IN. */
  readonly names: readonly string[];
  /** Which calls that are answered leave a log line. */
  readonly callLog: CallLog;
  /** Paths of HTTP requests that leave no trace. */
  readonly ignoredPaths: readonly string[];
  readonly health: HealthSettings;
  /** Undefined when no signal records a profile. */
  readonly profile: ProfileSettings | undefined;
  /** What is watched: OTEL_NODE_ENABLED_INSTRUMENTATIONS, OTEL_NODE_DISABLED_INSTRUMENTATIONS. */
  readonly watched: ReadonlySet<Watchable>;
  /** What was wrong with the environment, in words. */
  readonly problems: readonly string[];
}

/** Where the health of the process is told; nowhere without a port, on all addresses without a host. */
export interface HealthSettings {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly details: 'always' | 'never';
}
/** What can be switched off on its own, under the names that OpenTelemetry's instrumentations have. */
const watchables = ['http', 'undici', 'grpc', 'runtime-node', 'pg', 'mysql2', 'redis', 'ioredis', 'mongodb'] as const;
export type Watchable = (typeof watchables)[number];

/** What `start` takes: all that the environment can say and that code may want to say. */
export interface StartOptions extends LogOptions {
  readonly serviceName?: string;
  /** The base URL of an OTLP/HTTP receiver, or of an OTLP/gRPC one with `protocol: 'grpc'`. */
  readonly endpoint?: string;
  readonly protocol?: Target['protocol'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly sampler?: Sampler;
  /** Of `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `xray`. */
  readonly propagators?: readonly string[];
  /** Paths of HTTP requests that leave no trace, such as those of health checks; `/x/*` for all below `/x/`. */
  readonly ignoredPaths?: readonly string[];
  /** Which calls that are answered leave a log line: `sampled` when absent. */
  readonly callLog?: CallLog;
  readonly metricsIntervalMs?: number;
  readonly queueBytesMax?: number;
  /** Telemetry into files of this folder as well. */
  readonly files?: Partial<FileSettings> & Pick<FileSettings, 'folder'>;
  /** Telemetry onto stderr as well, for people. */
  readonly debug?: boolean;
  /** A port that answers `/health`, `/health/live`, `/health/ready` and `/health/startup`; none when absent. */
  readonly healthPort?: number;
  /** The address of that port; all of the machine's when absent, as those who ask come from outside. */
  readonly healthHost?: string;
  /** Whether it tells more than the status: `never` when absent. */
  readonly healthDetails?: HealthSettings['details'];
}

/** The environment of a program that the kit runs: it must not load the kit again. */
export function environmentOfChild(): Record<string, string | undefined> {
  const { NODE_OPTIONS: _, ...environment } = process.env;
  return environment;
}

/** Oftener than this, metrics would be most of what a service does. */
const metricsIntervalMinMs = 100;

export function readSettings(options: StartOptions = {}, environment: Environment = process.env): Settings {
  const problems: string[] = [];
  const read = readerOf(environment, problems);
  const attributesMax = read.count('OTEL_ATTRIBUTE_COUNT_LIMIT', limitsAtFirst.attributesMax);
  const attributeLengthMax = read.count('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', limitsAtFirst.attributeLengthMax);
  const debug = options.debug ?? ['1', 'true'].includes(read.choice('SONDE_DEBUG', ['0', '1', 'false', 'true']) ?? '0');
  const logs = logSettings(
    {
      bridges: options.logBridges ?? read.list('SONDE_LOG_BRIDGES'),
      stdout: options.logStdout ?? read.choice('SONDE_LOG_STDOUT', ['json', 'none']),
      levels: options.logLevel?.split(',') ?? read.list('SONDE_LOG_LEVEL'),
      levelSignal: read.signal('SONDE_LOG_LEVEL_SIGNAL'),
      redact: options.redact ?? read.list('SONDE_REDACT'),
    },
    problems,
  );
  return {
    disabled: read.flag('OTEL_SDK_DISABLED'),
    serviceName: options.serviceName ?? read.text('OTEL_SERVICE_NAME'),
    targets: Object.fromEntries(signals.map((signal) => [signal, targetOf(signal, options, read)])) as Settings['targets'],
    files: filesOf(options.files, read),
    shown: signals.filter((signal) => debug || read.list(`OTEL_${signal.toUpperCase()}_EXPORTER`)?.includes('console')),
    debug,
    sampler: options.sampler ?? samplerOf(read, problems),
    propagators: options.propagators ?? read.list('OTEL_PROPAGATORS') ?? ['tracecontext', 'baggage'],
    limits: {
      attributesMax: read.count('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', attributesMax),
      attributeLengthMax: read.count('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', attributeLengthMax),
      eventsMax: read.count('OTEL_SPAN_EVENT_COUNT_LIMIT', limitsAtFirst.eventsMax),
      linksMax: read.count('OTEL_SPAN_LINK_COUNT_LIMIT', limitsAtFirst.linksMax),
      attributesPerEventMax: read.count('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', limitsAtFirst.attributesPerEventMax),
      attributesPerLinkMax: read.count('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', limitsAtFirst.attributesPerLinkMax),
    },
    logLimits: {
      attributesMax: read.count('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', attributesMax),
      attributeLengthMax: read.count('OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', attributeLengthMax),
    },
    logs,
    tracesDelayMs: read.count('OTEL_BSP_SCHEDULE_DELAY', 5000),
    logsDelayMs: read.count('OTEL_BLRP_SCHEDULE_DELAY', 1000),
    metricsIntervalMs: Math.max(
      metricsIntervalMinMs,
      options.metricsIntervalMs ?? read.count('OTEL_METRIC_EXPORT_INTERVAL', 15_000),
    ),
    temporality:
      read.choice('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', ['cumulative', 'delta', 'lowmemory']) ?? 'cumulative',
    queueBytesMax: options.queueBytesMax ?? read.count('SONDE_QUEUE_BYTES', 16 << 20),
    names: read.list('OTEL_SEMCONV_STABILITY_OPT_IN') ?? [],
    callLog: options.callLog ?? read.choice('SONDE_CALL_LOG', callLogs) ?? 'sampled',
    ignoredPaths: options.ignoredPaths ?? read.list('SONDE_IGNORED_PATHS') ?? [],
    health: {
      port: options.healthPort ?? portOf(read, problems),
      host: options.healthHost ?? read.text('SONDE_HEALTH_HOST'),
      details: options.healthDetails ?? read.choice('SONDE_HEALTH_DETAILS', ['always', 'never']) ?? 'never',
    },
    profile: profileSettings(read, logs.levelSignal, problems),
    watched: watchedOf(read, problems),
    problems: [...new Set(problems)],
  };
}

function portOf(read: Reader, problems: string[]): number | undefined {
  const given = read.text('SONDE_HEALTH_PORT');
  if (given === undefined) return undefined;
  if (/^\d{1,5}$/.test(given) && Number(given) < 65_536) return Number(given);
  problems.push(`SONDE_HEALTH_PORT should be a number from 0 to 65535, but is "${given}"; there is none`);
  return undefined;
}

const protocols = ['http/protobuf', 'http/json', 'grpc'] as const;

/** A signal's own variable goes before that of all signals, an option before both. */
function targetOf(signal: Signal, options: StartOptions, read: Reader): Target | undefined {
  const exporters = read.list(`OTEL_${signal.toUpperCase()}_EXPORTER`);
  if (exporters !== undefined && !exporters.includes('otlp')) return undefined;
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_`;
  const first = <T>(get: (name: string) => T | undefined, name: string): T | undefined =>
    get(own + name) ?? get(`OTEL_EXPORTER_OTLP_${name}`);
  const protocol = options.protocol ?? first((name) => read.choice(name, protocols), 'PROTOCOL') ?? 'http/protobuf';
  return {
    protocol,
    url: urlOf(signal, protocol, options, read, own),
    headers: { ...readHeaders(first(read.text, 'HEADERS')), ...options.headers },
    timeoutMs: read.count(`${own}TIMEOUT`, read.count('OTEL_EXPORTER_OTLP_TIMEOUT', 10_000)),
    compression: first((name) => read.choice(name, ['gzip', 'none']), 'COMPRESSION') ?? 'none',
    tls: tlsOf(
      first((name) => read.file(name), 'CERTIFICATE'),
      {
        key: first((name) => read.file(name), 'CLIENT_KEY'),
        cert: first((name) => read.file(name), 'CLIENT_CERTIFICATE'),
      },
    ),
  };
}

/** Undefined when no folder is named. */
function filesOf(options: StartOptions['files'], read: Reader): FileSettings | undefined {
  const folder = options?.folder ?? read.text('SONDE_FILES');
  if (folder === undefined) return undefined;
  return {
    // Wherever the application goes later.
    folder: resolve(folder),
    intervalMs: options?.intervalMs ?? read.count('SONDE_FILES_INTERVAL', 1000),
    bytesMax: options?.bytesMax ?? read.count('SONDE_FILES_BYTES', 64 << 20),
    ageMaxMs: options?.ageMaxMs ?? read.count('SONDE_FILES_AGE', Infinity),
    kept: options?.kept ?? read.count('SONDE_FILES_KEPT', 5),
  };
}

/** The URL of all signals gets a path for each; that of one signal is taken as it is. */
function urlOf(signal: Signal, protocol: Target['protocol'], options: StartOptions, read: Reader, own: string): string {
  const ownUrl = options.endpoint === undefined ? read.text(`${own}ENDPOINT`) : undefined;
  if (ownUrl !== undefined) return ownUrl;
  const otherwise = protocol === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318';
  const base = options.endpoint ?? read.text('OTEL_EXPORTER_OTLP_ENDPOINT') ?? otherwise;
  return protocol === 'grpc' ? base : `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function tlsOf(ca: string | undefined, { key, cert }: { key: string | undefined; cert: string | undefined }): TlsFiles {
  return { ...(ca !== undefined && { ca }), ...(key !== undefined && { key }), ...(cert !== undefined && { cert }) };
}

/** `name=value` by commas, values percent-encoded (W3C Baggage without properties). */
function readHeaders(text: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const value = pair.slice(equals + 1).trim();
    headers[pair.slice(0, equals).trim().toLowerCase()] = decoded(value);
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Those that are enabled, or all, without those that are disabled. A name that is not known may be a misspelt one. */
function watchedOf(read: Reader, problems: string[]): ReadonlySet<Watchable> {
  const named = (variable: string): string[] | undefined => {
    const names = read.list(variable);
    for (const name of names ?? []) {
      if (watchables.every((known) => known !== name))
        problems.push(`${variable} names "${name}", which is none of ${watchables.join(', ')}`);
    }
    return names;
  };
  const enabled = named('OTEL_NODE_ENABLED_INSTRUMENTATIONS') ?? watchables;
  const disabled = named('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [];
  return new Set(watchables.filter((name) => [...enabled].includes(name) && !disabled.includes(name)));
}

/** OTEL_TRACES_SAMPLER with its argument; all traces when it is not said. */
function samplerOf(read: Reader, problems: string[]): Sampler {
  const name = read.choice('OTEL_TRACES_SAMPLER', [
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
    'jaeger_remote',
    'parentbased_jaeger_remote',
  ]);
  switch (name) {
    case 'always_on':
      return alwaysOn;
    case 'always_off':
      return alwaysOff;
    case 'traceidratio':
      return ratioSampler(shareOf(read, problems));
    case 'parentbased_always_off':
      return parentBased(alwaysOff);
    case 'parentbased_traceidratio':
      return parentBased(ratioSampler(shareOf(read, problems)));
    case 'jaeger_remote':
      return remoteOf(read, problems);
    case 'parentbased_jaeger_remote':
      return parentBased(remoteOf(read, problems));
    case 'parentbased_always_on':
    case undefined:
      return parentBased(alwaysOn);
  }
}

function shareOf(read: Reader, problems: string[]): number {
  const given = read.text('OTEL_TRACES_SAMPLER_ARG');
  if (given === undefined) return 1;
  const share = Number(given);
  if (share >= 0 && share <= 1) return share;
  problems.push(`OTEL_TRACES_SAMPLER_ARG should be a number from 0 to 1, but is "${given}"; 1 is taken`);
  return 1;
}

/** `endpoint=URL,pollingIntervalMs=N,initialSamplingRate=SHARE` (specification, "Environment variables", OTEL_TRACES_SAMPLER_ARG). */
function remoteOf(read: Reader, problems: string[]): Sampler {
  const fields = new Map<string, string>();
  for (const field of read.list('OTEL_TRACES_SAMPLER_ARG') ?? []) {
    const equals = field.indexOf('=');
    fields.set(field.slice(0, equals), field.slice(equals + 1));
  }
  const endpoint = fields.get('endpoint') ?? 'http://localhost:7070/sampling';
  const number = (name: string, otherwise: number, isSo: (value: number) => boolean): number => {
    const given = fields.get(name);
    if (given === undefined || isSo(Number(given))) return given === undefined ? otherwise : Number(given);
    problems.push(`${name} of OTEL_TRACES_SAMPLER_ARG makes no sense as "${given}"; ${otherwise} is taken`);
    return otherwise;
  };
  if (!URL.canParse(endpoint)) {
    problems.push(`endpoint of OTEL_TRACES_SAMPLER_ARG should be a URL, but is "${endpoint}"; all traces are kept`);
    return alwaysOn;
  }
  return remoteSampler({
    endpoint,
    pollingIntervalMs: number('pollingIntervalMs', 60_000, (ms) => ms >= 100 && ms < 2 ** 31),
    initialShare: number('initialSamplingRate', 1, (share) => share >= 0 && share <= 1),
  });
}

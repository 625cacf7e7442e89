/** Puts Sonde together: engine, committer, protocols, APIs and listeners. The only place that names the drivers. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ReadContext } from '../api/api.ts';
import { apis } from '../api/apis.ts';
import { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { Listener, Route } from '../base/http.ts';
import type { OwnCommitter } from '../engine/commit.ts';
import { createCommitter } from '../engine/committer.ts';
import { openEmbedded } from '../engine/embedded.ts';
import type { Engine, QueryLimits } from '../engine/engine.ts';
import { migrate } from '../engine/migrate.ts';
import { openRemote } from '../engine/remote.ts';
import { sql } from '../engine/sql.ts';
import { grpcErrorDetails } from '../ingest/otlp/responses.ts';
import { protocols } from '../ingest/protocols.ts';
import type { DatagramContext, PrometheusTranslation, WriteContext } from '../ingest/protocol.ts';
import { retentionsMs } from '../model/metric-retention.ts';
import type { RetentionByName } from '../model/metric-retention.ts';
import { BodyBudget } from './body.ts';
import { startExpiry } from './expiry.ts';
import { listenGrpc } from './grpc.ts';
import { healthRoutes } from './health.ts';
import { listenHttp } from './http.ts';
import type { HttpListener } from './http.ts';
import type { Log } from './log.ts';
import { metricRetention, retentionByName } from './metric-retention.ts';
import { metricsRoute, observeProcess } from './self.ts';
import { openSampling } from './sampling.ts';
import { openScraping } from './scraping.ts';
import type { Address, Config } from './settings.ts';
import { loadSite } from './static.ts';
import { openStoredMetrics } from './stored-metrics.ts';
import type { StoredMetrics } from './stored-metrics.ts';
import { listenUdp } from './udp.ts';
import type { UdpOptions } from './udp.ts';

export interface RunningServer {
  /** `host:port` of each listener. */
  readonly addresses: {
    readonly http: string;
    readonly otlpHttp: string;
    readonly otlpGrpc: string;
    /** Absent when it does not listen. */
    readonly statsd?: string;
  };
  /** Lets running requests end, stores what is open, and releases the engine. */
  stop(): Promise<void>;
}

/** Starts everything; when it returns, requests are taken. Throws `config`, `data_directory_locked`, `schema_too_new`, `schema_too_old`. */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  for (const address of [config.listen, config.otlpHttp, config.otlpGrpc, config.statsd]) {
    if (address !== null) checkLoopback(address, config.insecureListen);
  }
  const counters = new Counters();
  observeProcess(counters, version);
  const engine = await openEngine(config);
  try {
    const longestMs = Math.max(...retentionsMs(metricRetention(config)));
    await migrate(engine, {
      retentionMs: { traces: config.retentionTraces, logs: config.retentionLogs, metrics: longestMs },
    });
    const metrics = await openStoredMetrics(config, engine, { counters, log });
    const committer = await createCommitter(engine, {
      ...committerOptions(config, counters),
      ...(metrics && { onStored: metrics.onStored }),
    });
    metrics?.start(committer);
    const metricsByName = retentionByName(metricRetention(config));
    return await startListeners(config, log, { counters, engine, committer, metrics, metricsByName });
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}

interface Parts {
  readonly counters: Counters;
  readonly engine: Engine;
  readonly committer: OwnCommitter;
  readonly metrics: StoredMetrics | undefined;
  readonly metricsByName: RetentionByName | undefined;
}

async function startListeners(config: Config, log: Log, parts: Parts): Promise<RunningServer> {
  const { counters, engine, committer, metrics, metricsByName } = parts;
  let stopping = false;
  const sampling = openSampling(config, log);
  const scraping = openScraping(config, { committer, counters, metricsByName, log, nowNs, version });
  const expiry = startExpiry(config, parts, log);
  const routes = [...allRoutes(config, parts, scraping?.status, () => !stopping), sampling.route];
  const bodyBudget = new BodyBudget(config.bodyBytesInFlight);
  counters.beforeRead(() => counters.set('sonde_body_bytes_in_flight', {}, bodyBudget.bytes));
  const shared = {
    bodyBytesMax: config.bodyBytes,
    bodyBudget,
    allowedOrigins: config.allowedOrigins,
    allowedHosts: config.insecureListen ? undefined : config.allowedHosts,
    counters,
    log,
  };
  const routesOn = (listener: Listener): readonly Route[] => routes.filter((route) => route.listeners.includes(listener));
  const open: { close(graceMs: number): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close(config.stopGrace)));
  };
  const end = async (): Promise<void> => {
    await close();
    sampling.stop();
    await expiry?.stop();
    // It stores stale markers.
    await scraping?.stop();
    await committer.close();
    await metrics?.stop();
  };
  const opened = async <L extends { close(graceMs: number): Promise<void> }>(listening: Promise<L>): Promise<L> => {
    const listener = await listening;
    open.push(listener);
    return listener;
  };
  try {
    const otlpHttp: HttpListener = await opened(listenHttp({ ...shared, ...config.otlpHttp, routes: routesOn('otlp') }));
    const otlpGrpc = await opened(
      listenGrpc({
        ...config.otlpGrpc,
        methods: protocols.flatMap((protocol) => protocol.grpc?.(writeContext(config, parts)) ?? []),
        messageBytesMax: config.bodyBytes,
        errorDetails: grpcErrorDetails,
        counters,
        log,
      }),
    );
    const site = await loadSite(fileURLToPath(new URL('../../web', import.meta.url)));
    const http = await opened(listenHttp({ ...shared, ...config.listen, routes: routesOn('main'), fallback: site }));
    const udp = await Promise.all(udpListeners(config, parts, log).map((options) => opened(listenUdp(options))));
    return {
      addresses: {
        http: http.address,
        otlpHttp: otlpHttp.address,
        otlpGrpc: otlpGrpc.address,
        ...Object.fromEntries(udp.map(({ protocol, address }) => [protocol, address])),
      },
      stop: async () => {
        stopping = true;
        await end();
        await engine.close();
      },
    };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

/** A protocol over UDP listens where the setting of its name says. */
function udpListeners(config: Config, parts: Parts, log: Log): UdpOptions[] {
  const addresses: Readonly<Record<string, Address | null>> = { statsd: config.statsd };
  const context: DatagramContext = {
    ...writeContext(config, parts),
    aggregation: {
      flushMs: config.statsdFlush,
      expiryMs: config.statsdExpiry,
      seriesMax: config.statsdSeries,
      setValuesMax: config.statsdSetValues,
    },
    onFault: (what, thrown) => log.error(what, thrown),
  };
  return protocols.flatMap(({ name, datagrams }) => {
    const address = addresses[name] ?? null;
    if (address === null || datagrams === undefined) return [];
    return [{ ...address, protocol: name, handler: datagrams(context), counters: parts.counters, log }];
  });
}

function allRoutes(config: Config, parts: Parts, scrape: ReadContext['scrape'], ready: () => boolean): readonly Route[] {
  const { counters, engine } = parts;
  return [
    ...protocols.flatMap((protocol) => protocol.routes(writeContext(config, parts))),
    ...apis.flatMap((api) => api.routes(readContext(config, parts, scrape))),
    ...healthRoutes({ ready, version, checkEngine: async () => void (await engine.adminRows(sql`SELECT 1`)) }),
    metricsRoute(counters),
  ];
}

function writeContext(config: Config, { committer, counters, metricsByName }: Parts): WriteContext {
  return {
    committer,
    counters,
    limits: {
      retentionMs: { traces: config.retentionTraces, logs: config.retentionLogs, metrics: config.retentionMetrics },
      metricsByName,
      futureMs: config.ingestFuture,
      bodyBytesMax: config.bodyBytes,
      knownSeriesBytesMax: config.remoteWriteSeries,
    },
    translation: translationOf(config),
    nowNs,
  };
}

function translationOf(config: Config): PrometheusTranslation {
  const keys = new Set(config.otlpPromoteResourceAttributes);
  return {
    naming: config.otlpTranslationStrategy,
    promotes: { all: keys.has('*'), keys, butKeys: new Set(config.otlpIgnoreResourceAttributes) },
    keepsIdentifying: config.otlpKeepIdentifyingResourceAttributes,
    promotesScope: config.otlpPromoteScopeMetadata,
  };
}

function readContext(config: Config, { engine, counters, metrics }: Parts, scrape: ReadContext['scrape']): ReadContext {
  return {
    engine,
    counters,
    limits: queryLimits(config),
    nowNs,
    version,
    promql: {
      samplesMax: config.querySamples,
      pointsPerSeriesMax: config.queryPoints,
      lookbackMs: config.queryLookback,
      defaultSubqueryStepMs: config.querySubqueryStep,
      timeoutMs: config.queryPromqlTime,
      experimental: config.promqlExperimental,
      delayedNameRemoval: config.promqlDelayedNameRemoval,
      startTimestamps: config.promqlStartTimestamps,
      pushDown: config.promqlPushDown,
      ...metrics?.settings,
    },
    queriesMax: config.queryConcurrency,
    scrape,
    process: {
      startedNs: nowNs() - BigInt(Math.round(process.uptime() * 1000)) * 1_000_000n,
      hostname: hostname(),
      directory: process.cwd(),
      retentionMs: config.retentionMetrics,
    },
  };
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function openEngine(config: Config): Promise<Engine> {
  const limits = queryLimits(config);
  if (config.engineUrl === '') return openEmbedded({ path: config.data, memoryBytesMax: config.engineMemory, limits });
  return openRemote({
    url: config.engineUrl,
    database: config.engineDatabase,
    user: config.engineUser,
    password: config.enginePassword,
    cluster: config.engineCluster === '' ? undefined : config.engineCluster,
    limits,
  });
}

function queryLimits(config: Config): QueryLimits {
  return {
    timeMs: config.queryTime,
    memoryBytes: config.queryMemory,
    rowsRead: config.queryRowsRead,
    rowsOut: config.queryRowsOut,
  };
}

function committerOptions(config: Config, counters: Counters): Parameters<typeof createCommitter>[1] {
  return {
    counters,
    writer: config.writer,
    limits: {
      maxWaitMs: config.commitWait,
      maxBytes: config.commitBytes,
      maxBytesInFlight: config.commitBytesInFlight,
      maxInFlight: config.commitsInFlight,
      maxStallMs: config.commitStall,
      rememberMs: config.rememberRequests,
      rememberRequests: config.rememberRequestsMax,
    },
  };
}

/** There are no accounts yet: whoever reaches a listener may read everything, so it stays on this machine unless told otherwise. */
function checkLoopback({ host, port }: Address, insecure: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  if (isLoopback || insecure) return;
  throw new SondeError(
    'config',
    `Sonde has no accounts yet, so it listens on loopback only; got ${host}:${port}. With --insecure-listen it listens there, open to everybody who can reach it.`,
  );
}

/** The version in package.json. */
export const version: string = readVersion();

function readVersion(): string {
  // From dist/src/server when built, from src/server when the sources run as they are.
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'sonde') return found;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
  }
  return 'unknown';
}

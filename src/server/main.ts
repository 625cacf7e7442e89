/** Puts Sonde together: engine, committer, protocols, APIs and listeners. The only place that names the drivers. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { apis } from '../api/apis.ts';
import { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { Listener, Route } from '../base/http.ts';
import type { Committer } from '../engine/commit.ts';
import { createCommitter } from '../engine/committer.ts';
import { openEmbedded } from '../engine/embedded.ts';
import type { Engine, QueryLimits } from '../engine/engine.ts';
import { migrate } from '../engine/migrate.ts';
import { openRemote } from '../engine/remote.ts';
import { sql } from '../engine/sql.ts';
import { grpcErrorDetails } from '../ingest/otlp/responses.ts';
import { protocols } from '../ingest/protocols.ts';
import type { WriteContext } from '../ingest/protocol.ts';
import { BodyBudget } from './body.ts';
import { listenGrpc } from './grpc.ts';
import { healthRoutes } from './health.ts';
import { listenHttp } from './http.ts';
import type { HttpListener } from './http.ts';
import type { Log } from './log.ts';
import { metricsRoute, observeProcess } from './self.ts';
import type { Address, Config } from './settings.ts';
import { loadSite } from './static.ts';

export interface RunningServer {
  /** `host:port` of each listener. */
  readonly addresses: { readonly http: string; readonly otlpHttp: string; readonly otlpGrpc: string };
  /** Lets running requests end, stores what is open, and releases the engine. */
  stop(): Promise<void>;
}

/** Starts everything; when it returns, requests are taken. Throws `config`, `data_directory_locked`, `schema_too_new`. */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  for (const address of [config.listen, config.otlpHttp, config.otlpGrpc]) checkLoopback(address, config.insecureListen);
  const counters = new Counters();
  observeProcess(counters, version);
  const engine = await openEngine(config);
  try {
    await migrate(engine, {
      retentionMs: { traces: config.retentionTraces, logs: config.retentionLogs, metrics: config.retentionMetrics },
    });
    const committer = await createCommitter(engine, committerOptions(config, counters));
    return await startListeners(config, log, { counters, engine, committer });
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}

interface Parts {
  readonly counters: Counters;
  readonly engine: Engine;
  readonly committer: Committer;
}

async function startListeners(config: Config, log: Log, parts: Parts): Promise<RunningServer> {
  const { counters, engine, committer } = parts;
  let stopping = false;
  const routes = allRoutes(config, parts, () => !stopping);
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
    return {
      addresses: { http: http.address, otlpHttp: otlpHttp.address, otlpGrpc: otlpGrpc.address },
      stop: async () => {
        stopping = true;
        await close();
        await committer.close();
        await engine.close();
      },
    };
  } catch (thrown) {
    await close();
    await committer.close();
    throw thrown;
  }
}

function allRoutes(config: Config, parts: Parts, ready: () => boolean): readonly Route[] {
  const { counters, engine } = parts;
  const reads = { engine, counters, limits: queryLimits(config), nowNs, version };
  return [
    ...protocols.flatMap((protocol) => protocol.routes(writeContext(config, parts))),
    ...apis.flatMap((api) => api.routes(reads)),
    ...healthRoutes({ ready, version, checkEngine: async () => void (await engine.adminRows(sql`SELECT 1`)) }),
    metricsRoute(counters),
  ];
}

function writeContext(config: Config, { committer, counters }: Parts): WriteContext {
  return {
    committer,
    counters,
    limits: {
      retentionMs: { traces: config.retentionTraces, logs: config.retentionLogs, metrics: config.retentionMetrics },
      futureMs: config.ingestFuture,
    },
    nowNs,
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

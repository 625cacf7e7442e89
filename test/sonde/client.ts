/** Asks routes without a port: finds the route of a path, calls it, gives status and JSON. */
import { Counters } from '../../src/base/counters.ts';
import { toSondeError } from '../../src/base/errors.ts';
import type { HttpRequest, HttpResponse, Route } from '../../src/base/http.ts';
import type { ReadContext } from '../../src/api/api.ts';
import { apis } from '../../src/api/apis.ts';
import type { ApiError } from '../../src/api/sonde/contract.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openStore, temporaryDirectory } from '../commit/store.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AskOptions {
  readonly tenant?: string;
  readonly signal?: AbortSignal;
}

/** A context for handlers on this engine, at a fixed time. */
export function readContext(engine: Engine, nowNs: bigint): ReadContext {
  return {
    engine,
    counters: new Counters(),
    limits: { timeMs: 20_000, memoryBytes: 512 << 20, rowsRead: 1e9, rowsOut: 1e6 },
    nowNs: () => nowNs,
    version: '0.0.0-test',
    promql: {
      samplesMax: 1e6,
      pointsPerSeriesMax: 11_000,
      lookbackMs: 300_000,
      defaultSubqueryStepMs: 60_000,
      timeoutMs: 20_000,
      experimental: true,
      delayedNameRemoval: false,
      startTimestamps: false,
      pushDown: true,
    },
    queriesMax: 4,
    scrape: undefined,
    process: { startedNs: nowNs, hostname: 'host', directory: '/', retentionMs: 30 * 86_400_000 },
  };
}

/** Calls the route that fits the path. Errors that no client should see are thrown, with their cause. */
export async function ask(routes: readonly Route[], pathAndQuery: string, options: AskOptions = {}): Promise<Answer> {
  const { route, request } = find(routes, pathAndQuery, options);
  const response = await route.handle(request).catch((error: unknown) => {
    if (toSondeError(error).code === 'internal') throw error;
    return route.renderError(error, request);
  });
  return { status: response.status, text: await textOf(response.body), headers: response.headers ?? {} };
}

function find(
  routes: readonly Route[],
  pathAndQuery: string,
  { tenant = 'default', signal = new AbortController().signal }: AskOptions,
): { readonly route: Route; readonly request: HttpRequest } {
  const url = new URL(pathAndQuery, 'http://sonde');
  const segments = url.pathname.split('/');
  for (const route of routes) {
    const names = route.path.split('/');
    const fits = names.length === segments.length && names.every((name, i) => isParameter(name) || name === segments[i]);
    if (!fits) continue;
    const parameters = names.flatMap((name, i) =>
      isParameter(name) ? [[name.slice(1, -1), decodeURIComponent(segments[i] ?? '')]] : [],
    );
    const request: HttpRequest = {
      method: route.method,
      path: url.pathname,
      params: Object.fromEntries(parameters),
      query: url.searchParams,
      headers: {},
      body: new Uint8Array(),
      tenant,
      signal,
    };
    return { route, request };
  }
  throw new Error(`no route for ${url.pathname}`);
}

function isParameter(name: string): boolean {
  return name.startsWith('{');
}

async function textOf(body: HttpResponse['body']): Promise<string> {
  if (body === undefined || typeof body === 'string') return body ?? '';
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The start of yesterday (UTC): times in tests are counted from it, as rows of fixed days would expire one day. */
export const yesterdayNs = (BigInt(Date.now()) / 86_400_000n - 1n) * 86_400_000_000_000n;

/** A store in a new directory, with a client of all APIs at a fixed time. */
export interface TestStore {
  readonly engine: Engine;
  /** The JSON of an answer; throws when its status is not 200. */
  get<T>(pathAndQuery: string, options?: AskOptions): Promise<T>;
  /** Status and error of a refused request. */
  refused(pathAndQuery: string): Promise<{ readonly status: number; readonly code: string; readonly message: string }>;
  close(): Promise<void>;
}

export async function openTestStore(name: string, nowNs: bigint): Promise<TestStore> {
  const directory = temporaryDirectory(name);
  const engine = await openStore(directory.path);
  const routes = apis.flatMap((api) => api.routes(readContext(engine, nowNs)));
  return {
    engine,
    get: async <T>(pathAndQuery: string, options?: AskOptions): Promise<T> => {
      const answer = await ask(routes, pathAndQuery, options);
      if (answer.status !== 200) throw new Error(`${pathAndQuery}: ${answer.status} ${answer.text}`);
      return JSON.parse(answer.text) as T;
    },
    refused: async (pathAndQuery) => {
      const { status, text } = await ask(routes, pathAndQuery);
      const { error } = JSON.parse(text) as ApiError;
      return { status, ...error };
    },
    close: async () => {
      await engine.close();
      directory.remove();
    },
  };
}

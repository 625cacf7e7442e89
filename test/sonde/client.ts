/** Asks routes without a port: finds the route of a path, calls it, gives status and JSON. */
import { Counters } from '../../src/base/counters.ts';
import type { HttpRequest, HttpResponse, Route } from '../../src/base/http.ts';
import type { ReadContext } from '../../src/api/api.ts';
import type { Engine } from '../../src/engine/engine.ts';

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
  };
}

/** Calls the route that fits the path. */
export async function ask(routes: readonly Route[], pathAndQuery: string, options: AskOptions = {}): Promise<Answer> {
  const { route, request } = find(routes, pathAndQuery, options);
  const response = await route.handle(request).catch((error: unknown) => route.renderError(error, request));
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

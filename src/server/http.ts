/**
 * The HTTP listener: takes a request through host check, CORS, route, tenant, body and inflation to its handler, and whatever
 * goes wrong on the way to the route's own error shape. Knows no protocol.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SondeError, toSondeError } from '../base/errors.ts';
import type { Counters } from '../base/counters.ts';
import type { HttpRequest, HttpResponse, Route } from '../base/http.ts';
import { readBody } from './body.ts';
import type { BodyBudget } from './body.ts';
import { compress } from './compress.ts';
import { renderPlainError } from './health.ts';
import { encodingOf, inflate } from './inflate.ts';
import { corsHeaders, isAllowedHost } from './origin.ts';
import { createRouter } from './router.ts';
import type { Router } from './router.ts';
import type { Log } from './log.ts';
import { tenantHeader, tenantOf } from './tenant.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Answers GET requests that no route takes: the UI. */
  readonly fallback?: (request: { readonly path: string; readonly headers: IncomingMessage['headers'] }) => Promise<HttpResponse>;
  readonly bodyBytesMax: number;
  readonly bodyBudget: BodyBudget;
  readonly allowedOrigins: readonly string[];
  /** Names besides localhost and IP addresses that the Host header may have; `undefined` allows any. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly counters: Counters;
  readonly log: Log;
}

export interface HttpListener {
  /** `host:port` in use. */
  readonly address: string;
  /** Takes no new connections, lets running requests end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** Time that a client has to send headers and body; protects against connections that trickle. */
const requestTimeoutMs = 60_000;

export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const router = createRouter(options.routes);
  const running = new Set<AbortController>();
  const server = createServer(
    { requestTimeout: requestTimeoutMs, keepAliveTimeout: 30_000, maxHeaderSize: 32 << 10 },
    (message, response) => {
      void serve(message, response, router, options, running);
    },
  );
  await listen(server, options.host, options.port);
  return { address: addressOf(server), close: (graceMs) => close(server, running, graceMs) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program uses this port' : error.message;
      reject(new SondeError('config', `Can not listen on ${host}:${port}: ${why}.`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

async function close(server: Server, running: ReadonlySet<AbortController>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request ends while we wait becomes idle only then.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const cutOff = setTimeout(() => {
    for (const request of running) request.abort();
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(cutOff);
  clearInterval(sweep);
}

/** What is known of a request before it has a route. */
interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
  readonly cors: Record<string, string>;
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  router: Router,
  options: HttpOptions,
  running: Set<AbortController>,
): Promise<void> {
  const [path, search] = splitOnce(message.url ?? '/', '?');
  const exchange: Exchange = { message, response, path, search, cors: corsHeaders(message.headers, options.allowedOrigins) };
  let routePath = 'none';
  let answer: HttpResponse;
  try {
    const refusal = refuse(exchange, options);
    const found = refusal === undefined ? router.find(message.method ?? 'GET', path) : undefined;
    if (found !== undefined) routePath = found.route.path;
    if (refusal !== undefined) answer = refusal;
    else if (found === undefined) answer = await answerUnrouted(exchange, options);
    else if ('allowed' in found) answer = methodNotAllowed(found.route, found.allowed, exchange);
    else answer = await answerRoute(exchange, found.route, found.params, options, running);
  } catch (thrown) {
    options.log.error('request failed', thrown, { path });
    answer = renderPlainError(thrown);
  }
  options.counters.add('sonde_http_requests_total', { path: routePath, status: String(answer.status) }, 1);
  await send(exchange, answer).catch((thrown: unknown) => {
    // The client went away while the answer was sent: nobody is left to tell.
    if (!response.destroyed) options.log.error('answer failed', thrown, { path });
    response.destroy();
  });
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Answers what needs no route: a foreign Host, and CORS preflights. */
function refuse({ message, cors }: Exchange, options: HttpOptions): HttpResponse | undefined {
  if (options.allowedHosts !== undefined && !isAllowedHost(message.headers.host, options.allowedHosts)) {
    return renderPlainError(
      new SondeError(
        'bad_request',
        'The Host header names another host than this one; add it to the setting allowed-hosts if it is yours.',
      ),
    );
  }
  if (message.method === 'OPTIONS') return { status: 'access-control-allow-origin' in cors ? 204 : 403 };
  return undefined;
}

async function answerUnrouted({ message, path }: Exchange, options: HttpOptions): Promise<HttpResponse> {
  const isRead = message.method === 'GET' || message.method === 'HEAD';
  if (isRead && options.fallback !== undefined) return options.fallback({ path, headers: message.headers });
  return renderPlainError(new SondeError('not_found', `There is nothing at ${path}.`));
}

function methodNotAllowed(route: Route, allowed: readonly string[], { message }: Exchange): HttpResponse {
  const error = new SondeError('method_not_allowed', `${route.path} takes ${allowed.join(', ')}; got ${message.method}.`);
  const answer = route.renderError(error, { headers: flatHeaders(message) });
  return { ...answer, headers: { ...answer.headers, allow: allowed.join(', ') } };
}

async function answerRoute(
  exchange: Exchange,
  route: Route,
  params: Readonly<Record<string, string>>,
  options: HttpOptions,
  running: Set<AbortController>,
): Promise<HttpResponse> {
  const headers = flatHeaders(exchange.message);
  const gone = new AbortController();
  const cancel = (): void => {
    if (!exchange.response.writableFinished) gone.abort();
  };
  exchange.response.once('close', cancel);
  running.add(gone);
  let release = (): void => undefined;
  try {
    const tenant = tenantOf(headers[tenantHeader]);
    const bytesMax = route.bodyBytesMax ?? options.bodyBytesMax;
    const { body, done } = await readBody(exchange.message, { bytesMax, budget: options.bodyBudget });
    release = done;
    const encoding = encodingOf(headers['content-encoding'], route.contentEncodings);
    const content = route.takesBodyAsSent === true ? body : await inflate(body, encoding, bytesMax);
    const query = new URLSearchParams(exchange.search);
    const request: HttpRequest = {
      method: exchange.message.method ?? 'GET',
      path: exchange.path,
      params,
      query,
      headers,
      body: content,
      tenant,
      signal: gone.signal,
    };
    return await route.handle(request);
  } catch (thrown) {
    const error = toSondeError(thrown);
    if (error.code === 'internal') options.log.error('request failed', error.cause ?? error, { path: exchange.path });
    return route.renderError(error, { headers });
  } finally {
    release();
    running.delete(gone);
  }
}

function flatHeaders(message: IncomingMessage): Readonly<Record<string, string | undefined>> {
  // Node joins repeated headers with commas; only set-cookie, which requests do not carry, is a list.
  return message.headers as Readonly<Record<string, string | undefined>>;
}

/** Said with every answer: take the declared type as it is, frame nothing, tell nobody where the user came from. */
const safetyHeaders = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' };

async function send({ message, response, cors }: Exchange, plain: HttpResponse): Promise<void> {
  if (response.destroyed) return;
  const answer = message.method === 'HEAD' ? plain : await compress(plain, message.headers['accept-encoding']?.toString());
  const headers: Record<string, string | number> = { ...safetyHeaders, ...cors, ...answer.headers };
  const vary = [cors['vary'], answer.headers?.['vary']].filter((name) => name !== undefined);
  if (vary.length > 0) headers['vary'] = vary.join(', ');
  // What is left of a body that was refused half-way can not be told from the next request.
  if (!message.complete) headers['connection'] = 'close';
  const { body } = answer;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    if (answer.status !== 204) headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
    response.writeHead(answer.status, headers);
    response.end(message.method === 'HEAD' ? undefined : body);
    return;
  }
  response.writeHead(answer.status, headers);
  if (message.method !== 'HEAD') {
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
}

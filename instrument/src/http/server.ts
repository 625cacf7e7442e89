/**
 * Requests that a server of `node:http` or `node:https` answers: a span, the duration, and the context for all that the request
 * sets off. Node itself tells when a request has come and when its answer has gone (`diagnostics_channel`), so nothing is patched and
 * a request pays for little more than its span. OpenTelemetry's instrumentation of the same takes three quarters of the throughput
 * of a small service (docs/decisions/instrument-core.md).
 *
 * Names are those of the semantic conventions for HTTP, 1.23 and later.
 */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { kit } from '../kit.ts';
import { captureException } from '../log/exceptions.ts';
import { durationBounds } from '../metric/distribution.ts';
import type { Distribution, DistributionSeries } from '../metric/distribution.ts';
import { isMethod, methodName } from './methods.ts';
import { redacted } from './redact.ts';
import { expressRoute } from './routes.ts';
import { readRequestId, requestIdHeader } from '../trace/request.ts';
import { RequestContext, enterContext, runIn } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import { extractFrom } from '../trace/extract.ts';
import type { Extract } from '../trace/extract.ts';
import type { RecordedSpan, Scope } from '../trace/span.ts';
import { startSpanOf } from '../trace/tracer.ts';
import type { Tracing } from '../trace/tracer.ts';

export const httpServerScope: Scope = { name: `${kit.name}/http`, version: kit.version, schemaUrl: '' };

export const httpServerDuration = {
  name: 'http.server.request.duration',
  unit: 's',
  description: 'Duration of HTTP server requests.',
  bounds: durationBounds,
};

export interface HttpServerOptions {
  readonly tracing: Tracing;
  readonly extract: Extract;
  readonly duration: Distribution;
  readonly isIgnored: (path: string) => boolean;
  /** Writes the line of a request that has been answered, if there is to be one. */
  readonly log: (call: Call, end: HttpEnd) => void;
}

/** A request that is being answered. */
export interface Call extends RequestMetadata {
  readonly span: RecordedSpan;
  readonly request: IncomingMessage;
  readonly scheme: 'http' | 'https';
}

/**
 * A connection and its requests that are being answered, in the order in which they came; more than one when a client does not wait
 * for answers. What does not change is asked of the socket once.
 */
interface Connection {
  readonly scheme: 'http' | 'https';
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  first: Call | undefined;
  readonly others: Call[];
}

/** Beside the sockets, not on them: a property more changes their shape, and with it the speed of all that Node does with them. */
const connections = new WeakMap<Socket, Connection>();

interface RequestMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket & { readonly encrypted?: boolean };
  readonly server: Server;
}

/** How a request ended. */
export interface HttpEnd {
  readonly status: number;
  readonly errorType: string | undefined;
}

/** Watches all servers of the process; returns what ends that. */
export function watchHttpServers(options: HttpServerOptions): () => void {
  const measure = recorder(options.duration);
  const record: Record = (call, end) => {
    measure(call, end);
    options.log(call, end);
  };
  const onStart = (message: unknown): void => start(message as RequestMessage, options, record);
  const onFinish = (message: unknown): void => {
    const { request, response, socket } = message as RequestMessage;
    const connection = connections.get(socket);
    const call = connection === undefined ? undefined : taken(connection, request);
    if (call !== undefined) end(call, response, record, undefined);
  };
  diagnostics.subscribe('http.server.request.start', onStart);
  diagnostics.subscribe('http.server.response.finish', onFinish);
  return () => {
    diagnostics.unsubscribe('http.server.request.start', onStart);
    diagnostics.unsubscribe('http.server.response.finish', onFinish);
  };
}

/** What an ignored request sets off leaves no trace either; without it, the connection's last request would go on. */
const ignored = suppressTracing(ROOT_CONTEXT);

type Record = (call: Call, end: HttpEnd) => void;

function start({ request, socket }: RequestMessage, options: HttpServerOptions, record: Record): void {
  const { tracing, extract, isIgnored } = options;
  const url = request.url ?? '';
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (isIgnored(path)) return enterContext(ignored);
  const method = methodName(request.method);
  const incoming = extractFrom(extract, request.headers);
  const name = method === '_OTHER' ? 'HTTP' : method;
  const connection = connections.get(socket) ?? watch(socket, record);
  const begun = { scope: httpServerScope, name, kind: SpanKind.SERVER };
  const span = startSpanOf(
    tracing,
    tracing.sampler.usesAttributes ? { ...begun, options: { attributes: known(method, path, connection.scheme) } } : begun,
    incoming.parent,
  );
  const requestId = readRequestId(request.headers[requestIdHeader]);
  if (span.isSampled) {
    describe(span, request, { method, path, query: query === -1 ? '' : url.slice(query + 1), connection, requestId });
  }
  const call: Call = {
    type: 'http',
    span,
    route: undefined,
    error: undefined,
    requestId,
    caller: undefined,
    leavesNoTrace: false,
    request,
    scheme: connection.scheme,
  };
  if (connection.first === undefined) connection.first = call;
  else connection.others.push(call);
  enterContext(new RequestContext(incoming.context, call));
}

/** What a sampler may decide by. */
function known(method: string, path: string, scheme: string): Attributes {
  return { 'http.request.method': method, 'url.path': path, 'url.scheme': scheme };
}

/** Watches a connection: when it ends before an answer has, nothing else tells. */
function watch(socket: RequestMessage['socket'], record: Record): Connection {
  const connection: Connection = {
    scheme: socket.encrypted === true ? 'https' : 'http',
    peerAddress: socket.remoteAddress,
    peerPort: socket.remotePort,
    first: undefined,
    others: [],
  };
  connections.set(socket, connection);
  socket.once('close', () => {
    const { first, others } = connection;
    for (const call of first === undefined ? others : [first, ...others]) end(call, undefined, record, 'aborted');
  });
  return connection;
}

/** The call of a request, which the connection then forgets. */
function taken(connection: Connection, request: IncomingMessage): Call | undefined {
  const { first, others } = connection;
  if (first?.request === request) {
    connection.first = others.length === 0 ? undefined : others.shift();
    return first;
  }
  const at = others.findIndex((call) => call.request === request);
  return at === -1 ? undefined : others.splice(at, 1)[0];
}

interface Described {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly connection: Connection;
  readonly requestId: string | undefined;
}

function describe(span: RecordedSpan, request: IncomingMessage, { method, path, query, connection, requestId }: Described): void {
  const { headers } = request;
  const { scheme, peerAddress, peerPort } = connection;
  span.add('http.request.method', method);
  if (method === '_OTHER') span.add('http.request.method_original', request.method);
  span.add('url.scheme', scheme);
  span.add('url.path', path);
  if (query !== '') span.add('url.query', redacted(query));
  const host = hostOf(headers.host);
  if (host !== undefined) {
    span.add('server.address', host.address);
    if (host.port !== undefined) span.add('server.port', host.port);
  }
  if (peerAddress !== undefined) {
    span.add('network.peer.address', peerAddress);
    span.add('network.peer.port', peerPort);
  }
  const forwarded = headers['x-forwarded-for'];
  const client = typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : peerAddress;
  if (client !== undefined && client !== '') span.add('client.address', client);
  span.add('network.protocol.version', request.httpVersion);
  if (requestId !== undefined) span.add('request.id', requestId);
  const agent = headers['user-agent'];
  if (agent !== undefined) span.add('user_agent.original', agent);
}

/** The last host that was asked for, taken apart: most requests ask for the same. */
let lastHost: { readonly text: string; readonly host: Host } | undefined;

interface Host {
  readonly address: string;
  readonly port: number | undefined;
}

function hostOf(text: string | undefined): Host | undefined {
  if (text === undefined) return undefined;
  if (lastHost?.text === text) return lastHost.host;
  const [, address = text, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  lastHost = { text, host: { address, port: port === undefined ? undefined : Number(port) } };
  return lastHost.host;
}

function end(call: Call, response: ServerResponse | undefined, record: Record, abortedAs: string | undefined): void {
  if (call.leavesNoTrace === true) return;
  const { span } = call;
  call.route ??= expressRoute(call.request);
  const { route } = call;
  const status = response?.statusCode ?? 0;
  const errorType = abortedAs ?? (status >= 500 ? String(status) : undefined);
  if (span.isSampled) {
    if (route !== undefined) {
      span.setAttribute('http.route', route);
      // A name that the application gave stays.
      if (span.name === 'HTTP' || isMethod(span.name)) span.updateName(`${span.name} ${route}`);
    }
    if (status !== 0) span.add('http.response.status_code', status);
    if (errorType !== undefined) {
      span.setAttribute('error.type', errorType);
      span.setStatus({ code: SpanStatusCode.ERROR, ...(call.error instanceof Error && { message: call.error.message }) });
    }
  }
  span.end();
  record(call, { status, errorType });
  // An answer below 500 is how a service refuses, and no failure of its own.
  if (call.error !== undefined && status >= 500)
    runIn(new RequestContext(ROOT_CONTEXT, call), () => captureException(call.error));
}

/** Records durations: the series of a route, method, status and scheme is looked up by each in turn, without a text made of them. */
function recorder(duration: Distribution): Record {
  const byRoute = new Map<string, Map<string, Map<number, DistributionSeries>>>();
  return (call, { status, errorType }) => {
    const { request, route = '', scheme, span } = call;
    const method = methodName(request.method);
    const statuses = inner(inner(byRoute, route), method);
    const key = (status * 2 + (scheme === 'https' ? 1 : 0)) * 2 + (request.httpVersionMajor === 1 ? 0 : 1);
    let series = statuses.get(key);
    if (series === undefined) {
      series = duration.series(attributesOf(call, { method, status, errorType }));
      statuses.set(key, series);
    }
    series.record((span.endMs - span.startMs) / 1000, span);
  };
}

function inner<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}

interface Ended extends HttpEnd {
  readonly method: string;
}

function attributesOf({ route, scheme, request }: Call, { method, status, errorType }: Ended): Attributes {
  return {
    'http.request.method': method,
    'url.scheme': scheme,
    'network.protocol.version': request.httpVersion,
    ...(route !== undefined && { 'http.route': route }),
    ...(status !== 0 && { 'http.response.status_code': status }),
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}

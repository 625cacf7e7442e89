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
import type { Distribution } from '../metric/distribution.ts';
import { describePeer } from './peer-attributes.ts';
import type { Asking } from './peer-attributes.ts';
import { methodName, spanNameOf } from './methods.ts';
import { Outcomes } from './outcomes.ts';
import type { Outcome } from './outcomes.ts';
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
  readonly log: (call: Call, outcome: Outcome) => void;
}

/** A request that is being answered. */
export interface Call extends RequestMetadata {
  readonly span: RecordedSpan;
  readonly request: IncomingMessage;
  readonly connection: Connection;
  /** As telemetry names it. */
  readonly method: string;
  /** Without what is asked of it. */
  readonly path: string;
}

/**
 * A connection and its requests that are being answered, in the order in which they came; more than one when a client does not wait
 * for answers. What does not change is asked of the socket once.
 */
export interface Connection extends Asking {
  first: Call | undefined;
  readonly others: Call[];
  /** How the last request ended: the next one most often ends alike. */
  outcome: Outcome | undefined;
}

/** Beside the sockets, not on them: a property more changes their shape, and with it the speed of all that Node does with them. */
const connections = new WeakMap<Socket, Connection>();

interface RequestMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket & { readonly encrypted?: boolean };
  readonly server: Server;
}

/** What is made of requests, and where it goes. */
interface Watching extends HttpServerOptions {
  readonly outcomes: Outcomes;
}

/** Watches all servers of the process; returns what ends that. */
export function watchHttpServers(options: HttpServerOptions): () => void {
  const watching: Watching = { ...options, outcomes: new Outcomes(options.duration, options.tracing.sink.limits) };
  const onStart = (message: unknown): void => start(message as RequestMessage, watching);
  const onFinish = (message: unknown): void => {
    const { request, response, socket } = message as RequestMessage;
    const connection = connections.get(socket);
    const call = connection === undefined ? undefined : taken(connection, request);
    if (call !== undefined) end(call, response.statusCode, watching);
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

function start({ request, socket }: RequestMessage, watching: Watching): void {
  const { tracing, extract, isIgnored } = watching;
  const url = request.url ?? '';
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (isIgnored(path)) return enterContext(ignored);
  const method = methodName(request.method);
  const { headers } = request;
  const incoming = extractFrom(extract, headers);
  const connection = connections.get(socket) ?? watch(socket, watching);
  const begun = { scope: httpServerScope, name: spanNameOf(method), kind: SpanKind.SERVER };
  const span = startSpanOf(
    tracing,
    tracing.sampler.usesAttributes ? { ...begun, options: { attributes: known(method, path, connection.peer.scheme) } } : begun,
    incoming.parent,
  );
  const requestId = readRequestId(headers[requestIdHeader]);
  const call: Call = {
    type: 'http',
    span,
    route: undefined,
    error: undefined,
    requestId,
    caller: undefined,
    leavesNoTrace: false,
    request,
    connection,
    method,
    path,
  };
  if (span.isSampled) describe(call, query === -1 ? '' : url.slice(query + 1));
  if (connection.first === undefined) connection.first = call;
  else connection.others.push(call);
  enterContext(new RequestContext(incoming.context, call));
}

/** What a sampler may decide by. */
function known(method: string, path: string, scheme: string): Attributes {
  return { 'http.request.method': method, 'url.path': path, 'url.scheme': scheme };
}

/** Watches a connection: when it ends before an answer has, nothing else tells. */
function watch(socket: RequestMessage['socket'], watching: Watching): Connection {
  const connection: Connection = {
    peer: { scheme: socket.encrypted === true ? 'https' : 'http', address: socket.remoteAddress, port: socket.remotePort },
    first: undefined,
    others: [],
    lastAsked: undefined,
    outcome: undefined,
  };
  connections.set(socket, connection);
  socket.once('close', () => {
    const { first, others } = connection;
    for (const call of first === undefined ? others : [first, ...others]) end(call, 0, watching);
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

/** What is known of a request before it is answered. */
function describe(call: Call, query: string): void {
  const { span, request, connection, path, method, requestId } = call;
  const { headers } = request;
  const forwarded = headers['x-forwarded-for'];
  const asked = {
    host: headers.host,
    agent: headers['user-agent'],
    version: request.httpVersion,
    isForwarded: forwarded !== undefined,
  };
  describePeer(span, connection, asked);
  span.add('url.path', path);
  if (query !== '') span.add('url.query', redacted(query));
  if (method === '_OTHER') span.add('http.request.method_original', request.method);
  if (requestId !== undefined) span.add('request.id', requestId);
  if (forwarded === undefined) return;
  const client = typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : connection.peer.address;
  if (client !== undefined && client !== '') span.add('client.address', client);
}

/** `status` is 0 when the connection ended before the answer. */
function end(call: Call, status: number, { outcomes, log }: Watching): void {
  if (call.leavesNoTrace === true) return;
  const { span } = call;
  call.route ??= expressRoute(call.request);
  const outcome = outcomeOf(call, status, outcomes);
  if (span.isSampled) {
    // A name that the application gave stays.
    if (span.name === spanNameOf(call.method)) span.updateName(outcome.spanName);
    span.shareAtEnd(outcome.ofSpans);
    if (outcome.errorType !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, ...(call.error instanceof Error && { message: call.error.message }) });
    }
  }
  span.end();
  outcome.series.record((span.endMs - span.startMs) / 1000, span);
  log(call, outcome);
  // An answer below 500 is how a service refuses, and no failure of its own.
  if (call.error !== undefined && status >= 500)
    runIn(new RequestContext(ROOT_CONTEXT, call), () => captureException(call.error));
}

/** The connection's last one where the request ended alike. */
function outcomeOf({ connection, route, method, request }: Call, status: number, outcomes: Outcomes): Outcome {
  const last = connection.outcome;
  const { httpVersion: version } = request;
  if (last !== undefined && last.route === route && last.status === status && last.method === method && last.version === version)
    return last;
  connection.outcome = outcomes.of({ route, method, scheme: connection.peer.scheme, version, status });
  return connection.outcome;
}

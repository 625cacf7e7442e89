/**
 * Calls that a server of `@grpc/grpc-js` answers, of all four kinds. The innermost interceptor sees every message and the status that
 * is sent; that of a deadline, of a cancel and of a message that cannot be read comes from grpc-js itself, so the call's own
 * `sendStatus` is watched, not only what handlers say.
 */
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type { ServerInterceptingCallInterface, ServerInterceptor, Metadata } from '@grpc/grpc-js';
import { readRequestId, requestIdHeader } from '../trace/request.ts';
import { RequestContext, runIn } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import { extractFrom } from '../trace/extract.ts';
import type { Extract, Headers } from '../trace/extract.ts';
import type { RecordedSpan } from '../trace/span.ts';
import { startSpanOf } from '../trace/tracer.ts';
import type { Tracing } from '../trace/tracer.ts';
import { Connections } from './connections.ts';
import { messageSizes } from './message-sizes.ts';
import type { MessageSizes } from './message-sizes.ts';
import { callAttributes } from './outcomes.ts';
import { Rpc, grpcScope } from './rpc.ts';
import type { RpcTelling } from './rpc.ts';

export interface GrpcOptions {
  readonly tracing: Tracing;
  readonly extract: Extract;
  readonly telling: RpcTelling;
  readonly withOlder: boolean;
}

/** The parts of grpc-js's server that are watched; `interceptors` and `_respondWithError` are its own, and looked at with care. */
export interface ServerPrototype {
  register: Register;
  _respondWithError?: (status: { code?: number; details?: string }, ...rest: unknown[]) => unknown;
}

type Register = (
  this: { interceptors?: ServerInterceptor[] },
  name: string,
  handler: unknown,
  serialize: (value: unknown) => Buffer,
  deserialize: (bytes: Buffer) => unknown,
  type: string,
) => boolean;

/** Watches all servers of one copy of grpc-js; returns what ends that. */
export function watchGrpcServer(prototype: ServerPrototype, options: GrpcOptions): () => void {
  const sizes = messageSizes();
  const watching: Watching = { ...options, sizes, connections: new Connections(options) };
  const interceptor: ServerInterceptor = (definition, call) => {
    watchCall(call, definition.path.replace(/^\//, ''), watching);
    // grpc-js takes what an interceptor returns for the call itself; this one has been watched in place.
    return call as ReturnType<ServerInterceptor>;
  };
  const { register, _respondWithError: respondWithError } = prototype;
  prototype.register = function watchedRegister(name, handler, serialize, deserialize, type) {
    if (Array.isArray(this.interceptors) && !this.interceptors.includes(interceptor)) {
      this.interceptors = [interceptor, ...this.interceptors];
    }
    return register.call(this, name, handler, sizes.counting(serialize), sizes.remembering(deserialize), type);
  };
  if (respondWithError !== undefined) {
    prototype._respondWithError = function watchedRespond(status, ...rest) {
      tellUnknown(status, options);
      return respondWithError.call(this, status, ...rest);
    };
  }
  return () => {
    prototype.register = register;
    if (respondWithError !== undefined) prototype._respondWithError = respondWithError;
  };
}

interface Watching extends GrpcOptions {
  readonly sizes: MessageSizes;
  readonly connections: Connections;
}

/** A call of grpc-js, which keeps its HTTP/2 stream; that knows its session, and why it was reset. */
type WatchedInterface = ServerInterceptingCallInterface & {
  readonly stream?: { readonly rstCode?: number; readonly session?: object };
};
type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** Those of its methods that are watched, as they were. */
interface Methods {
  readonly start: (this: WatchedInterface, listener: Listener) => void;
  readonly sendMessage: (this: WatchedInterface, message: unknown, callback: () => void) => void;
  readonly sendStatus: (this: WatchedInterface, status: Parameters<WatchedInterface['sendStatus']>[0]) => void;
}

/** Watches a call in place: each of its methods is its own from now on. */
function watchCall(call: WatchedInterface, method: string, watching: Watching): void {
  const { start, sendMessage, sendStatus } = call as Methods;
  const watched = new WatchedCall(call, method, watching);
  call.start = (listener) => {
    watched.listener = listener;
    start.call(call, watched);
  };
  call.sendMessage = (message, callback) => {
    sendMessage.call(call, message, callback);
    watched.rpc?.messageSent(watching.sizes.last());
  };
  call.sendStatus = (status) => {
    watched.said ??= { code: status.code ?? 2, details: status.details ?? '' };
    sendStatus.call(call, status);
  };
}

/** What comes from the client, on its way to the handler: within the context of the call. */
class WatchedCall implements Listener {
  rpc: Rpc | undefined;
  /** What the handler, or grpc-js itself, answered. */
  said: { readonly code: number; readonly details: string } | undefined;
  listener: Listener | undefined;
  private context: Context;
  private readonly call: WatchedInterface;
  private readonly method: string;
  private readonly watching: Watching;

  constructor(call: WatchedInterface, method: string, watching: Watching) {
    this.rpc = undefined;
    this.said = undefined;
    this.listener = undefined;
    this.context = ROOT_CONTEXT;
    this.call = call;
    this.method = method;
    this.watching = watching;
  }

  onReceiveMetadata(metadata: Metadata): void {
    const { rpc, context } = begin(this.method, metadata, this.call, this.watching);
    this.rpc = rpc;
    // From here on, all that the handler does belongs to the call.
    this.context = context;
    runIn(context, () => this.listener?.onReceiveMetadata(metadata));
  }

  onReceiveMessage(message: unknown): void {
    this.rpc?.messageReceived(this.watching.sizes.of(message));
    runIn(this.context, () => this.listener?.onReceiveMessage(message));
  }

  onReceiveHalfClose(): void {
    runIn(this.context, () => this.listener?.onReceiveHalfClose());
  }

  /** Told after every call, once its status is on the wire or the client has gone. */
  onCancel(): void {
    const { call, said } = this;
    const { code, details } = wasReset(call) || said === undefined ? givenUp(call) : said;
    this.rpc?.end(code, details);
    runIn(this.context, () => this.listener?.onCancel());
  }
}

const cancelled = { code: 1, details: 'Cancelled by the client' };
const tooLate = { code: 4, details: 'Deadline exceeded' };
/** The client's clock for a deadline runs out a moment before the server's. */
const deadlineSlackMs = 10;

/** Why a client gave a call up: a client whose deadline is over cancels as one does that has lost interest. */
function givenUp(call: ServerInterceptingCallInterface): typeof cancelled {
  return Number(call.getDeadline()) <= Date.now() + deadlineSlackMs ? tooLate : cancelled;
}

/** HTTP/2's code for a stream that is not wanted any more (RFC 9113, section 7). */
const resetByCancel = 8;

/** Whether the client gave the call up before its status was sent. */
function wasReset({ stream }: WatchedInterface): boolean {
  return stream?.rstCode === resetByCancel;
}

function begin(method: string, metadata: Metadata, call: WatchedInterface, watching: Watching): { rpc: Rpc; context: Context } {
  const { tracing, extract, telling, connections } = watching;
  const incoming = extractFrom(extract, extract === 'w3c' ? traceHeaders(metadata) : (metadata.getMap() as Headers));
  const span = startSpanOf(tracing, { scope: grpcScope, name: method, kind: SpanKind.SERVER }, incoming.parent);
  const requestId = readRequestId(valueIn(metadata, requestIdHeader));
  const connection = connections.of(call, call.stream?.session);
  if (span.isSampled) {
    connection.describe(span, method, call.getHost());
    if (requestId !== undefined) span.add('request.id', requestId);
  }
  const request = requestOf(span, requestId);
  return {
    rpc: new Rpc({ side: 'server', method, span, peer: connection.peer, request }, telling),
    context: new RequestContext(incoming.context, request),
  };
}

function requestOf(span: RecordedSpan, requestId: string | undefined): RequestMetadata & { readonly span: RecordedSpan } {
  return { type: 'http', span, route: undefined, error: undefined, requestId, caller: undefined, leavesNoTrace: false };
}

const noHeaders: Headers = {};

function traceHeaders(metadata: Metadata): Headers {
  const [traceparent, baggage] = [valueIn(metadata, 'traceparent'), valueIn(metadata, 'baggage')];
  if (traceparent === undefined && baggage === undefined) return noHeaders;
  return { traceparent, tracestate: valueIn(metadata, 'tracestate'), baggage };
}

/** The first value of a key. `get` checks and folds the key each time; what it asks then is a map, which grpc-js calls its own. */
function valueIn(metadata: Metadata, key: string): string | undefined {
  const { internalRepr: map } = metadata as unknown as { readonly internalRepr?: unknown };
  const [value] = map instanceof Map ? ((map.get(key) as readonly unknown[] | undefined) ?? []) : metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** A method that the server does not have: one name for all, so that nobody makes series by calling names. */
function tellUnknown({ code = 12, details = '' }: { code?: number; details?: string }, { tracing, telling }: GrpcOptions): void {
  const span = startSpanOf(tracing, { scope: grpcScope, name: '_OTHER', kind: SpanKind.SERVER }, undefined);
  if (span.isSampled) {
    span.attributes = callAttributes('_OTHER', false);
    const [, original] = /method (\/\S+)/.exec(details) ?? [];
    if (original !== undefined) span.add('rpc.method_original', original.slice(1));
  }
  const request = requestOf(span, undefined);
  new Rpc({ side: 'server', method: '_OTHER', span, peer: undefined, request }, telling).end(code, details);
}

/**
 * Calls that a server of `@grpc/grpc-js` answers, of all four kinds. The innermost interceptor sees every message and the status that
 * is sent; that of a deadline, of a cancel and of a message that cannot be read comes from grpc-js itself, so the call's own
 * `sendStatus` is watched, not only what handlers say.
 */
import { SpanKind } from '@opentelemetry/api';
import type { ServerInterceptingCallInterface, ServerInterceptor, Metadata } from '@grpc/grpc-js';
import { readRequestId, requestIdHeader } from '../trace/request.ts';
import { RequestContext, runIn } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import { extractFrom } from '../trace/extract.ts';
import type { Extract } from '../trace/extract.ts';
import type { RecordedSpan } from '../trace/span.ts';
import { startSpanOf } from '../trace/tracer.ts';
import type { Tracing } from '../trace/tracer.ts';
import { Rpc, describeCall, grpcScope } from './rpc.ts';
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
  const interceptor: ServerInterceptor = (definition, call) => {
    watchCall(call, definition.path.replace(/^\//, ''), { ...options, sizes });
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
}

function watchCall(call: ServerInterceptingCallInterface, method: string, options: Watching): void {
  const start = call.start.bind(call);
  const sendMessage = call.sendMessage.bind(call);
  const sendStatus = call.sendStatus.bind(call);
  const { sizes } = options;
  let rpc: Rpc | undefined;
  /** What the handler, or grpc-js itself, answered. */
  let said: { readonly code: number; readonly details: string } | undefined;
  call.start = (listener) => {
    start({
      onReceiveMetadata(metadata) {
        const begun = begin(method, metadata, call, options);
        rpc = begun.rpc;
        const { context } = begun;
        // From here on, all that the handler does belongs to the call.
        within = <T>(run: () => T): T => runIn(context, run);
        within(() => listener.onReceiveMetadata(metadata));
      },
      onReceiveMessage(message) {
        rpc?.messageReceived(sizes.of(message));
        within(() => listener.onReceiveMessage(message));
      },
      onReceiveHalfClose: () => within(() => listener.onReceiveHalfClose()),
      // Told after every call, once its status is on the wire or the client has gone.
      onCancel() {
        const { code, details } = wasReset(call) || said === undefined ? givenUp(call) : said;
        rpc?.end(code, details);
        within(() => listener.onCancel());
      },
    });
  };
  let within = <T>(run: () => T): T => run();
  call.sendMessage = (message, callback) => {
    sendMessage(message, callback);
    rpc?.messageSent(sizes.last());
  };
  call.sendStatus = (status) => {
    said ??= { code: status.code ?? 2, details: status.details ?? '' };
    sendStatus(status);
  };
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

/** Whether the client gave the call up before its status was sent; grpc-js keeps the HTTP/2 stream, which knows. */
function wasReset(call: ServerInterceptingCallInterface & { readonly stream?: { readonly rstCode?: number } }): boolean {
  return call.stream?.rstCode === resetByCancel;
}

function begin(method: string, metadata: Metadata, call: ServerInterceptingCallInterface, options: GrpcOptions) {
  const { tracing, extract, telling, withOlder } = options;
  const headers = extract === 'w3c' ? traceHeaders(metadata) : (metadata.getMap() as Record<string, string>);
  const incoming = extractFrom(extract, headers);
  const span = startSpanOf(tracing, { scope: grpcScope, name: method, kind: SpanKind.SERVER }, incoming.parent);
  const peer = call.getPeer();
  if (span.isSampled) {
    describeCall(span, method, withOlder);
    const { address, port } = splitPeer(peer);
    span.add('network.peer.address', address);
    if (port !== undefined) span.add('network.peer.port', port);
    span.add('server.address', call.getHost().replace(/:\d+$/, ''));
  }
  const requestId = readRequestId(metadata.get(requestIdHeader)[0]);
  if (requestId !== undefined && span.isSampled) span.add('request.id', requestId);
  const request = metadataOf(span, requestId);
  const rpc = new Rpc({ side: 'server', method, span, peer: peer === 'unknown' ? undefined : peer, request }, telling);
  return { rpc, context: new RequestContext(incoming.context, request) };
}

function metadataOf(span: RecordedSpan, requestId: string | undefined): RequestMetadata {
  return { type: 'http', span, route: undefined, error: undefined, requestId, caller: undefined, leavesNoTrace: false };
}

const w3cHeaders = ['traceparent', 'tracestate', 'baggage'] as const;

function traceHeaders(metadata: Metadata): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const name of w3cHeaders) {
    const [value] = metadata.get(name);
    if (value !== undefined) headers[name] = value.toString();
  }
  return headers;
}

function splitPeer(peer: string): { readonly address: string; readonly port: number | undefined } {
  const colon = peer.lastIndexOf(':');
  const port = colon === -1 ? undefined : Number(peer.slice(colon + 1));
  return port !== undefined && Number.isInteger(port)
    ? { address: peer.slice(0, colon), port }
    : { address: peer, port: undefined };
}

/** A method that the server does not have: one name for all, so that nobody makes series by calling names. */
function tellUnknown({ code = 12, details = '' }: { code?: number; details?: string }, { tracing, telling }: GrpcOptions): void {
  const span = startSpanOf(tracing, { scope: grpcScope, name: '_OTHER', kind: SpanKind.SERVER }, undefined);
  if (span.isSampled) {
    describeCall(span, '_OTHER', false);
    const [, original] = /method (\/\S+)/.exec(details) ?? [];
    if (original !== undefined) span.add('rpc.method_original', original.slice(1));
  }
  const request = metadataOf(span, undefined);
  new Rpc({ side: 'server', method: '_OTHER', span, peer: undefined, request }, telling).end(code, details);
}

export interface MessageSizes {
  readonly counting: <T>(serialize: (value: T) => Buffer) => (value: T) => Buffer;
  readonly remembering: <T>(deserialize: (bytes: Buffer) => T) => (bytes: Buffer) => T;
  /** Bytes of the message that was serialized last. */
  readonly last: () => number;
  /** Bytes that a message was read from. */
  readonly of: (message: unknown) => number;
}

/** Bytes of messages, which only those know who write and read them. */
function messageSizes(): MessageSizes {
  const read = new WeakMap<object, number>();
  let lastRead = 0;
  let lastWritten = 0;
  return {
    counting: (serialize) => (value) => {
      const bytes = serialize(value);
      lastWritten = bytes.length;
      return bytes;
    },
    remembering: (deserialize) => (bytes) => {
      const message = deserialize(bytes);
      lastRead = bytes.length;
      if (typeof message === 'object' && message !== null) read.set(message, bytes.length);
      return message;
    },
    last: () => lastWritten,
    of: (message) => (typeof message === 'object' && message !== null ? (read.get(message) ?? lastRead) : lastRead),
  };
}

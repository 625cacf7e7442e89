/**
 * Calls that clients of `@grpc/grpc-js` make, of all four kinds. Generated clients, those that call by name and all interceptors end
 * at the channel, which makes one `Call` of bytes for each: that is watched. Retries of grpc-js are within it.
 */
import { SpanKind, propagation } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import type { Metadata } from '@grpc/grpc-js';
import { requestIdHeader, requestIdOf } from '../trace/request.ts';
import { activeContext, runIn, withSpan } from '../trace/context.ts';
import { parentIn, startSpanOf } from '../trace/tracer.ts';
import { callAttributes } from './outcomes.ts';
import { Rpc, grpcScope } from './rpc.ts';
import type { GrpcOptions } from './server.ts';

interface Listener {
  onReceiveMetadata: (metadata: Metadata) => void;
  onReceiveMessage: (message: Buffer) => void;
  onReceiveStatus: (status: { readonly code: number; readonly details: string }) => void;
}

/** The part of a channel's call that is watched. */
interface Call {
  start: (metadata: Metadata, listener: Listener) => void;
  sendMessageWithContext: (context: unknown, message: Buffer) => void;
}

export interface ChannelPrototype {
  createCall: (this: { getTarget: () => string }, method: string, ...rest: unknown[]) => Call;
}

/** Watches all clients of one copy of grpc-js; returns what ends that. */
export function watchGrpcClient(prototype: ChannelPrototype, options: GrpcOptions): () => void {
  const { createCall } = prototype;
  prototype.createCall = function watchedCreateCall(path, ...rest) {
    const call = createCall.call(this, path, ...rest);
    if (!isTracingSuppressed(activeContext()))
      watchCall(call, { method: path.replace(/^\//, ''), target: this.getTarget() }, options);
    return call;
  };
  return () => {
    prototype.createCall = createCall;
  };
}

interface Called {
  readonly method: string;
  readonly target: string;
}

function watchCall(call: Call, { method, target }: Called, { tracing, telling, withOlder }: GrpcOptions): void {
  const parent = activeContext();
  const span = startSpanOf(tracing, { scope: grpcScope, name: method, kind: SpanKind.CLIENT }, parentIn(parent));
  if (span.isSampled) {
    const { address, port } = splitTarget(target);
    span.attributes = [...callAttributes(method, withOlder), 'server.address', address];
    if (port !== undefined) span.add('server.port', port);
  }
  const rpc = new Rpc({ side: 'client', method, span, peer: undefined, request: undefined }, telling);
  const start = call.start.bind(call);
  const send = call.sendMessageWithContext.bind(call);
  call.start = (metadata, listener) => {
    // The caller's metadata stays as it is: it may be used for other calls.
    const own = metadata.clone();
    propagation.inject(withSpan(parent, span), own, { set: (into, key, value) => into.set(key, value) });
    const requestId = requestIdOf(parent);
    if (requestId !== undefined && own.get(requestIdHeader).length === 0) own.set(requestIdHeader, requestId);
    start(own, {
      onReceiveMetadata: (received) => runIn(parent, () => listener.onReceiveMetadata(received)),
      onReceiveMessage(message) {
        rpc.messageReceived(message.length);
        runIn(parent, () => listener.onReceiveMessage(message));
      },
      onReceiveStatus(status) {
        rpc.end(status.code, status.details);
        runIn(parent, () => listener.onReceiveStatus(status));
      },
    });
  };
  call.sendMessageWithContext = (context, message) => {
    rpc.messageSent(message.length);
    send(context, message);
  };
}

/** `dns:host:port`, `ipv4:1.2.3.4:5`, `host:port`, `unix:/path`. */
function splitTarget(target: string): { readonly address: string; readonly port: number | undefined } {
  const plain = target.replace(/^(?:dns|ipv4|ipv6|passthrough):(?:\/\/[^/]*\/)?/, '');
  const [, address = plain, port] = /^(.*?)(?::(\d+))?$/.exec(plain) ?? [];
  return { address, port: port === undefined ? undefined : Number(port) };
}

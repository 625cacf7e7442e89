/** What the calls of one connection of a gRPC server have in common: who calls, and by which name. */
import { sharedAttributes } from '../otlp/span.ts';
import type { SharedAttributes, SpanLimits } from '../trace/span.ts';
import { callAttributes } from './outcomes.ts';

/** The part of a call that tells of its connection. */
export interface Called {
  /** `address:port`, or `unknown`. */
  readonly getPeer: () => string;
  readonly getHost: () => string;
}

export interface ConnectionsOptions {
  readonly tracing: { readonly sink: { readonly limits: SpanLimits } };
  readonly withOlder: boolean;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #known = new WeakMap<object, Connection>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** `session`: what is the same for all calls of a connection; asking it for its peer costs more than all else of a call's start. */
  of(call: Called, session: object | undefined): Connection {
    const known = session === undefined ? undefined : this.#known.get(session);
    const host = call.getHost();
    if (known?.host === host) return known;
    const connection = new Connection(call.getPeer(), host, this.#options);
    if (session !== undefined) this.#known.set(session, connection);
    return connection;
  }
}

export class Connection {
  readonly host: string;
  /** `address:port`. */
  readonly peer: string | undefined;
  readonly #options: ConnectionsOptions;
  readonly #byMethod = new Map<string, SharedAttributes>();

  constructor(peer: string, host: string, options: ConnectionsOptions) {
    this.host = host;
    this.peer = peer === 'unknown' ? undefined : peer;
    this.#options = options;
  }

  /** What spans of calls of a method start with. */
  attributesOf(method: string): SharedAttributes {
    let shared = this.#byMethod.get(method);
    if (shared === undefined) {
      const { tracing, withOlder } = this.#options;
      const list = [...callAttributes(method, withOlder), ...peerAttributes(this.peer), 'server.address', withoutPort(this.host)];
      shared = sharedAttributes(list, tracing.sink.limits);
      this.#byMethod.set(method, shared);
    }
    return shared;
  }
}

function peerAttributes(peer: string | undefined): unknown[] {
  if (peer === undefined) return [];
  const colon = peer.lastIndexOf(':');
  const port = colon === -1 ? Number.NaN : Number(peer.slice(colon + 1));
  if (!Number.isInteger(port)) return ['network.peer.address', peer];
  return ['network.peer.address', peer.slice(0, colon), 'network.peer.port', port];
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

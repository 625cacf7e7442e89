/** What the calls of one connection of a gRPC server have in common: who calls, and by which name. */
import { sharedAttributes } from '../otlp/span.ts';
import type { RecordedSpan, SharedAttributes, SpanLimits } from '../trace/span.ts';
import { callAttributes } from './outcomes.ts';

/** The part of a call that tells of its connection. */
export interface Called {
  /** `address:port`, or `unknown`. */
  readonly getPeer: () => string;
  readonly getHost: () => string;
}

export interface ConnectionsOptions {
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
    let connection = session === undefined ? undefined : this.#known.get(session);
    if (connection === undefined) {
      connection = new Connection(call, this.#options);
      if (session !== undefined) this.#known.set(session, connection);
    }
    return connection;
  }
}

export class Connection {
  /** `address:port`. */
  readonly peer: string | undefined;
  readonly #host: string;
  readonly #options: ConnectionsOptions;
  readonly #byMethod = new Map<string, SharedAttributes>();

  constructor(call: Called, options: ConnectionsOptions) {
    const peer = call.getPeer();
    this.peer = peer === 'unknown' ? undefined : peer;
    this.#host = call.getHost();
    this.#options = options;
  }

  /** Says on the span of a call who calls, and what. */
  describe(span: RecordedSpan, method: string, host: string): void {
    // Behind a proxy calls of one connection may be for several hosts.
    if (host === this.#host) span.sharedAtStart = this.#sharedOf(method, span.limits);
    else span.attributes = this.#list(method, host);
  }

  #sharedOf(method: string, limits: SpanLimits): SharedAttributes {
    let shared = this.#byMethod.get(method);
    if (shared === undefined) {
      shared = sharedAttributes(this.#list(method, this.#host), limits);
      this.#byMethod.set(method, shared);
    }
    return shared;
  }

  #list(method: string, host: string): unknown[] {
    const ofCall = callAttributes(method, this.#options.withOlder);
    return [...ofCall, ...peerAttributes(this.peer), 'server.address', withoutPort(host)];
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

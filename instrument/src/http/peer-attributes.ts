/** What the requests of one connection have in common: who asks, over what, and for which host. It is written once for their spans. */
import { sharedAttributes } from '../otlp/span.ts';
import type { RecordedSpan, SharedAttributes } from '../trace/span.ts';

/** The other end of a connection. */
export interface Peer {
  readonly scheme: 'http' | 'https';
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** What a request asks with. */
export interface Asked {
  readonly host: string | undefined;
  readonly agent: string | undefined;
  /** Of the protocol: `1.1`. */
  readonly version: string;
  /** It came for somebody else, whom it names itself. */
  readonly isForwarded: boolean;
}

/** What the last request of a connection asked with. */
export interface LastAsked extends Asked {
  /** Undefined until a second one asks with the same: behind a proxy each may ask with something else. */
  ofSpans: SharedAttributes | undefined;
}

/** A connection, as far as it matters here. */
export interface Asking {
  readonly peer: Peer;
  /** Undefined until a request of it is sampled. */
  lastAsked: LastAsked | undefined;
}

/** Says on the span of a request who asks, and with what. */
export function describePeer(span: RecordedSpan, connection: Asking, asked: Asked): void {
  const { peer, lastAsked } = connection;
  if (lastAsked === undefined || !isSame(lastAsked, asked)) {
    connection.lastAsked = { ...asked, ofSpans: undefined };
    span.attributes = list(peer, asked);
    return;
  }
  lastAsked.ofSpans ??= sharedAttributes(list(peer, asked), span.limits);
  span.sharedAtStart = lastAsked.ofSpans;
}

function isSame(a: Asked, b: Asked): boolean {
  return a.host === b.host && a.agent === b.agent && a.version === b.version && a.isForwarded === b.isForwarded;
}

/** What is known, keys and values in turn. */
function list({ scheme, address, port }: Peer, { host, agent, version, isForwarded }: Asked): unknown[] {
  const server = hostOf(host);
  const all = {
    'url.scheme': scheme,
    'network.protocol.version': version,
    'server.address': server?.address,
    'server.port': server?.port,
    'network.peer.address': address,
    'network.peer.port': port,
    'client.address': isForwarded ? undefined : address,
    'user_agent.original': agent,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .flat();
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

/** What the requests of one connection have in common: who asks, over what, and for which host. It is written once for their spans. */
import { sharedAttributes } from '../otlp/span.ts';
import type { SharedAttributes, SpanLimits } from '../trace/span.ts';

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

export interface PeerAttributes extends Asked {
  readonly ofSpans: SharedAttributes;
}

/** Those of the request before, `last`, where it asked with the same. */
export function peerAttributes(peer: Peer, last: PeerAttributes | undefined, asked: Asked, limits: SpanLimits): PeerAttributes {
  if (
    last !== undefined &&
    last.host === asked.host &&
    last.agent === asked.agent &&
    last.version === asked.version &&
    last.isForwarded === asked.isForwarded
  )
    return last;
  return { ...asked, ofSpans: sharedAttributes(list(peer, asked), limits) };
}

function list({ scheme, address, port }: Peer, { host, agent, version, isForwarded }: Asked): unknown[] {
  const known: [key: string, value: unknown][] = [
    ['url.scheme', scheme],
    ...hostAttributes(host),
    ['network.peer.address', address],
    ['network.peer.port', port],
    ['client.address', isForwarded ? undefined : address],
    ['network.protocol.version', version],
    ['user_agent.original', agent],
  ];
  return known.filter(([, value]) => value !== undefined).flat();
}

function hostAttributes(host: string | undefined): [key: string, value: unknown][] {
  if (host === undefined) return [];
  const [, address = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  return [
    ['server.address', address],
    ['server.port', port === undefined ? undefined : Number(port)],
  ];
}

/** The transport of each signal: one for all that go over HTTP, one for each gRPC target. */
import type { Target } from '../settings.ts';
import { otlpJson } from '../otlp/json.ts';
import { grpcTransport } from './grpc-transport.ts';
import { httpTransport } from './http-transport.ts';
import type { HttpTarget } from './http-transport.ts';
import { signals } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Transport } from './transport.ts';

type Targets = Readonly<Record<Signal, Target | undefined>>;

/** `watched` may stand before each of them and look on. */
export function makeTransports(
  targets: Targets,
  warn: (message: string) => void,
  watched: (transport: Transport) => Transport = (transport) => transport,
): Readonly<Record<Signal, Transport | undefined>> {
  const overHttp = Object.fromEntries(
    signals.flatMap((signal) => {
      const target = targets[signal];
      return target === undefined || target.protocol === 'grpc' ? [] : [[signal, httpTarget(target)]];
    }),
  ) as Partial<Record<Signal, HttpTarget>>;
  const http = watched(httpTransport(overHttp, otlpJson));
  const byUrl = new Map<string, Transport | undefined>();
  const overGrpc = (target: Target): Transport | undefined => {
    if (!byUrl.has(target.url)) {
      const transport = tryGrpc(target, warn);
      byUrl.set(target.url, transport && watched(transport));
    }
    return byUrl.get(target.url);
  };
  const transportOf = (target: Target | undefined): Transport | undefined => {
    if (target === undefined) return undefined;
    return target.protocol === 'grpc' ? overGrpc(target) : http;
  };
  return { traces: transportOf(targets.traces), logs: transportOf(targets.logs), metrics: transportOf(targets.metrics) };
}

function httpTarget({ protocol, ...target }: Target): HttpTarget {
  return { ...target, encoding: protocol === 'http/json' ? 'json' : 'protobuf' };
}

function tryGrpc(target: Target, warn: (message: string) => void): Transport | undefined {
  try {
    return grpcTransport(target);
  } catch (thrown) {
    warn((thrown as Error).message);
    return undefined;
  }
}

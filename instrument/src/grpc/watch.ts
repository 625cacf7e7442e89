/** gRPC by `@grpc/grpc-js`, watched from when the application loads it. */
import type { CallLog } from '../log/call-log.ts';
import type { ScopedLogger } from '../log/logger.ts';
import type { Meters } from '../metric/meters.ts';
import { watchModule } from '../modules/watch-modules.ts';
import type { Extract } from '../trace/extract.ts';
import type { Tracing } from '../trace/tracer.ts';
import { watchGrpcClient } from './client.ts';
import type { ChannelPrototype } from './client.ts';
import { rpcLogger } from './call-line.ts';
import { Outcomes } from './outcomes.ts';
import { grpcScope } from './rpc.ts';
import { watchGrpcServer } from './server.ts';
import type { ServerPrototype } from './server.ts';

export interface WatchGrpcOptions {
  readonly tracing: Tracing;
  readonly extract: Extract;
  readonly meters: Meters;
  readonly logger: ScopedLogger;
  readonly callLog: CallLog;
  /** OTEL_SEMCONV_STABILITY_OPT_IN. */
  readonly names: readonly string[];
}

/** Watches every copy of grpc-js that is loaded; returns what ends that. */
export function watchGrpc({ tracing, extract, meters, logger, callLog, names }: WatchGrpcOptions): () => void {
  const withOlder = names.includes('rpc/dup');
  const outcomes = new Outcomes({
    distribution: (spec) => meters.distribution(grpcScope, spec),
    limits: tracing.sink.limits,
    withOlder,
  });
  const telling = { outcomes, log: rpcLogger(logger, callLog) };
  const options = { tracing, extract, telling, withOlder };
  const ends: (() => void)[] = [];
  const stop = watchModule('@grpc/grpc-js', (exports) => {
    const { Server, Channel } = exports as { Server: { prototype: ServerPrototype }; Channel: { prototype: ChannelPrototype } };
    ends.push(watchGrpcServer(Server.prototype, options), watchGrpcClient(Channel.prototype, options));
  });
  return () => {
    stop();
    for (const end of ends) end();
  };
}

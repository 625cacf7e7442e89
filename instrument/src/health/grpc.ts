/**
 * gRPC's health service, `grpc.health.v1.Health` (grpc/doc/health-checking.md), for servers of `@grpc/grpc-js`: Check, Watch and List.
 * A service of the server stands for a group of checks; the empty name is the whole server. Calls of it leave no trace.
 */
import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Health } from './health.ts';
import { readRequest, servingStatuses, writeList, writeResponse } from './grpc-messages.ts';
import type { HealthCheckRequest, HealthCheckResponse, HealthListResponse, ServingStatus } from './grpc-messages.ts';
import { leaveNoTrace } from './quiet.ts';
import { isUp } from './status.ts';
import type { Status } from './status.ts';

export interface GrpcHealthOptions {
  /** The group of checks that each service stands for. The empty name, which is there in any case, is `ready` when absent. */
  readonly services?: Readonly<Record<string, string>>;
  /** So many may watch at once; others get RESOURCE_EXHAUSTED. 1000 when absent. */
  readonly watchersMax?: number;
}

/**
 * Adds the service to a server, before or after it listens. `health.stop()` ends the calls of those who watch, for which
 * `server.tryShutdown` would wait. Throws when a service is to stand for a group that does not exist.
 */
export function addGrpcHealth(server: Pick<Server, 'addService'>, health: Health, options: GrpcHealthOptions = {}): void {
  const groups = new Map(Object.entries({ '': 'ready', ...options.services }));
  for (const group of groups.values()) {
    if (!health.groups.includes(group)) throw new Error(`there is no group "${group}", but ${health.groups.join(', ')}`);
  }
  server.addService(definition, implementation(health, groups, options.watchersMax ?? 1000));
}

const path = '/grpc.health.v1.Health';
/** What a client needs of a definition, and a server never calls. */
const unused = { requestSerialize: () => Buffer.alloc(0), responseDeserialize: () => undefined };
const single = { requestStream: false, responseStream: false, requestDeserialize: readRequest, ...unused } as const;

/** As grpc-js wants it: plain data, for which nothing has to be loaded. */
const definition: ServiceDefinition = {
  Check: { ...single, path: `${path}/Check`, responseSerialize: writeResponse },
  Watch: { ...single, path: `${path}/Watch`, responseSerialize: writeResponse, responseStream: true },
  List: { ...single, path: `${path}/List`, responseSerialize: writeList },
};

/** Statuses of gRPC (grpc/statuscodes.md). */
const codes = { NOT_FOUND: 5, RESOURCE_EXHAUSTED: 8, UNAVAILABLE: 14 } as const;

/** What is needed of grpc-js's calls. */
interface UnaryCall {
  readonly request: HealthCheckRequest;
}

type Answer<T> = (error: GrpcError | null, value?: T) => void;

interface GrpcError {
  readonly code: number;
  readonly details: string;
}

interface WatchCall extends UnaryCall {
  readonly write: (response: HealthCheckResponse) => boolean;
  readonly on: (event: 'cancelled' | 'close' | 'drain', listener: () => void) => unknown;
  readonly emit: (event: 'error', error: GrpcError) => unknown;
}

type Groups = ReadonlyMap<string, string>;

function implementation(health: Health, groups: Groups, watchersMax: number): UntypedServiceImplementation {
  return {
    Check(call: UnaryCall, answer: Answer<HealthCheckResponse>): void {
      leaveNoTrace();
      const group = groups.get(call.request.service);
      if (group === undefined) return answer({ code: codes.NOT_FOUND, details: 'unknown service' });
      void statusOf(health, group).then((status) => answer(null, { status }));
    },
    List(_: UnaryCall, answer: Answer<HealthListResponse>): void {
      leaveNoTrace();
      const statuses = Array.from(
        groups,
        async ([service, group]) => [service, { status: await statusOf(health, group) }] as const,
      );
      void Promise.all(statuses).then((entries) => answer(null, { statuses: new Map(entries) }));
    },
    Watch: watching(health, groups, watchersMax) as UntypedServiceImplementation[string],
  };
}

async function statusOf(health: Health, group: string): Promise<ServingStatus> {
  return servingStatus((await health.state(group)).status);
}

function servingStatus(status: Status): ServingStatus {
  return isUp(status) ? servingStatuses.SERVING : servingStatuses.NOT_SERVING;
}

function watching(health: Health, groups: Groups, watchersMax: number): (call: WatchCall) => void {
  const watchers = new Map<Watcher, string | undefined>();
  /** Groups that have changed since this began. */
  const latest = new Map<string, ServingStatus>();
  health.onChange((change) => {
    if (change.kind !== 'group') return;
    const status = servingStatus(change.to);
    latest.set(change.group, status);
    for (const [watcher, group] of watchers) if (group === change.group) watcher.tell(status);
  });
  health.stopped.addEventListener('abort', () => {
    for (const watcher of watchers.keys()) watcher.end();
    watchers.clear();
  });
  return (call) => {
    leaveNoTrace();
    if (health.stopped.aborted) return void call.emit('error', stopped);
    if (watchers.size >= watchersMax) return void call.emit('error', tooMany);
    const watcher = new Watcher(call);
    const group = groups.get(call.request.service);
    watchers.set(watcher, group);
    for (const event of ['cancelled', 'close'] as const) call.on(event, () => watchers.delete(watcher));
    if (group === undefined) return watcher.tell(servingStatuses.SERVICE_UNKNOWN);
    // What changed while the state was found out is newer.
    void statusOf(health, group).then((status) => watcher.tell(latest.get(group) ?? status));
  };
}

const stopped: GrpcError = { code: codes.UNAVAILABLE, details: 'the server is ending' };
const tooMany: GrpcError = { code: codes.RESOURCE_EXHAUSTED, details: 'too many watch already' };

/** Who watches one service. A client that reads slowly gets the latest status when it reads on, and not all that were. */
class Watcher {
  readonly #call: WatchCall;
  #sent: ServingStatus | undefined;
  #wanted: ServingStatus | undefined;
  #isFull = false;
  #isEnded = false;

  constructor(call: WatchCall) {
    this.#call = call;
    call.on('cancelled', () => (this.#isEnded = true));
    call.on('drain', () => {
      this.#isFull = false;
      this.#send();
    });
  }

  tell(status: ServingStatus): void {
    this.#wanted = status;
    this.#send();
  }

  end(): void {
    if (!this.#isEnded) this.#call.emit('error', stopped);
    this.#isEnded = true;
  }

  #send(): void {
    if (this.#isEnded || this.#isFull || this.#wanted === undefined || this.#wanted === this.#sent) return;
    this.#sent = this.#wanted;
    this.#isFull = !this.#call.write({ status: this.#wanted });
  }
}

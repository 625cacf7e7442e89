/**
 * Pools of connections: how many there are, how many wait for one, and how long (semantic conventions for database metrics). Pools are
 * asked when metrics are collected, so that nothing is counted on the path of queries. Pools of one name are added up.
 */
import type { Meter } from '@opentelemetry/api';
import { nowMs } from '../clock.ts';
import type { Distribution, DistributionSeries } from '../metric/distribution.ts';

/** Connections of a pool as they are now; `max` is undefined where there is none. */
export interface PoolState {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number | undefined;
}

/** How a kind of pool is read. */
export interface PoolReader<Pool extends object> {
  /** `host:port/database`, as far as it is known. */
  readonly name: (pool: Pool) => string;
  /** Undefined once the pool is closed. */
  readonly state: (pool: Pool) => PoolState | undefined;
}

interface Known {
  readonly name: string;
  readonly wait: DistributionSeries;
  /** Undefined when there is no such pool any more. */
  readonly state: () => PoolState | undefined;
  readonly hasMax: boolean;
}

export const poolWait = {
  name: 'db.client.connection.wait_time',
  unit: 's',
  description: 'The time it took to obtain an open connection from the pool.',
  bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
};

export class Pools {
  readonly #meter: Meter;
  readonly #wait: Distribution;
  readonly #known = new WeakMap<object, Known>();
  readonly #waits = new Map<string, DistributionSeries>();
  readonly #all = new Set<Known>();
  /** What is told of a name from when its pools are closed: metrics that are not observed would keep their last values. */
  readonly #closed = new Map<string, PoolState>();
  #stop: (() => void) | undefined;

  constructor(meter: Meter, wait: Distribution) {
    this.#meter = meter;
    this.#wait = wait;
  }

  /** Somebody asks a pool for a connection; the returned function is called when there is one, or none will come. */
  asked<Pool extends object>(pool: Pool, reader: PoolReader<Pool>): () => void {
    const { wait } = this.#known.get(pool) ?? this.#add(pool, reader);
    const startMs = nowMs();
    return () => wait.record((nowMs() - startMs) / 1000, undefined);
  }

  stop(): void {
    this.#stop?.();
  }

  #add<Pool extends object>(pool: Pool, reader: PoolReader<Pool>): Known {
    const name = reader.name(pool);
    const wait = this.#waits.get(name) ?? this.#wait.series({ 'db.client.connection.pool.name': name });
    this.#waits.set(name, wait);
    const held = new WeakRef(pool);
    const state = (): PoolState | undefined => {
      const still = held.deref();
      return still === undefined ? undefined : reader.state(still);
    };
    const known = { name, wait, state, hasMax: state()?.max !== undefined };
    this.#known.set(pool, known);
    this.#all.add(known);
    this.#stop ??= this.#observe();
    return known;
  }

  #observe(): () => void {
    const meter = this.#meter;
    const count = meter.createObservableUpDownCounter('db.client.connection.count', {
      unit: '{connection}',
      description: 'Connections of a pool, by their state.',
    });
    const max = meter.createObservableUpDownCounter('db.client.connection.max', {
      unit: '{connection}',
      description: 'The most open connections that a pool allows.',
    });
    const waiting = meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
      unit: '{request}',
      description: 'Requests that wait for a connection of a pool.',
    });
    const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
      for (const [name, state] of this.#states()) {
        const pool = { 'db.client.connection.pool.name': name };
        result.observe(count, state.used, { ...pool, 'db.client.connection.state': 'used' });
        result.observe(count, state.idle, { ...pool, 'db.client.connection.state': 'idle' });
        result.observe(waiting, state.waiting, pool);
        if (state.max !== undefined) result.observe(max, state.max, pool);
      }
    };
    const observed = [count, max, waiting];
    meter.addBatchObservableCallback(observe, observed);
    return () => meter.removeBatchObservableCallback(observe, observed);
  }

  #states(): Map<string, PoolState> {
    const states = new Map<string, PoolState>();
    for (const known of this.#all) {
      const state = known.state();
      if (state === undefined) {
        this.#all.delete(known);
        this.#closed.set(known.name, { used: 0, idle: 0, waiting: 0, max: known.hasMax ? 0 : undefined });
      } else states.set(known.name, sum(state, states.get(known.name)));
    }
    for (const [name, nothing] of this.#closed) states.set(name, sum(nothing, states.get(name)));
    return states;
  }
}

function sum(a: PoolState, b: PoolState | undefined): PoolState {
  if (b === undefined) return a;
  const max = a.max === undefined && b.max === undefined ? undefined : (a.max ?? 0) + (b.max ?? 0);
  return { used: a.used + b.used, idle: a.idle + b.idle, waiting: a.waiting + b.waiting, max };
}

/**
 * The health of one service: its checks, the groups that they are in, and whether it is starting, running or ending. A group is as
 * well as its worst check. Every group but `live` is also out of service while the service starts or ends: what is asked there is
 * whether requests are welcome. `live` is asked by who ends processes that do not come back, and has no check that was not put there.
 */
import { captureException } from '../log/exceptions.ts';
import type { CheckState } from './check-state.ts';
import type { Check } from './checks.ts';
import { CheckRunner } from './check-runner.ts';
import { worst } from './status.ts';
import type { Status, Unknown } from './status.ts';

/** All checks, whatever their groups. */
export const allGroup = 'all';
export const builtInGroups: readonly string[] = ['live', 'ready', 'startup'];
/** The entry that says why a service that is well is out of service. */
export const lifecycleName = 'lifecycle';

/** Only ever forwards. */
type Phase = 'starting' | 'running' | 'draining';

export interface GroupState {
  readonly group: string;
  readonly status: Status;
  readonly checks: readonly CheckState[];
}

/** A check or a group is not as it was. */
export type HealthChange = CheckChange | GroupChange;

export interface CheckChange {
  readonly kind: 'check';
  readonly from: Status | Unknown;
  readonly to: Status;
  readonly check: CheckState;
}

export interface GroupChange {
  readonly kind: 'group';
  readonly from: Status | Unknown;
  readonly to: Status;
  /** `all` for the whole. */
  readonly group: string;
}

/** A run of a check has ended. */
export type RunListener = (state: CheckState, timeoutMs: number) => void;

export interface ServiceHealthOptions {
  readonly checks: readonly Check[];
  readonly groups: readonly string[];
  /** How often checks are run by themselves, once the service has started; never when zero. */
  readonly intervalMs: number;
  /** It runs already, and there was no start to tell of. False when absent. */
  readonly isStarted?: boolean;
}

export class ServiceHealth {
  readonly #runners: readonly CheckRunner[];
  readonly #runnersOf: ReadonlyMap<string, readonly CheckRunner[]>;
  readonly #statuses = new Map<string, Status>();
  readonly #changeListeners = new Set<(change: HealthChange) => void>();
  readonly #runListeners = new Set<RunListener>();
  readonly #intervalMs: number;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #phase: Phase;

  constructor({ checks, groups, intervalMs, isStarted = false }: ServiceHealthOptions) {
    this.#intervalMs = intervalMs;
    this.#phase = isStarted ? 'running' : 'starting';
    this.#runners = checks.map((check) => {
      const runner: CheckRunner = new CheckRunner({ check, ended: (state, before) => this.#ended(runner, state, before) });
      return runner;
    });
    const isIn = (runner: CheckRunner, group: string): boolean => (runner.check.groups ?? ['ready']).includes(group);
    this.#runnersOf = new Map([
      [allGroup, this.#runners],
      ...[...builtInGroups, ...groups].map((group) => [group, this.#runners.filter((each) => isIn(each, group))] as const),
    ]);
    this.#updateGroups();
    if (isStarted) this.#runByItself();
  }

  /** `all` and the groups. */
  get groups(): readonly string[] {
    return [...this.#runnersOf.keys()];
  }

  /** Aborted when the health is stopped. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  /** How well a group is; rejects for one that does not exist, and never otherwise. */
  async state(group: string): Promise<GroupState> {
    const runners = this.#runnersOf.get(group);
    if (runners === undefined) throw new Error(`there is no group "${group}", but ${this.groups.join(', ')}`);
    const states = await Promise.all(runners.map((runner) => runner.state()));
    const lifecycle = this.#lifecycle(group);
    const checks = lifecycle === undefined ? states : [lifecycle, ...states];
    return { group, status: worst(checks.map(({ status }) => status)), checks };
  }

  /** What is known without running anything: checks that ran, and groups whose checks all did. */
  known(): { readonly checks: readonly CheckState[]; readonly groups: ReadonlyMap<string, Status> } {
    return { checks: this.#runners.flatMap(({ last }) => (last === undefined ? [] : [last])), groups: this.#statuses };
  }

  started(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'running';
    this.#updateGroups();
    this.#runByItself();
  }

  drain(): void {
    this.#phase = 'draining';
    this.#updateGroups();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.stopped.aborted) return;
    for (const { check } of this.#runners) this.#tell(() => check.stop?.());
    this.#stopping.abort();
  }

  /** Calls it at each change; returns what ends that. */
  onChange(listener: (change: HealthChange) => void): () => void {
    this.#changeListeners.add(listener);
    return () => void this.#changeListeners.delete(listener);
  }

  onRun(listener: RunListener): void {
    this.#runListeners.add(listener);
  }

  #runByItself(): void {
    if (this.#intervalMs === 0 || this.stopped.aborted) return;
    const run = (): void => {
      for (const runner of this.#runners) void runner.state();
    };
    run();
    this.#timer = setInterval(run, this.#intervalMs).unref();
  }

  #ended(runner: CheckRunner, check: CheckState, before: CheckState | undefined): void {
    for (const listener of this.#runListeners) this.#tell(() => listener(check, runner.timeoutMs));
    const from = before?.status ?? 'unknown';
    // That all is well is no news when nobody knew otherwise.
    if (check.status !== (before?.status ?? 'pass')) this.#changed({ kind: 'check', from, to: check.status, check });
    this.#updateGroups();
  }

  /** A group is told of when it is known: at the first time too, unless all is well. */
  #updateGroups(): void {
    for (const [group, runners] of this.#runnersOf) {
      const to = this.#statusOf(group, runners);
      const before = this.#statuses.get(group);
      if (to === undefined || to === before) continue;
      this.#statuses.set(group, to);
      if (before !== undefined || to !== 'pass') this.#changed({ kind: 'group', from: before ?? 'unknown', to, group });
    }
  }

  /** Undefined as long as it depends on a check that has not run. */
  #statusOf(group: string, runners: readonly CheckRunner[]): Status | undefined {
    const lifecycle = this.#lifecycle(group);
    const statuses = runners.flatMap(({ last }) => (last === undefined ? [] : [last.status]));
    if (statuses.length < runners.length) return lifecycle?.status;
    return worst(lifecycle === undefined ? statuses : [lifecycle.status, ...statuses]);
  }

  #lifecycle(group: string): CheckState | undefined {
    if (this.#phase === 'running' || group === 'live') return undefined;
    // What has started stays started.
    if (this.#phase === 'draining' && group === 'startup') return undefined;
    return outOfService(this.#phase);
  }

  #changed(change: HealthChange): void {
    for (const listener of this.#changeListeners) this.#tell(() => listener(change));
  }

  /** What the application's own functions throw is an exception of its, and does not end a check. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (thrown) {
      captureException(thrown);
    }
  }
}

function outOfService(phase: 'starting' | 'draining'): CheckState {
  return {
    name: lifecycleName,
    status: 'out-of-service',
    isCritical: true,
    output: phase === 'starting' ? 'the service is starting' : 'the service is ending',
    value: phase,
    unit: undefined,
    details: {},
    type: 'component',
    measurement: undefined,
    timeMs: Date.now(),
    durationMs: 0,
  };
}

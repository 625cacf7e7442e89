/** Health of a service, told to orchestrators, to people and as telemetry. */
import type { AddressInfo } from 'node:net';
import type { Check } from './checks.ts';
import { eventLoopCheck, memoryCheck } from './checks.ts';
import { setCurrentHealth } from './current.ts';
import { makeHandle } from './handle.ts';
import type { Details, Handle } from './handle.ts';
import { listenForHealth } from './port.ts';
import { ServiceHealth, allGroup, builtInGroups, lifecycleName } from './service-health.ts';
import type { GroupState, HealthChange } from './service-health.ts';
import type { About, Shape } from './shapes.ts';
import { tellHealth } from './telling.ts';

export interface HealthOptions {
  /** `eventLoopCheck()` and `memoryCheck()` come by themselves, unless there is another check of their name. They only warn. */
  readonly checks?: readonly Check[];
  /** Names of groups beside `live`, `ready` and `startup`: letters, digits, `.`, `_` and `-`. */
  readonly groups?: readonly string[];
  /** Who is told more than the status: values, messages, names of checks. `never` when absent. */
  readonly details?: Details;
  /** For requests that do not say by `Accept` what they want. `health+json` when absent. */
  readonly shape?: Shape;
  /** `/health` when absent. */
  readonly path?: string;
  /** How often checks run when nobody asks, once the service has started; never when zero. 15,000 when absent. */
  readonly intervalMs?: number;
  /** What the service says of itself, to whom is told more than the status. */
  readonly about?: About;
}

export interface Health {
  /** `all`, `live`, `ready`, `startup` and the service's own. */
  readonly groups: readonly string[];
  /**
   * Answers requests for health and returns true; any other it leaves alone, calls `next` if there is one, and returns false. For
   * servers of `node:http`, and as it is for express.
   */
  readonly handle: Handle;
  /** Answers on a port of its own, which does not keep the process alive. On all addresses when `host` is absent. */
  readonly listen: (port: number, host?: string) => Promise<AddressInfo>;
  /** The service is ready to work. Before, it is out of service. */
  readonly started: () => void;
  /** The service is about to end: from here on it is out of service, and still alive. */
  readonly drain: () => void;
  /** How well a group is, or all of it; runs checks whose results are not young enough. Rejects for a group that does not exist. */
  readonly state: (group?: string) => Promise<GroupState>;
  /** Calls the listener at each change of a check or a group; returns what ends that. */
  readonly onChange: (listener: (change: HealthChange) => void) => () => void;
  /** Ends what it does by itself: runs, ports, telemetry. Requests are still answered where `handle` is. */
  readonly stop: () => void;
  /** Aborted by `stop`. */
  readonly stopped: AbortSignal;
}

/**
 * The health of this service. Throws when the checks cannot be meant: two of a name, a group that was not named, a time that is no
 * time.
 */
export function makeHealth(options: HealthOptions = {}): Health {
  const health = healthOf(options);
  setCurrentHealth(health);
  return health;
}

/** The same without taking the place of the process's health. `isStarted`: there is no start to wait for. */
export function healthOf(options: HealthOptions, isStarted = false): Health {
  const { groups = [], path = '/health', intervalMs = 15_000, details = 'never', shape = 'health+json', about = {} } = options;
  const checks = withProcess(options.checks ?? []);
  assertGroups(groups);
  for (const check of checks) assertCheck(check, [...builtInGroups, ...groups]);
  assertDistinct(checks);
  assertTime('intervalMs', intervalMs, 0);
  if (!/^\/.*[^/]$/.test(path)) throw new Error(`the path of health should be like /health, but is "${path}"`);
  const service = new ServiceHealth({ checks, groups, intervalMs, isStarted });
  tellHealth(service);
  const handle = makeHandle({ state: (group) => service.state(group), groups: service.groups, path, shape, details, about });
  return {
    groups: service.groups,
    handle,
    listen: (port, host) => listenForHealth(handle, { port, host, signal: service.stopped }),
    started: () => service.started(),
    drain: () => service.drain(),
    state: (group = allGroup) => service.state(group),
    onChange: (listener) => service.onChange(listener),
    stop: () => service.stop(),
    stopped: service.stopped,
  };
}

function withProcess(checks: readonly Check[]): readonly Check[] {
  const names = new Set(checks.map(({ name }) => name));
  return [...checks, ...[eventLoopCheck(), memoryCheck()].filter(({ name }) => !names.has(name))];
}

function assertGroups(groups: readonly string[]): void {
  const taken = new Set([...builtInGroups, allGroup, 'started']);
  for (const group of groups) {
    if (!/^[\w.-]+$/.test(group))
      throw new Error(`a group's name is of letters, digits, ".", "_" and "-", but one is "${group}"`);
    if (taken.has(group)) throw new Error(`there is a group "${group}" already`);
    taken.add(group);
  }
}

function assertCheck(check: Check, groups: readonly string[]): void {
  const { name, run } = check;
  if (typeof name !== 'string' || name === '' || name.includes(':') || name === lifecycleName) {
    throw new Error(`a check's name has no colon and is not "${lifecycleName}", but one is "${name}"`);
  }
  if (typeof run !== 'function') throw new Error(`the check "${name}" has no function to run`);
  const unknown = (check.groups ?? []).find((group) => !groups.includes(group));
  if (unknown !== undefined)
    throw new Error(`the check "${name}" is in a group "${unknown}", but there are ${groups.join(', ')}`);
  assertTime(`timeoutMs of "${name}"`, check.timeoutMs ?? 2000, 1);
  assertTime(`cacheMs of "${name}"`, check.cacheMs ?? 0, 0);
  assertTime(`failuresMin of "${name}"`, check.failuresMin ?? 1, 1);
}

function assertDistinct(checks: readonly Check[]): void {
  const names = new Set<string>();
  for (const { name } of checks) {
    if (names.has(name)) throw new Error(`there are two checks of the name "${name}"`);
    names.add(name);
  }
}

/** Node takes a time that it does not understand, or is longer than this, for a millisecond. */
const timerMaxMs = 2 ** 31 - 1;

function assertTime(what: string, value: number, min: number): void {
  if (!(value >= min && value <= timerMaxMs))
    throw new Error(`${what} should be a number from ${min} to ${timerMaxMs}, but is ${value}`);
}

/** Target groups: what discovery finds, and the form in which files and HTTP servers list them (`[{targets, labels}]`). */
import { SondeError } from '../base/errors.ts';
import { labelsOf } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import type { GroupConfig } from './config-discovery.ts';

/** Targets that were found together; a target's own labels go before those of the group. */
export interface TargetGroup {
  /** Where it comes from: tells the groups of one discovery apart. */
  readonly source: string;
  readonly labels: Labels;
  /** Each with `__address__`. */
  readonly targets: readonly Labels[];
}

/** Gets all groups of a discovery each time that they have changed. */
export type GroupsListener = (groups: readonly TargetGroup[]) => void;

/** Something that runs until it is stopped. */
export interface Running {
  stop(): void;
}

/** The log, as far as scraping needs it. */
export interface ScrapeLog {
  info(event: string, details?: Readonly<Record<string, unknown>>): void;
  warn(event: string, details?: Readonly<Record<string, unknown>>): void;
}

/** The group of addresses, with further labels of the discovery itself. */
export function toTargetGroup({ targets, labels }: GroupConfig, source: string, meta: readonly [string, string][]): TargetGroup {
  return {
    source,
    labels: labelsOf([...labels, ...meta]),
    targets: targets.map((address) => ['__address__', address]),
  };
}

/** Reads groups from a JSON text; `where` is what errors call it. Throws `malformed_body`. */
export function parseGroups(json: string, where: string): readonly GroupConfig[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    throw new SondeError('malformed_body', `${where} expects JSON: ${(thrown as Error).message}`, { cause: thrown });
  }
  if (!Array.isArray(value)) refuse(where, 'a list of groups', value);
  return value.map((group: unknown, i) => toGroup(group, `${where}: [${i}]`));
}

function toGroup(value: unknown, where: string): GroupConfig {
  if (!isObject(value)) return refuse(where, 'an object with targets and labels', value);
  for (const key of Object.keys(value)) if (key !== 'targets' && key !== 'labels') refuse(where, 'targets and labels only', key);
  const { targets = [], labels } = value;
  if (!Array.isArray(targets)) return refuse(`${where}.targets`, 'a list of HOST:PORT', targets);
  const pairs = labels === undefined || labels === null ? [] : isObject(labels) ? Object.entries(labels) : undefined;
  if (pairs === undefined) return refuse(`${where}.labels`, 'an object of texts', labels);
  return {
    targets: targets.map((one: unknown, i) => toText(one, `${where}.targets[${i}]`)),
    labels: new Map(pairs.map(([name, one]) => [name, toText(one, `${where}.labels.${name}`)])),
  };
}

function toText(value: unknown, where: string): string {
  return typeof value === 'string' ? value : refuse(where, 'text', value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(where: string, what: string, value: unknown): never {
  const came = JSON.stringify(value) ?? 'nothing';
  throw new SondeError('malformed_body', `${where} expects ${what}; got ${came.length > 100 ? `${came.slice(0, 100)}…` : came}.`);
}

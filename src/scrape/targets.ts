/**
 * From target groups to targets: the labels that a scrape starts from, relabeling, and what the labels then say about where and
 * how often to ask (Prometheus, configuration reference of `relabel_config`, and "Jobs and instances").
 */
import { Hash } from '../base/hash.ts';
import { labelPairs, labelsKey, labelsOf, labelValue, pickLabels } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import type { ScrapeConfig } from './config.ts';
import { relabel } from './relabel.ts';
import type { TargetGroup } from './target-groups.ts';
import { durationForms, formatDurationMs, parseDurationMs } from './units.ts';

export interface Target {
  /** The same for the same target, found again; different ones differ. */
  readonly key: string;
  /** As found, before relabeling. */
  readonly discovered: Labels;
  /** What its series get. */
  readonly labels: Labels;
  readonly url: URL;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Of the key: where in its interval it is asked. */
  readonly hash: number;
}

export interface FoundTargets {
  readonly targets: readonly Target[];
  /** Labels of those that relabeling dropped, as found: at most `keep_dropped_targets`. */
  readonly dropped: readonly Labels[];
  readonly droppedCount: number;
  /** Why labels made no target; a few of them. */
  readonly faults: readonly string[];
}

const paramPrefix = '__param_';
const droppedShownMax = 1000;
const faultsMax = 10;

/** The labels that relabeling starts from. What a group says goes before what the job says. */
function discoveredLabels(config: ScrapeConfig, group: Labels, target: Labels): Labels {
  const params = [...config.params].flatMap(([name, [first]]): [string, string][] =>
    first === undefined ? [] : [[`${paramPrefix}${name}`, first]],
  );
  const found = [...labelPairs(group), ...labelPairs(target)].filter(([, value]) => value !== '');
  return labelsOf([
    ['job', config.jobName],
    ['__scrape_interval__', formatDurationMs(config.intervalMs)],
    ['__scrape_timeout__', formatDurationMs(config.timeoutMs)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
    ...params,
    ...found,
  ]);
}

/** All targets of a job. Targets with the same labels and address are one. */
export function findTargets(config: ScrapeConfig, groups: readonly TargetGroup[]): FoundTargets {
  const targets = new Map<string, Target>();
  const dropped: Labels[] = [];
  const faults: string[] = [];
  let droppedCount = 0;
  // Without a limit Prometheus shows all; that is for pages to show, and bounded here.
  const keptMax = config.limits.keptDroppedTargets || droppedShownMax;
  for (const group of groups) {
    for (const own of group.targets) {
      const discovered = discoveredLabels(config, group.labels, own);
      const labels = relabel(discovered, config.relabelRules);
      if (labels === undefined) {
        droppedCount++;
        if (dropped.length < keptMax) dropped.push(discovered);
        continue;
      }
      const target = toTarget(config, discovered, labels);
      if (typeof target !== 'string') targets.set(target.key, target);
      else if (faults.length < faultsMax) faults.push(`${group.source}: ${target}`);
    }
  }
  return { targets: [...targets.values()], dropped, droppedCount, faults };
}

/** The target that the labels describe, or why they describe none. */
function toTarget(config: ScrapeConfig, discovered: Labels, relabeled: Labels): Target | string {
  const address = labelValue(relabeled, '__address__');
  if (address === '') return 'a target has no __address__';
  if (/[/?#@\s\\]/.test(address)) return `__address__ expects HOST:PORT; got "${address}"`;
  const scheme = labelValue(relabeled, '__scheme__');
  if (scheme !== 'http' && scheme !== 'https') return `__scheme__ expects http or https; got "${scheme}"`;
  const intervalMs = parseDurationMs(labelValue(relabeled, '__scrape_interval__'));
  const timeoutMs = parseDurationMs(labelValue(relabeled, '__scrape_timeout__'));
  if (!intervalMs) return `__scrape_interval__ expects ${durationForms}, above 0`;
  if (!timeoutMs || timeoutMs > intervalMs) return `__scrape_timeout__ expects ${durationForms}, at most the interval`;
  const kept = pickLabels(relabeled, (name) => !name.startsWith('__meta_'));
  const all = labelValue(kept, 'instance') === '' ? labelsOf([...labelPairs(kept), ['instance', address]]) : kept;
  const url = targetUrl(config, all, `${scheme}://${address}`);
  if (url === undefined) return `__address__ expects HOST:PORT; got "${address}"`;
  // How often it is asked does not make it another target.
  const key = `${url.href}\n${labelsKey(pickLabels(all, (name) => !name.startsWith('__scrape_')))}`;
  const labels = pickLabels(all, (name) => !name.startsWith('__'));
  return { key, discovered, labels, url, intervalMs, timeoutMs, hash: new Hash().begin(0, 0).addText(key).finish().low >>> 0 };
}

function targetUrl({ params }: ScrapeConfig, labels: Labels, origin: string): URL | undefined {
  if (!URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  const [path, query] = splitOnce(labelValue(labels, '__metrics_path__'), '?');
  url.pathname = path;
  const values = new Map([...params].map(([name, all]) => [name, [...all]]));
  for (const [label, value] of labelPairs(labels)) {
    if (!label.startsWith(paramPrefix)) continue;
    const name = label.slice(paramPrefix.length);
    values.set(name, [value, ...(values.get(name) ?? []).slice(1)]);
  }
  const search = new URLSearchParams(query);
  for (const name of [...values.keys()].toSorted()) for (const value of values.get(name) ?? []) search.append(name, value);
  url.search = search.toString();
  return url;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Targets from files (`file_sd_configs`): JSON or YAML lists of groups. They are read again when their folder says that
 * something changed, and at intervals for file systems that say nothing. A file that can not be read keeps its last groups; one
 * that is gone takes its groups with it.
 */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SondeError } from '../base/errors.ts';
import { groups as groupsForm } from './config-discovery.ts';
import type { DiscoveryConfig, GroupConfig } from './config-discovery.ts';
import { refreshEvery } from './refresh.ts';
import { parseGroups, toTargetGroup } from './target-groups.ts';
import type { GroupsListener, Running, ScrapeLog, TargetGroup } from './target-groups.ts';
import { readYaml } from './yaml.ts';

type FileDiscovery = Extract<DiscoveryConfig, { kind: 'file' }>;

const fileBytesMax = 16 * 1024 * 1024;
const filesMax = 10_000;

export function discoverFiles({ patterns, refreshMs }: FileDiscovery, update: GroupsListener, log: ScrapeLog): Running {
  const folders = [...new Set(patterns.map((pattern) => dirname(pattern)))];
  const watchers = new Map<string, FSWatcher>();
  const known = new Map<string, readonly TargetGroup[]>();
  const read = async (): Promise<void> => {
    // Before the files are read: what changes meanwhile is then not missed.
    for (const folder of folders) watchFolder(folder);
    const paths = (await Promise.all(patterns.map(matchingFiles))).flat();
    if (paths.length > filesMax) throw new SondeError('too_large', `Over the limit of ${filesMax} files: ${paths.length}.`);
    for (const path of known.keys()) if (!paths.includes(path)) known.delete(path);
    for (const path of new Set(paths)) {
      try {
        known.set(path, await readGroups(path));
      } catch (thrown) {
        log.warn('target file ignored', { path, error: (thrown as Error).message });
      }
    }
    update([...known.values()].flat());
  };
  const refresh = refreshEvery(read, { intervalMs: refreshMs, what: `files ${patterns.join(', ')}`, log });
  function watchFolder(folder: string): void {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => refresh.soon());
      watchers.set(folder, watcher);
      // A folder that goes away is watched again when it is back, at the next interval.
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
    } catch (thrown) {
      log.warn('target folder not watched', { folder, error: (thrown as Error).message });
    }
  }
  return {
    stop: () => {
      refresh.stop();
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** Files by a pattern with `*` and `?` in its last part, sorted. */
async function matchingFiles(pattern: string): Promise<string[]> {
  const folder = dirname(pattern);
  const last = basename(pattern);
  if (!/[*?]/.test(last)) return (await isFile(pattern)) ? [pattern] : [];
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  return names
    .filter((name) => matchesGlob(name, last))
    .toSorted()
    .map((name) => join(folder, name));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}

/** `*` for any characters, `?` for one; in time of the product of both lengths at most. */
export function matchesGlob(name: string, pattern: string): boolean {
  let at = 0;
  let wanted = 0;
  /** Where to go on when what follows the last star does not fit. */
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    if (pattern[wanted] === '*') {
      star = wanted++;
      starAt = at;
    } else if (pattern[wanted] === '?' || pattern[wanted] === name[at]) {
      wanted++;
      at++;
    } else if (star >= 0) {
      wanted = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[wanted] === '*') wanted++;
  return wanted === pattern.length;
}

async function readGroups(path: string): Promise<readonly TargetGroup[]> {
  const { size } = await stat(path);
  if (size > fileBytesMax)
    throw new SondeError('too_large', `Over the limit of ${fileBytesMax} bytes per target file: ${size} bytes.`);
  const text = await readFile(path, 'utf8');
  const found: readonly GroupConfig[] = /\.json$/i.test(path) ? parseGroups(text, path) : readYaml(text, path, groupsForm);
  return found.map((group, i) => toTargetGroup(group, `${path}:${i}`, [['__meta_filepath', path]]));
}

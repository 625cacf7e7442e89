/** The package as npm would install it, in a folder of its own: what is tested is what is published. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

const workspace = join(import.meta.dirname, '..');
const root = join(workspace, '..');

/** Unpacks it beside the apps; the packages that it depends on are those of this checkout. Returns the folder. */
export function installPacked(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-instrument-'));
  const place = join(folder, 'node_modules', '@sonde', 'instrument');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', inject('tarball'), '--strip-components=1', '-C', place]);
  for (const name of [
    '@opentelemetry',
    '@grpc',
    'fastify',
    'fastify4',
    'express',
    'pino',
    'winston',
    'bunyan',
    'pg',
    'redis',
    'ioredis',
  ]) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  cpSync(join(import.meta.dirname, 'apps'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tested-app', version: '4.5.6' }));
  return folder;
}

/**
 * A folder below the given one in which `name` is the package that this checkout has as `alias`: another version of it. It is a copy,
 * as Node takes what a link leads to for the name of a package.
 */
export function folderWith(folder: string, name: string, alias: string): string {
  const place = join(folder, alias);
  const from = join(root, 'node_modules', alias);
  const modules = join(place, 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(from, join(modules, name), { recursive: true });
  const { dependencies = {} } = createRequire(import.meta.url)(join(from, 'package.json')) as { dependencies?: object };
  for (const needed of Object.keys(dependencies)) {
    const own = join(modules, name, 'node_modules', needed);
    if (existsSync(own)) continue;
    mkdirSync(dirname(join(modules, needed)), { recursive: true });
    symlinkSync(join(root, 'node_modules', needed), join(modules, needed));
  }
  cpSync(join(import.meta.dirname, 'apps'), place, { recursive: true });
  return place;
}

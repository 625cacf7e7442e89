/** The package as npm would install it, in a folder of its own: what is tested is what is published. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const workspace = join(import.meta.dirname, '..');
const root = join(workspace, '..');

/** Builds, packs and unpacks it beside the apps; the packages that it depends on are those of this checkout. Returns the folder. */
export function installPacked(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-instrument-'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: workspace,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string }];
  const place = join(folder, 'node_modules', '@sonde', 'instrument');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', place]);
  for (const name of ['@opentelemetry', '@grpc', 'fastify', 'fastify4', 'express', 'pg', 'redis', 'ioredis']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  cpSync(join(import.meta.dirname, 'apps'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tested-app', version: '4.5.6' }));
  return folder;
}

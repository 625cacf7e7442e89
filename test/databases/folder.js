// A folder as `npm install` would make it: clients of one age, the packed kit, and the app.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../interop/process.js';

const here = import.meta.dirname;
const root = join(here, '..', '..');

/** Builds and packs the kit; gives the file. */
export async function packKit(folder) {
  const said = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: join(root, 'instrument') });
  return join(folder, JSON.parse(said)[0].filename);
}

/** Clients are installed once for each lock file; what the kit depends on is that of this checkout. */
export async function makeFolder(folder, clients, packed) {
  const modules = join(folder, 'node_modules');
  const kit = join(modules, '@sonde', 'instrument');
  mkdirSync(kit, { recursive: true });
  const installed = join(await install(clients), 'node_modules');
  for (const name of readdirSync(installed).filter((name) => !name.startsWith('.'))) {
    symlinkSync(join(installed, name), join(modules, name));
  }
  symlinkSync(join(root, 'node_modules', '@opentelemetry'), join(modules, '@opentelemetry'));
  await run('tar', ['-xzf', packed, '--strip-components=1', '-C', kit]);
  cpSync(join(here, 'app'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'databases' }));
  return folder;
}

async function install(clients) {
  const source = join(here, 'clients', clients);
  const lock = readFileSync(join(source, 'package-lock.json'));
  const folder = join(here, '.cache', `${clients}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  const stamp = join(folder, 'stamp');
  if (existsSync(stamp)) return folder;
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  writeFileSync(stamp, '');
  return folder;
}

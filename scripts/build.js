// Builds the server (tsc) and the UI (vite) into dist/ and the kit into instrument/dist/, and links the program as
// node_modules/.bin/sonde.
// With --stale, only what is older than its sources is built.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const parts = [
  {
    name: 'server',
    sources: ['src', 'tsconfig.base.json', 'tsconfig.build.json', 'package-lock.json'],
    stamp: 'dist/.server',
    clean: 'dist/src',
    command: [process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  },
  {
    name: 'UI',
    sources: ['web', 'src/api/sonde/contract.ts', 'package-lock.json'],
    stamp: 'dist/.web',
    clean: 'dist/web',
    command: [process.execPath, 'node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'],
  },
  {
    name: 'kit',
    sources: [
      'instrument/src',
      'instrument/package.json',
      'instrument/vite.config.ts',
      'instrument/tsconfig.build.json',
      'tsconfig.base.json',
      'package-lock.json',
    ],
    stamp: 'dist/.instrument',
    clean: 'instrument/dist',
    command: ['npm', 'run', 'build', '--silent', '--workspace', '@sonde/instrument'],
  },
];

const staleOnly = process.argv.includes('--stale');
for (const part of parts) {
  if (!staleOnly || isStale(part)) build(part);
}
link();

function isStale({ sources, stamp, clean }) {
  const stampPath = join(root, stamp);
  if (!existsSync(stampPath) || !existsSync(join(root, clean))) return true;
  const builtMs = statSync(stampPath).mtimeMs;
  return sources.some((source) => newestMs(join(root, source)) > builtMs);
}

function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = stat.mtimeMs;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function build({ name, stamp, clean, command }) {
  process.stderr.write(`building the ${name} …\n`);
  rmSync(join(root, clean), { recursive: true, force: true });
  const [program, ...args] = command;
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    process.stderr.write(`building the ${name} failed\n`);
    process.exit(status ?? 1);
  }
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, stamp), '');
}

/** npm links the programs of dependencies, not the package's own. */
function link() {
  const program = join(root, 'bin', 'sonde.cjs');
  chmodSync(program, 0o755);
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const target = join(bin, 'sonde');
  rmSync(target, { force: true });
  symlinkSync(join('..', '..', 'bin', 'sonde.cjs'), target);
}

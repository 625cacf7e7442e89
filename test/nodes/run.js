// The tests of the kit on the other versions of Node that it is for: npm has them as packages of a binary each. The kit is packed and
// tested as it is on the Node that runs this. Arguments: versions, to run only theirs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22.23.3', '24.21.0'];
const name = `node-${process.platform}-${process.arch}`;

const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), '--stale'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (build.status !== 0) process.exit(1);
for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-node-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{}');
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', `${name}@${version}`], { cwd: folder });
    const node = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    process.stdout.write(`Node ${version}\n`);
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    run(node, [vitest, 'run', '--project', 'instrument'], { cwd: root });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exitCode = 1;
}

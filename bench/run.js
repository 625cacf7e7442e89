// Runs the benchmarks one after the other and writes what they print to bench/results/.
//
//   npm run bench                       all of them
//   npm run bench -- ingest --seconds 5 one, with its options
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const benchmarks = [
  'decode',
  'otlp-json',
  'exposition',
  'remote-write-decode',
  'scrape',
  'scrape-fleet',
  'statsd',
  'ingest',
  'inserts',
  'queries',
  'prometheus',
  'many-series',
  'attributes',
  'instrument',
];

const [only, ...options] = process.argv.slice(2);
if (only !== undefined && !benchmarks.includes(only)) {
  process.stderr.write(`There is no benchmark "${only}"; there are ${benchmarks.join(', ')}.\n`);
  process.exit(2);
}
run('scripts/build.js', ['--stale'], 'inherit');
run('node_modules/typescript/bin/tsc', ['-p', 'bench/tsconfig.json'], 'inherit');
const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
mkdirSync(join(root, 'bench/results'), { recursive: true });
for (const name of only === undefined ? benchmarks : [only]) {
  const output = run(`dist/bench/bench/${name}.js`, only === undefined ? [] : options, 'pipe');
  const text = `${name} on ${machine}\n\n${output}`;
  process.stdout.write(`${text}\n`);
  writeFileSync(join(root, 'bench/results', `${name}.txt`), text);
}

function run(script, args, stdout) {
  const result = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result.stdout;
}

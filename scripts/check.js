// The fast gate before each commit: everything that needs no build, as many steps at a time as there are processors. What a step says is
// shown when it is done, so that steps do not speak over each other; the exit status is 1 if any failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const tsc = (project, ...more) => ['tsc', '-p', project, ...more];
/** The longest first: the others fill the gaps. Unit tests have all processors to themselves, in the end. */
const steps = [
  tsc('tsconfig.json', '--noEmit'),
  tsc('instrument/tsconfig.json'),
  ['oxlint', '--type-aware', '--deny-warnings', '.'],
  tsc('web/tsconfig.json', '--noEmit'),
  tsc('demo/tsconfig.json', '--noEmit'),
  tsc('tsconfig.pure.json', '--noEmit'),
  ['knip'],
  ['oxfmt', '--check', '.'],
];

const results = [];
const waiting = [...steps];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) results.push(await run(step));
  }),
);
if (results.every(Boolean)) results.push(await run(['vitest', 'run', '--project', 'unit'], 'inherit'));
process.exitCode = results.every(Boolean) ? 0 : 1;

/** Whether it went well. */
async function run([program, ...args], stdio = 'pipe') {
  const beganMs = performance.now();
  const child = spawn(`node_modules/.bin/${program}`, args, { stdio: ['ignore', stdio, stdio] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${[program, ...args].join(' ')} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(Buffer.concat(said));
  return status === 0;
}

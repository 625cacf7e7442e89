// The fast gate before each commit: everything that needs no build, as many steps at a time as there are processors. What a step says is
// shown when it is done, so that steps do not speak over each other; the exit status is 1 if any failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Scripts of package.json, the longest first: the others fill the gaps. Unit tests have all processors to themselves, in the end. */
const steps = ['types', 'lint', 'knip', 'format:check'];

const results = [];
const waiting = [...steps];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) results.push(await run(step));
  }),
);
if (results.every(Boolean)) results.push(await run('unit', 'inherit'));
process.exitCode = results.every(Boolean) ? 0 : 1;

/** Whether it went well. */
async function run(script, stdio = 'pipe') {
  const beganMs = performance.now();
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', stdio, stdio] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${script} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(Buffer.concat(said));
  return status === 0;
}

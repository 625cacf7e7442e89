/** Sending while the process exits, when no promise runs any more: by a small program that the process waits for. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { environmentOfChild } from '../settings.ts';

/** A person may wait in front of a terminal. */
const timeoutMs = 3000;

/** Runs a program beside this file with `{timeoutMs, …input}` as JSON on its input; says whether it has sent all of it. */
export function runAtExit(program: 'post-at-exit' | 'call-at-exit', input: object): boolean {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${program}.js`, import.meta.url))], {
    input: JSON.stringify({ timeoutMs, ...input }),
    env: environmentOfChild(),
    timeout: timeoutMs + 500,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  return status === 0;
}

// Runs programs to their end, and reads the JSON lines of a client.
import { spawn } from 'node:child_process';

const clientTimeoutMs = 120_000;

/** Runs a program; gives its stdout, or throws with the end of what it said. */
export function run(command, args, { timeoutMs = 300_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...options,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${(stderr.trim() || stdout).slice(-2000)}`));
    });
  });
}

/** Runs a client to its end; gives what it says it sent, by kind: `span`, `log`, `point`, and the `notice`s of its SDK. */
export async function runClient([command, ...args], environment) {
  const stdout = await run(command, args, { timeoutMs: clientTimeoutMs, env: { ...process.env, ...environment } });
  const sent = { span: [], log: [], point: [], notice: [], done: [] };
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const [kind, item] = Object.entries(JSON.parse(line))[0];
    sent[kind].push(item);
  }
  if (sent.done.length !== 1) throw new Error('the client ended without saying that it is done');
  return sent;
}

// Starts Sonde in a process of its own on free ports, and watches its memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Benchmarks run from the root of the checkout. */
const program = 'bin/sonde.cjs';

/** Starts `sonde serve`; resolves when it is ready, with how long that took. */
export async function startSonde(data, flags = []) {
  const startMs = performance.now();
  const free = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const child = spawn(process.execPath, [program, 'serve', '--data', data, ...free, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const addresses = await firstLine(child);
  const readyMs = Math.round(performance.now() - startMs);
  return { child, addresses, readyMs, memory: watchMemory(child.pid), stop: () => stop(child) };
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) resolve(JSON.parse(text.slice(0, end)));
    });
    child.once('exit', (code) => reject(new Error(`sonde ended with ${code} before it was ready`)));
  });
}

function stop(child) {
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}

/** Resident memory by /proc: now, and the largest seen since `reset`. */
function watchMemory(pid) {
  let maxBytes = 0;
  const now = () => {
    const [, kib = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) * 1024;
  };
  const timer = setInterval(() => {
    try {
      maxBytes = Math.max(maxBytes, now());
    } catch {
      clearInterval(timer); // The process ended, and its /proc entry with it.
    }
  }, 100);
  timer.unref();
  return { now, max: () => maxBytes, reset: () => (maxBytes = 0) };
}

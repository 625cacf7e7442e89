// OTLP over loopback HTTP, acknowledged as stored, the load generator on the same cores; beside it a server that only reads
// the bodies, as the bound of what HTTP in Node can take here.
//
// On ext4 wait five minutes after much was deleted, a data directory for example: until then the kernel skips the inodes of deleted
// files one by one whenever a file is made, and writing takes up to a third longer.
//
//   node bench/ingest.js [--seconds 10] [--signals traces,logs,metrics]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSonde } from './load/server.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, signals: { type: 'string', default: 'traces,logs,metrics' } },
});

/** Rows per second that must be reached, and rows in one request. */
const goals = {
  traces: { rowsPerSecond: 120_000, rows: 1000 },
  logs: { rowsPerSecond: 150_000, rows: 1000 },
  metrics: { rowsPerSecond: 500_000, rows: 2000 },
};
const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;

const microseconds = (seconds) => `${(seconds * 1e6).toFixed(2)} µs`;

async function cpuSeconds({ addresses }) {
  const text = await (await fetch(`http://${addresses.http}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (.*)$/m.exec(text)?.[1]);
}

export async function benchIngest(signals, seconds) {
  const data = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  const lines = [];
  let sonde = await startSonde(data);
  try {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    lines.push(
      `ready over an empty directory: ${sonde.readyMs} ms (goal 2000)`,
      `memory idle: ${mebibytes(sonde.memory.now())} (goal 400 MiB)`,
    );
    for (const signal of signals) lines.push(await benchSignal(sonde, signal, seconds));
    await sonde.stop();
    sonde = await startSonde(data);
    lines.push(`ready over what was written: ${sonde.readyMs} ms (goal 2000)`);
  } finally {
    await sonde.stop();
    rmSync(data, { recursive: true });
  }
  return lines;
}

async function benchSignal(sonde, signal, seconds) {
  const { rows, rowsPerSecond: goal } = goals[signal];
  sonde.memory.reset();
  const cpuBefore = await cpuSeconds(sonde);
  const result = await send(`http://${sonde.addresses.otlpHttp}`, signal, seconds, rows);
  const cpu = (await cpuSeconds(sonde)) - cpuBefore;
  const bound = await bareBound(signal, Math.min(seconds, 4), rows);
  const ratio = (result.rowsPerSecond / bound.rowsPerSecond).toFixed(2);
  return [
    `${signal}: ${result.rowsPerSecond} rows/s stored (goal ${goal}), ${Math.round(result.bodyBytes / rows)} B each`,
    `${ratio}x of a server that only reads (${bound.rowsPerSecond} rows/s)`,
    `processor time per row ${microseconds(cpu / result.rows)} in Sonde, ${microseconds(result.generatorCpuSeconds / result.rows)} in the generator`,
    `acknowledged after p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms, ${result.refused} refused`,
    `memory at most ${mebibytes(sonde.memory.max())} (goal 1536 MiB)`,
  ].join(', ');
}

async function bareBound(signal, seconds, rows) {
  const bare = spawn(process.execPath, [fileURLToPath(new URL('load/bare.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port } = JSON.parse(await firstChunk(bare));
  const result = await send(`http://127.0.0.1:${port}`, signal, seconds, rows);
  bare.kill();
  return result;
}

async function send(url, signal, seconds, rows) {
  const script = fileURLToPath(new URL('load/send.js', import.meta.url));
  const args = [script, '--url', url, '--signal', signal, '--seconds', String(seconds), '--rows', String(rows)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await firstChunk(child));
}

function firstChunk(child) {
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk)));
    child.once('exit', (code) => code !== 0 && reject(new Error(`${child.spawnargs[1]} ended with ${code}`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const line of await benchIngest(values.signals.split(','), Number(values.seconds))) process.stdout.write(`${line}\n`);
}

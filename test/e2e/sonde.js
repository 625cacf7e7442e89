// Sonde as a person starts it, in a process of its own on free ports.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const readyMs = 30_000;
const failingMs = 60_000;

/** `sonde demo`: with services, load and the fault. */
export async function startDemo(root, data) {
  const sonde = await start(root, ['demo'], data);
  return { ...sonde, untilFailing: () => untilFailing(sonde.base) };
}

/** `sonde demo log-service`: with gRPC calls, some of which are refused. */
export async function startLogService(root, data) {
  const sonde = await start(root, ['demo', 'log-service'], data);
  return { ...sonde, untilRefusing: () => untilRefusing(sonde.base) };
}

/** `sonde serve` over an empty directory. */
export function startEmpty(root, data) {
  return start(root, ['serve'], data);
}

async function start(root, words, data) {
  const { bin } = require('../../package.json');
  const ports = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const child = spawn(process.execPath, [join(root, bin.sonde), ...words, '--data', data, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ready = await Promise.race([firstLine(child), pause(readyMs, undefined, { ref: false })]);
  if (ready === undefined) {
    child.kill('SIGKILL');
    throw new Error(`sonde ${words.join(' ')} was not ready in ${readyMs} ms:\n${said.slice(-20).join('\n')}`);
  }
  const { http, otlpHttp } = JSON.parse(ready);
  return { base: `http://${http}`, otlp: `http://${otlpHttp}`, stop: () => stop(child) };
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

async function stop(child) {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, pause(15_000, undefined, { ref: false })]);
  child.kill('SIGKILL');
}

/** Waits until the server of the demo has failing requests with all their spans, metrics and logs to show. */
async function untilFailing(base) {
  await waitFor('failing requests', async () => {
    const { services } = await ask(`${base}/api/services`);
    const server = services.find(({ name }) => name === 'server');
    const { metrics } = await ask(`${base}/api/metrics`);
    return server !== undefined && server.errors > 5 && server.errorLogs > 0 && metrics.length > 5;
  });
}

/** Waits until the log service has refused nobody, has ended a stream of each kind, and has metrics. */
async function untilRefusing(base) {
  await waitFor('refused calls', async () => {
    const { operations } = await ask(`${base}/api/services/commit-log`);
    const { logs } = await ask(`${base}/api/logs?text=nobody`);
    const { metrics } = await ask(`${base}/api/metrics?text=rpc.server.call.duration`);
    return operations.length === 4 && logs.length > 0 && metrics.length > 0;
  });
}

async function waitFor(what, isThere) {
  const endMs = performance.now() + failingMs;
  while (performance.now() < endMs) {
    if (await isThere()) return;
    await pause(500);
  }
  throw new Error(`There were no ${what} to show after ${failingMs} ms.`);
}

export async function ask(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Sends OTLP/JSON as any client would. */
export async function sendJson(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

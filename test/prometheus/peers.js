// Servers to compare with, as Debian packages them, each in a directory of its own on a free port.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export function hasProgram(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Prometheus that takes remote write; `config` is its prometheus.yml, or makes it of the port. `reload` has it go on under
 * another, which stands when the promise resolves.
 */
export async function startPrometheus(folder, { config = 'global:\n  scrape_interval: 1h\n', flags = [] } = {}) {
  const port = await freePort();
  const writeConfig = (text) => writeFileSync(join(folder, 'prometheus.yml'), text);
  mkdirSync(folder, { recursive: true });
  writeConfig(typeof config === 'function' ? config(port) : config);
  const server = await start('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--web.enable-lifecycle',
    '--log.level=error',
    ...flags,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/-/ready`, server);
  const reload = async (text) => {
    writeConfig(text);
    const response = await fetch(`${url}/-/reload`, { method: 'POST' });
    if (!response.ok) throw new Error(`${url}/-/reload answered ${response.status}: ${await response.text()}`);
  };
  return { ...server, reload, url, api: `${url}/api/v1`, write: `${url}/api/v1/write` };
}

export async function startVictoriaMetrics(folder, flags = []) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const server = await start('victoria-metrics', [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-loggerLevel=ERROR',
    '-retentionPeriod=12',
    ...flags,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/health`, server);
  return { ...server, url, api: `${url}/api/v1`, write: `${url}/api/v1/write` };
}

async function start(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4000)));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid,
    failure: () => (child.exitCode === null ? undefined : `${program} ended with ${child.exitCode}: ${said}`),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilAnswers(url, { failure }) {
  const endMs = performance.now() + 30_000;
  while (performance.now() < endMs) {
    const why = failure();
    if (why !== undefined) throw new Error(why);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await pause(50);
  }
  throw new Error(`${url} did not answer within 30 s`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

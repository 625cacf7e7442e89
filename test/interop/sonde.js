// A Sonde of its own, and what its API says.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Small, so that lists are read in many pages. */
const pageRows = 7;

/** Starts Sonde on free ports; the addresses are `http`, `otlpHttp`, `otlpGrpc`, and those that `flags` ask for. */
export async function startSonde(root, data, flags = []) {
  const anyPort = ['--listen', '--otlp-http', '--otlp-grpc'].flatMap((flag) => [flag, '127.0.0.1:0']);
  const child = spawn(process.execPath, [join(root, 'bin', 'sonde.cjs'), 'serve', '--data', data, ...anyPort, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`Sonde ended with ${code} before it was ready`))),
  ]);
  return {
    ...JSON.parse(line),
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** All that Sonde has of a service: its traces whole, its log records, and the points of all its metrics. */
export async function readBack({ http }, service, expected) {
  const window = { from: 'now-1h', to: 'now+1h', service };
  const traces = await readList(http, '/api/traces', window, 'traces');
  const traceIds = new Set([...traces.map(({ traceId }) => traceId), ...expected.span.map(({ traceId }) => traceId)]);
  const span = [];
  for (const traceId of traceIds) {
    const trace = await read(http, `/api/traces/${traceId}`);
    span.push(...trace.spans.map((one) => Object.assign(one, { traceId })));
  }
  const metrics = await readList(http, '/api/metrics', window, 'metrics');
  const names = new Set([...metrics.map(({ name }) => name), ...expected.point.map(({ name }) => name)]);
  // Sonde's own, made of the resource.
  names.delete('target_info');
  const point = [];
  for (const name of names) {
    const points = await readList(http, `/api/metrics/${encodeURIComponent(name)}/points`, window, 'points');
    point.push(...points.map((one) => Object.assign(one, { name })));
  }
  return { span, point, log: await readList(http, '/api/logs', window, 'logs') };
}

async function readList(http, path, parameters, key) {
  const all = [];
  let cursor;
  do {
    const answer = await read(http, path, { ...parameters, limit: pageRows, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...answer[key]);
    cursor = answer.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

async function read(http, path, parameters = {}) {
  const url = `http://${http}${path}?${new URLSearchParams(parameters).toString()}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

// A million active series: what they cost in memory while they are written, and how long it takes to find some by one matcher.
//
//   npm run bench -- many-series [--series 1000000]
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSonde } from './load/server.js';
import { encodeLabels, writeBody } from './load/write-bodies.js';

const { values: options } = parseArgs({ options: { series: { type: 'string', default: '1000000' } } });
const seriesCount = Number(options.series);
const perRequest = 2000;
const connections = 50;
const rounds = 9;
const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

/** Two hundred metrics of five thousand series each, spread over hosts. */
function labelsOf(i) {
  const host = Math.floor(i / 200) % 2500;
  return {
    __name__: `metric_${i % 200}_total`,
    job: `job-${host % 10}`,
    instance: `host-${host}.example:9100`,
    device: `disk-${Math.floor(i / 500_000)}`,
    cluster: host % 2 === 0 ? 'east' : 'west',
  };
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const sonde = await startSonde(folder);
const api = `http://${sonde.addresses.http}/prometheus/api/v1`;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
try {
  print(`memory idle: ${mebibytes(sonde.memory.now())}`);
  const endMs = Date.now();
  for (const [title, timeMs] of [
    ['new series', endMs - 30_000],
    ['known series', endMs - 15_000],
    ['known series again', endMs],
  ]) {
    sonde.memory.reset();
    const seconds = await writeAll(timeMs);
    print(
      `${title}: ${Math.round(seriesCount / seconds)} samples/s, memory at most ${mebibytes(sonde.memory.max())} (goal 2500 MiB)`,
    );
  }
  const end = endMs / 1000;
  const range = `start=${end - 3600}&end=${end}`;
  await time(
    'series of one host',
    (i) => `${api}/series?match[]=${encodeURIComponent(`{instance="host-${i}.example:9100"}`)}&${range}`,
  );
  await time('series of one metric', (i) => `${api}/series?match[]=metric_${i}_total&${range}`);
  await time('how many of one job', (i) => `${api}/query?query=${encodeURIComponent(`count({job="job-${i}"})`)}&time=${end}`);
  await time('values of a label', (i) => `${api}/label/instance/values?match[]=metric_${i}_total&${range}`);
  await time('names of metrics', () => `${api}/label/__name__/values?${range}`);
  print(`memory at the end: ${mebibytes(sonde.memory.now())}`);
} finally {
  agent.destroy();
  await sonde.stop();
  rmSync(folder, { recursive: true });
}

async function writeAll(timeMs) {
  let [next, seconds] = [0, 0];
  while (next < seriesCount) {
    // Encoded before the clock runs, a hundred requests at a time.
    const bodies = [];
    for (; bodies.length < 100 && next < seriesCount; next += perRequest) {
      const some = Array.from({ length: perRequest }, (_, i) => ({
        bytes: encodeLabels(labelsOf(next + i)),
        times: [timeMs],
        values: [next + i],
      }));
      bodies.push(writeBody(some));
    }
    const beganMs = performance.now();
    await Promise.all(Array.from({ length: connections }, (_, c) => sendEvery(bodies, c)));
    seconds += (performance.now() - beganMs) / 1000;
  }
  return seconds;
}

async function sendEvery(bodies, first) {
  for (let i = first; i < bodies.length; i += connections) {
    for (let status = 0; status !== 204;) {
      status = await post(bodies[i]);
      if (status !== 204) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function post(body) {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${api}/write`,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        answer.resume();
        answer.on('end', () => (answer.statusCode === 400 ? reject(new Error('refused')) : resolve(answer.statusCode)));
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Each answer is to another question, so that none is remembered. */
async function time(title, urlOf) {
  const took = [];
  let size = 0;
  for (let i = 1; i <= rounds; i++) {
    const beganMs = performance.now();
    const response = await fetch(urlOf(i));
    size = (await response.arrayBuffer()).byteLength;
    if (!response.ok) throw new Error(`${urlOf(i)} answered ${response.status}`);
    took.push(performance.now() - beganMs);
  }
  took.sort((a, b) => a - b);
  print(`${title}: median ${took[rounds >> 1].toFixed(1)} ms, slowest ${took.at(-1).toFixed(1)} ms, ${size} B (goal 100 ms)`);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

// The load generator: sends OTLP/HTTP requests of one signal for some seconds over a few connections, counts what was
// acknowledged, and prints one line of JSON. Runs as a process of its own.
//
//   node bench/load/send.js --url http://127.0.0.1:4318 --signal traces --seconds 10 [--rows 1000] [--connections 32]
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { freshen, makeRequest } from './requests.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    signal: { type: 'string', default: 'traces' },
    seconds: { type: 'string', default: '10' },
    rows: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '32' },
  },
});
const connections = Number(values.connections);
const rows = Number(values.rows);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const target = new URL(`/v1/${values.signal}`, values.url);

// Two for each connection: while one is on its way the next is made fresh. All are encoded before the clock starts.
const requests = Array.from({ length: connections }, (_, i) => [
  makeRequest(values.signal, rows, i * 2 + 1),
  makeRequest(values.signal, rows, i * 2 + 2),
]);

const acknowledgedMs = [];
let refused = 0;
const startMs = performance.now();
const endMs = startMs + Number(values.seconds) * 1000;
await Promise.all(requests.map(sendUntilEnd));
const seconds = (performance.now() - startMs) / 1000;
acknowledgedMs.sort((a, b) => a - b);
const { user, system } = process.cpuUsage();
process.stdout.write(
  `${JSON.stringify({
    signal: values.signal,
    rows: acknowledgedMs.length * rows,
    rowsPerSecond: Math.round((acknowledgedMs.length * rows) / seconds),
    bodyBytes: requests[0][0].body.length,
    requests: acknowledgedMs.length,
    refused,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    generatorCpuSeconds: (user + system) / 1e6,
    seconds,
  })}\n`,
);
agent.destroy();

async function sendUntilEnd(pair) {
  for (let n = 0; performance.now() < endMs; n++) {
    const next = pair[n % 2];
    freshen(next);
    for (let status = 0; status !== 200;) {
      const sentMs = performance.now();
      status = await post(next.body);
      if (status === 200) acknowledgedMs.push(performance.now() - sentMs);
      else if (status === 429 || status === 503) {
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 200));
      } else throw new Error(`answered ${status}`);
    }
  }
}

function post(body) {
  return new Promise((resolve, reject) => {
    const sending = request(
      target,
      { method: 'POST', agent, headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length } },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

function quantile(q) {
  const at = Math.min(acknowledgedMs.length - 1, Math.floor(acknowledgedMs.length * q));
  return Math.round((acknowledgedMs[at] ?? Number.NaN) * 10) / 10;
}

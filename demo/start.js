// @ts-check
/**
 * Starts the demo: a database, a server, a recorder and a requester, each a process of its own on a free port, which send their
 * telemetry to an OTLP/HTTP endpoint. As a program: `node demo/start.js --help`.
 */
import { fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { leaveAddress, removeAddress } from './address.js';

const scripts = {
  database: new URL('./services/database.js', import.meta.url),
  server: new URL('./services/server.js', import.meta.url),
  recorder: new URL('./services/recorder.js', import.meta.url),
  requester: new URL('./services/requester.js', import.meta.url),
};
const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const stderrLinesKept = 20;

/**
 * @typedef {object} Options
 * @property {string} otlpEndpoint An OTLP/HTTP endpoint, such as http://127.0.0.1:4318.
 * @property {boolean} [fault] Whether the fault is on from the start; true by default.
 * @property {number} [ratePerSecond] Calls to the server; 28 by default.
 * @property {(line: string) => void} [onLine] Told in plain words what goes wrong, and with SONDE_DEBUG=1 all that the services
 *   write to stderr.
 *
 * @typedef {object} Demo
 * @property {{ server: string, database: string }} addresses The server's URL; host and port of the database.
 * @property {Readonly<Record<string, number | undefined>>} pids The processes, by the names of the services.
 * @property {Promise<string>} failed When a service ends by itself: why. The others go on until `stop`.
 * @property {() => Promise<void>} stop Ends all services, those that call before those that are called.
 *
 * @typedef {object} Service
 * @property {string} name
 * @property {string} address Empty when it does not listen.
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<string>} ended With the reason.
 */

/**
 * Resolves when all services are ready; rejects, with none left running, when one does not start.
 * @param {Options} options
 * @returns {Promise<Demo>}
 */
export async function startDemo({ otlpEndpoint, fault = true, ratePerSecond = 28, onLine = () => {} }) {
  if (!URL.canParse(otlpEndpoint)) throw new Error(`Expected the URL of an OTLP/HTTP endpoint, got "${otlpEndpoint}".`);
  /** @type {Service[]} Each calls only those before it. */
  const services = [];
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    for (const service of services.toReversed()) await end(service);
    removeAddress();
  };
  /** @param {keyof typeof scripts} name @param {Record<string, string>} settings */
  const launch = async (name, settings) => {
    const service = await start(name, { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint, ...settings }, onLine);
    services.push(service);
    return service.address;
  };
  try {
    const database = await launch('database', {});
    const server = await launch('server', { DEMO_DATABASE: database, DEMO_FAULT: fault ? 'on' : 'off' });
    await launch('recorder', { DEMO_DATABASE: database });
    await launch('requester', { DEMO_SERVER: server, DEMO_RATE: `${ratePerSecond}` });
    leaveAddress(server);
    return {
      addresses: { server, database },
      pids: Object.fromEntries(services.map(({ name, child }) => [name, child.pid])),
      failed: new Promise((resolve) => {
        for (const { ended } of services) void ended.then((reason) => isStopping || resolve(reason));
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {keyof typeof scripts} name
 * @param {Record<string, string>} settings
 * @param {(line: string) => void} onLine
 * @returns {Promise<Service>}
 */
async function start(name, settings, onLine) {
  const child = fork(scripts[name], [], {
    env: { ...process.env, ...settings },
    execArgv: name === 'database' ? ['--expose-gc'] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastLines = followStderr(child, (line) => {
    if (process.env['SONDE_DEBUG'] === '1') onLine(`[${name}] ${line}`);
  });
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`The ${name} could not be started: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve([`The ${name} ended by itself (${signal ?? `exit code ${code}`}).`, ...lastLines].join('\n  ')),
    );
  });
  /** @type {Promise<string>} */
  const ready = new Promise((resolve) => {
    child.on('message', (/** @type {import('./services/child.js').Message} */ message) => {
      if ('ready' in message) resolve(message.address ?? '');
      else onLine(`${name}: ${message.problem}`);
    });
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  const outcome = await Promise.race([ready.then((address) => ({ address })), ended.then((problem) => ({ problem }))]);
  clearTimeout(timer);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return { name, address: outcome.address, child, ended };
}

/**
 * Gives each line to `onLine` and keeps the last ones in the array that it returns, without log records: those are JSON, and
 * what Node says of a crash is not.
 * @param {import('node:child_process').ChildProcess} child
 * @param {(line: string) => void} onLine
 */
function followStderr(child, onLine) {
  /** @type {string[]} */
  const lastLines = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
    lastLines.push(...lines.filter((line) => !line.startsWith('{')));
    lastLines.splice(0, lastLines.length - stderrLinesKept);
  });
  return lastLines;
}

/** @param {Service} service */
async function end({ child, ended }) {
  if (child.connected) child.send('stop');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

const help = `node demo/start.js [--endpoint URL] [--no-fault] [--rate CALLS_PER_SECOND]

Runs the demo services and sends their telemetry to an OTLP/HTTP endpoint until it is stopped.
  --endpoint URL   default: OTEL_EXPORTER_OTLP_ENDPOINT, or else http://127.0.0.1:4318
  --no-fault       starts with the fault off; node demo/fault.js on switches it on
  --rate N         calls per second, default 28
With SONDE_DEBUG=1 it shows what the services log.
`;

async function main() {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string', default: process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318' },
      'no-fault': { type: 'boolean', default: false },
      rate: { type: 'string', default: '28' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const ratePerSecond = Number(values.rate);
  if (!(ratePerSecond > 0)) throw new Error(`--rate expects a positive number, got "${values.rate}".`);
  /** @param {string} line */
  const onLine = (line) => void process.stderr.write(`${line}\n`);
  const asked = untilAsked();
  const demo = await startDemo({ otlpEndpoint: values.endpoint, fault: !values['no-fault'], ratePerSecond, onLine });
  onLine(`The demo runs: the server is at ${demo.addresses.server}, telemetry goes to ${values.endpoint}.`);
  const problem = await Promise.race([asked, demo.failed]);
  await demo.stop();
  if (problem !== undefined) throw new Error(problem);
}

/** Resolves at SIGINT or SIGTERM, or when the process that started this one is gone. */
function untilAsked() {
  const parent = process.ppid;
  return new Promise((/** @type {(value: undefined) => void} */ resolve) => {
    const stop = () => resolve(undefined);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    setInterval(() => process.ppid === parent || stop(), 1000).unref();
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

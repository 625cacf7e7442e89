// @ts-check
/**
 * Starts the demo: a database, a server, a recorder and a requester, each a process of its own on a free port, which send their
 * telemetry to an OTLP/HTTP endpoint. As a program: `node demo/start.js --help`.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { leaveAddress, removeAddress } from './address.js';
import { Children, readRate, runMain, runUntilAsked } from './children.js';

const scripts = {
  database: new URL('./services/database.js', import.meta.url),
  server: new URL('./services/server.js', import.meta.url),
  recorder: new URL('./services/recorder.js', import.meta.url),
  requester: new URL('./services/requester.js', import.meta.url),
};

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
 */

/**
 * Resolves when all services are ready; rejects, with none left running, when one does not start.
 * @param {Options} options
 * @returns {Promise<Demo>}
 */
export async function startDemo({ otlpEndpoint, fault = true, ratePerSecond = 28, onLine = () => {} }) {
  if (!URL.canParse(otlpEndpoint)) throw new Error(`Expected the URL of an OTLP/HTTP endpoint, got "${otlpEndpoint}".`);
  const children = new Children(onLine);
  const stop = async () => {
    await children.stop();
    removeAddress();
  };
  /** @param {keyof typeof scripts} name @param {Record<string, string>} settings @param {readonly string[]} [nodeArgs] */
  const launch = (name, settings, nodeArgs = []) =>
    children.launch({
      name,
      script: scripts[name],
      nodeArgs,
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint, ...settings },
    });
  try {
    const database = await launch('database', {}, ['--expose-gc']);
    const server = await launch('server', { DEMO_DATABASE: database, DEMO_FAULT: fault ? 'on' : 'off' });
    await launch('recorder', { DEMO_DATABASE: database });
    await launch('requester', { DEMO_SERVER: server, DEMO_RATE: `${ratePerSecond}` });
    leaveAddress(server);
    return { addresses: { server, database }, pids: children.pids, failed: children.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
  const ratePerSecond = readRate(values.rate);
  /** @param {string} line */
  const onLine = (line) => void process.stderr.write(`${line}\n`);
  await runUntilAsked(async () => {
    const demo = await startDemo({ otlpEndpoint: values.endpoint, fault: !values['no-fault'], ratePerSecond, onLine });
    onLine(`The demo runs: the server is at ${demo.addresses.server}, telemetry goes to ${values.endpoint}.`);
    return demo;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runMain(main);

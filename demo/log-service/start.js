// @ts-check
/**
 * Starts the commit-log service and the client that loads it, each a process of its own, which send their telemetry to an OTLP/HTTP
 * endpoint. As a program: `node demo/log-service/start.js --help`.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Children, readRate, runMain, runUntilAsked } from '../children.js';

/**
 * @typedef {object} Options
 * @property {string} otlpEndpoint An OTLP/HTTP endpoint, such as http://127.0.0.1:4318.
 * @property {string} [folder] Where the log is, and stays; otherwise it is gone at the end.
 * @property {number} [ratePerSecond] Records that the client produces one by one; 20 by default.
 * @property {(line: string) => void} [onLine] Told in plain words what goes wrong.
 *
 * @typedef {object} Demo
 * @property {string} address Host and port of the service.
 * @property {Promise<string>} failed When a service ends by itself: why.
 * @property {() => Promise<void>} stop Ends the client, and then the service; what they recorded is sent before.
 */

/**
 * Resolves when both are ready; rejects, with none left running, when one does not start.
 * @param {Options} options
 * @returns {Promise<Demo>}
 */
export async function startLogService({ otlpEndpoint, folder, ratePerSecond = 20, onLine = () => {} }) {
  if (!URL.canParse(otlpEndpoint)) throw new Error(`Expected the URL of an OTLP/HTTP endpoint, got "${otlpEndpoint}".`);
  if (!existsSync(fileURLToPath(import.meta.resolve('@sonde/instrument'))))
    throw new Error('@sonde/instrument is not built. Build it with: npm run build');
  const children = new Children(onLine);
  const ownFolder = folder === undefined ? await makeFolder() : undefined;
  const stop = async () => {
    await children.stop();
    if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true });
  };
  /** @param {string} name @param {string} script @param {Record<string, string>} settings */
  const launch = (name, script, settings) =>
    children.launch({
      name,
      script: new URL(script, import.meta.url),
      nodeArgs: ['--import', '@sonde/instrument'],
      settings: {
        OTEL_SERVICE_NAME: name,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
        // Sooner than a service would, for those who have just started it and look.
        OTEL_METRIC_EXPORT_INTERVAL: process.env['OTEL_METRIC_EXPORT_INTERVAL'] ?? '5000',
        OTEL_BSP_SCHEDULE_DELAY: process.env['OTEL_BSP_SCHEDULE_DELAY'] ?? '1000',
        ...settings,
      },
    });
  try {
    const address = await launch('commit-log', './service.js', { DEMO_LOG_FOLDER: folder ?? ownFolder ?? '' });
    await launch('commit-log-client', './client.js', { DEMO_LOG_SERVICE: address, DEMO_RATE: `${ratePerSecond}` });
    return { address, failed: children.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Not among the system's temporary files, which are in memory on many machines: a log there would not show what a disk costs. */
async function makeFolder() {
  const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  return mkdtemp(`${cache}commit-log-`);
}

const help = `node demo/log-service/start.js [--endpoint URL] [--folder FOLDER] [--rate RECORDS_PER_SECOND]

Runs the commit-log service and a client that loads it, and sends their telemetry to an OTLP/HTTP endpoint until it is stopped.
  --endpoint URL   default: OTEL_EXPORTER_OTLP_ENDPOINT, or else http://127.0.0.1:4318
  --folder FOLDER  keeps the log there; without it, it is gone at the end
  --rate N         records that are produced per second, default 20; all else grows with it
`;

async function main() {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string', default: process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318' },
      folder: { type: 'string' },
      rate: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const { endpoint: otlpEndpoint, folder } = values;
  const ratePerSecond = readRate(values.rate);
  /** @param {string} line */
  const onLine = (line) => void process.stderr.write(`${line}\n`);
  await runUntilAsked(async () => {
    const demo = await startLogService({ otlpEndpoint, ratePerSecond, onLine, ...(folder !== undefined && { folder }) });
    onLine(`The log service runs at ${demo.address}, telemetry goes to ${otlpEndpoint}.`);
    return demo;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runMain(main);

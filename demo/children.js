// @ts-check
/** The services of a demo as child processes: how they are started, followed and ended. */
import { fork } from 'node:child_process';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const stderrLinesKept = 20;

/**
 * @typedef {object} Plan
 * @property {string} name
 * @property {URL} script It begins and ends as services/child.js says.
 * @property {readonly string[]} [nodeArgs]
 * @property {Readonly<Record<string, string>>} [settings] Besides the environment of this process.
 *
 * @typedef {object} Service
 * @property {string} name
 * @property {string} address Empty when it does not listen.
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<string>} ended With the reason.
 */

export class Children {
  /** @type {(line: string) => void} */
  #onLine;
  /** @type {Service[]} Each calls only those before it. */
  #services = [];
  #isStopping = false;
  /** @type {(reason: string) => void} */
  #fail = () => {};

  /** When a service ends by itself: why. The others go on until `stop`. */
  failed = new Promise((/** @type {(reason: string) => void} */ resolve) => (this.#fail = resolve));

  /**
   * @param {(line: string) => void} onLine Told in plain words what goes wrong, and with SONDE_DEBUG=1 all that the services write
   *   to stderr.
   */
  constructor(onLine) {
    this.#onLine = onLine;
  }

  /**
   * Starts one more service; resolves with where it listens when it is ready.
   * @param {Plan} plan
   */
  async launch(plan) {
    const service = await start(plan, this.#onLine);
    this.#services.push(service);
    void service.ended.then((reason) => this.#isStopping || this.#fail(reason));
    return service.address;
  }

  /** @returns {Readonly<Record<string, number | undefined>>} The processes, by the names of the services. */
  get pids() {
    return Object.fromEntries(this.#services.map(({ name, child }) => [name, child.pid]));
  }

  /** Ends all services, those that call before those that are called. */
  async stop() {
    this.#isStopping = true;
    for (const service of this.#services.toReversed()) await end(service);
  }
}

/**
 * @param {Plan} plan
 * @param {(line: string) => void} onLine
 * @returns {Promise<Service>}
 */
async function start({ name, script, nodeArgs = [], settings }, onLine) {
  const child = fork(script, [], {
    // Packages that Node is told to load before the script are those that the script itself would find.
    cwd: new URL('.', script),
    env: { ...process.env, ...settings },
    execArgv: [...nodeArgs],
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

/**
 * Runs a demo as a program: until SIGINT or SIGTERM, until the process that started this one is gone, or until a service ends.
 * @param {() => Promise<{ failed: Promise<string>, stop: () => Promise<void> }>} startDemo
 */
export async function runUntilAsked(startDemo) {
  const asked = untilAsked();
  const demo = await startDemo();
  const problem = await Promise.race([asked, demo.failed]);
  await demo.stop();
  if (problem !== undefined) throw new Error(problem);
}

function untilAsked() {
  const parent = process.ppid;
  return new Promise((/** @type {(value: undefined) => void} */ resolve) => {
    const stop = () => resolve(undefined);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    setInterval(() => process.ppid === parent || stop(), 1000).unref();
  });
}

/**
 * A number per second that a flag or a variable gives.
 * @param {string} text
 */
export function readRate(text) {
  const rate = Number(text);
  if (!(rate > 0)) throw new Error(`--rate expects a positive number, got "${text}".`);
  return rate;
}

/**
 * Runs a program's `main`; what it throws is told, and makes the exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

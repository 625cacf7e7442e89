// @ts-check
/**
 * How a service of the demo begins and ends. It is a child process of start.js: it says by message when it is ready, where it
 * listens, and what goes wrong; it stops when it is told to, or when its parent is gone. Without a parent it is a plain program.
 */

/** The longest a service may take to say goodbye: an endpoint that is gone does not take its last telemetry. */
const stopTimeoutMs = 3000;

/** How often the same trouble is told. */
const repeatAfterMs = 30_000;

/**
 * What a service tells its parent.
 * @typedef {{ ready: true, address: string | null } | { problem: string }} Message
 */

/** @param {Message} message */
function tell(message) {
  if (process.connected) process.send?.(message);
  else process.stderr.write(`${JSON.stringify(message)}\n`);
}

/** @type {Map<string, number>} */
const toldAtMs = new Map();

/**
 * Tells the parent what goes wrong, the same thing once in half a minute.
 * @param {string} problem
 */
export function tellProblem(problem) {
  const now = Date.now();
  if (isStopping || now - (toldAtMs.get(problem) ?? 0) < repeatAfterMs) return;
  toldAtMs.set(problem, now);
  tell({ problem });
}

let isStopping = false;

/**
 * Says that the service is ready, and stops it when its time has come.
 * @param {{ address?: string, stop: () => Promise<unknown> }} service
 */
export function ready({ address = '', stop }) {
  const end = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    void stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  // A terminal sends SIGINT to the children too; there it is the parent who says in which order they end.
  process.on('SIGINT', () => process.connected || end());
  process.on('message', (message) => message === 'stop' && end());
  process.on('disconnect', end);
  tell({ ready: true, address: address === '' ? null : address });
}

/**
 * A setting from the environment.
 * @param {string} name
 * @param {string} [byDefault] Without one the setting is required.
 */
export function setting(name, byDefault) {
  const value = process.env[name] ?? byDefault;
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
}

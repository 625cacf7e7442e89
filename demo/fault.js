// @ts-check
/** Switches the fault of the running demo: `node demo/fault.js on|off [--server URL]`; without on or off it says how it is. */
import { parseArgs } from 'node:util';
import { readAddresses } from './address.js';

const { values, positionals } = parseArgs({ options: { server: { type: 'string' } }, allowPositionals: true });
const [wanted = 'show'] = positionals;

try {
  if (!['on', 'off', 'show'].includes(wanted)) throw new Error(`Expected on or off, got "${wanted}".`);
  const { on } = await ask(values.server ?? theOne(readAddresses()));
  process.stdout.write(`The fault is ${on ? 'on' : 'off'}.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** @param {readonly string[]} servers */
function theOne([server, ...others]) {
  if (server === undefined) throw new Error('No demo runs here. Start it with: npm run demo');
  if (others.length > 0) throw new Error(`Several demos run. Name one by --server: ${[server, ...others].join(' ')}`);
  return server;
}

/**
 * @param {string} server
 * @returns {Promise<{ on: boolean }>}
 */
async function ask(server) {
  const change = { method: 'POST', body: JSON.stringify({ on: wanted === 'on' }) };
  const response = await fetch(`${server}/fault`, wanted === 'show' ? {} : change).catch(() => {
    throw new Error(`No demo answers at ${server}. Start it with: npm run demo`);
  });
  if (!response.ok) throw new Error(`The server answered ${response.status} to ${server}/fault.`);
  return /** @type {Promise<{ on: boolean }>} */ (response.json());
}

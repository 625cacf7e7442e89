// @ts-check
/**
 * Loads the commit-log service with a steady mix of calls of all kinds, among them some that are refused. At the end it prints what
 * it did, as JSON. It knows nothing of telemetry: `node --import @sonde/instrument client.js`.
 */
import { setMaxListeners } from 'node:events';
import { ready, setting, tellProblem } from '../services/child.js';
import { createRandom } from '../services/random.js';
import { Load } from './load.js';
import { repeat } from './pace.js';
import { createClient } from './protocol.js';
import { Tally } from './tally.js';

const rate = Number(setting('DEMO_RATE', '20'));
const random = createRandom(Number(setting('DEMO_SEED', '1')));
const tally = new Tally();
const client = createClient(setting('DEMO_LOG_SERVICE'), { interceptors: [tally.interceptor] });
const stopping = new AbortController();
// All that goes on at the same time listens to it.
setMaxListeners(0, stopping.signal);
const load = new Load({ client, random, stopping: stopping.signal, onProblem: tellProblem });

/** What is called, and how often for each record that is produced. */
const mix = /** @type {const} */ ([
  [() => load.produce(), 1],
  [() => load.consume(), 1],
  [() => load.produceLarge(), 1 / 150],
  [() => load.produceMany(), 1 / 80],
  [() => load.followTail(), 1 / 120],
  [() => load.consumeBeyondTheEnd(), 1 / 160],
  [() => load.consumeAsNobody(), 1 / 100],
  [() => load.produceAsReader(), 1 / 140],
]);

const running = mix.map(([run, share]) => repeat(run, { perSecond: rate * share, random, signal: stopping.signal }));
ready({ stop });

async function stop() {
  stopping.abort();
  await Promise.all(running);
  client.close();
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(tally)}\n`, resolve));
}

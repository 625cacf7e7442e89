// @ts-check
/**
 * The recorder: takes the messages about new beasts from the queue, counts them, and draws a portrait of some, which takes
 * long. A message is deleted as it is taken: what is in the works when the recorder dies is lost.
 */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, propagation } from '@opentelemetry/api';
import { durationBounds, startTelemetry } from '../telemetry/setup.js';
import { queue } from './beasts.js';
import { ready, setting, tellProblem } from './child.js';
import { createQuery } from './query.js';
import { createRandom } from './random.js';

const { tracer, meter, log, stop: stopTelemetry } = startTelemetry('recorder', tellProblem);
const require = createRequire(import.meta.url);
/** @type {typeof import('pg')} */
const pg = require('pg');

const pollMs = 250;
const inFlightMax = 20;

/** The second fault: portraits of these beasts take long. */
const slow = { beasts: ['unicorn', 'beholder'], share: 0.25, msMin: 500, msMax: 1500 };

const messaging = { 'messaging.system': 'postgresql', 'messaging.destination.name': queue };
const [host, port] = setting('DEMO_DATABASE').split(':');
const pool = new pg.Pool({ host, port: Number(port), user: 'postgres', database: 'postgres', max: 2 });
pool.on('error', (error) => tellProblem(`the connection to the database broke: ${error.message}`));
const query = createQuery(pool);
const random = createRandom(Number(setting('DEMO_SEED', '1')));
const consumed = meter.createCounter('messaging.client.consumed.messages', { unit: '{message}', description: 'Messages taken.' });
const processDuration = meter.createHistogram('messaging.process.duration', {
  unit: 's',
  description: 'How long it took to process a message.',
  advice: { explicitBucketBoundaries: durationBounds },
});
const waitDuration = meter.createHistogram('beasts.queue.wait', {
  unit: 's',
  description: 'How long a message was in the queue.',
  advice: { explicitBucketBoundaries: durationBounds },
});

/** @typedef {{ id: string, beast: string, name: string, headers: Record<string, string>, waited_s: number }} Message */

/** @type {Set<Promise<void>>} */
const inFlight = new Set();
const stopping = new AbortController();

/**
 * The oldest messages, taken out of the queue in one statement: several recorders would not get in each other's way.
 * @param {number} limit
 * @returns {Promise<Message[]>}
 */
async function take(limit) {
  const text = `DELETE FROM ${queue} WHERE id IN (SELECT id FROM ${queue} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, beast, name, headers, extract(epoch FROM now() - sent_at)::float8 AS waited_s`;
  const { rows } = await query(text, [limit]);
  return rows;
}

/**
 * Handles one message in the trace of the request that sent it.
 * @param {Message} message
 */
async function handle(message) {
  const { id, beast, name, headers } = message;
  const startMs = performance.now();
  const operation = { ...messaging, 'messaging.operation.name': 'process' };
  const attributes = { ...operation, 'messaging.operation.type': 'process', 'messaging.message.id': id, beast };
  const sender = propagation.extract(ROOT_CONTEXT, headers);
  await tracer.startActiveSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes }, sender, async (span) => {
    try {
      await record(beast);
      if (slow.beasts.includes(beast) && random() < slow.share) await drawPortrait(beast, name);
      log.info(`recorded ${beast} ${name}`, { beast });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      log.error(`could not record ${beast} ${name}: ${error.message}`, { beast }, error);
    } finally {
      waitDuration.record(message.waited_s, { beast });
      processDuration.record((performance.now() - startMs) / 1000, { ...operation, beast });
      consumed.add(1, operation);
      span.end();
    }
  });
}

/** @param {string} beast */
async function record(beast) {
  const text = `INSERT INTO recordings (beast, total) VALUES ($1, 1)
    ON CONFLICT (beast) DO UPDATE SET total = recordings.total + 1`;
  await query(text, [beast]);
}

/**
 * @param {string} beast
 * @param {string} name
 */
async function drawPortrait(beast, name) {
  await tracer.startActiveSpan(`draw portrait`, { attributes: { beast } }, async (span) => {
    const durationMs = slow.msMin + random() * (slow.msMax - slow.msMin);
    await sleep(durationMs);
    log.warn(`the portrait of ${beast} ${name} took ${Math.round(durationMs)} ms`, { beast });
    span.end();
  });
}

async function run() {
  while (!stopping.signal.aborted) {
    try {
      for (const message of await take(inFlightMax - inFlight.size)) {
        const work = handle(message).finally(() => inFlight.delete(work));
        inFlight.add(work);
      }
    } catch (error) {
      tellProblem(`the queue cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(pollMs);
  }
}

async function stop() {
  stopping.abort();
  await running;
  await Promise.all(inFlight);
  await pool.end();
  await stopTelemetry();
}

const running = run();
ready({ stop });

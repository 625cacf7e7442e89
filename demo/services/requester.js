// @ts-check
/**
 * The requester: plays the people who use the app, half of them with version 1.9.2 and half with 2.0.0. It asks for beasts, adds
 * new ones and sets them free, at a rate that rises and falls; the same seed gives the same calls.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { durationBounds, startTelemetry } from '../telemetry/setup.js';
import { beasts } from './beasts.js';
import { ready, setting, tellProblem } from './child.js';
import { createRandom, pick } from './random.js';

const { tracer, meter, log, stop: stopTelemetry } = startTelemetry('requester', tellProblem);

/** Calls per second: a mean and a wave around it. */
const rate = { mean: Number(setting('DEMO_RATE', '28')), swing: 0.3, periodMs: 120_000 };
const inFlightMax = 50;
const timeoutMs = 10_000;
/** From here on more beasts are set free than added, so that the tables keep their size. */
const beastsKept = 200;

const server = setting('DEMO_SERVER');
const random = createRandom(Number(setting('DEMO_SEED', '1')));
const callDuration = meter.createHistogram('beasts.call.duration', {
  unit: 's',
  description: 'How long a call to the server took, as its user sees it.',
  advice: { explicitBucketBoundaries: durationBounds },
});

/** The first one of each name is in the demo's own legends. */
const names = /** @type {const} */ ([
  'ember',
  'thistle',
  'moss',
  'onyx',
  'juniper',
  'slate',
  'wren',
  'saffron',
  'flint',
  'aster',
]);

/**
 * @typedef {{ method: 'GET' | 'POST' | 'DELETE', beast: string, name: string, appVersion: string }} Call
 */

/** @type {{ beast: string, name: string }[]} What the server has taken and not given up. */
const known = [];
/** @type {Set<Promise<void>>} */
const inFlight = new Set();
/** @type {import('@opentelemetry/api').SpanContext | undefined} */
let previous;
let added = 0;
const stopping = new AbortController();

/** @returns {Call} */
function nextCall() {
  const appVersion = random() < 0.5 ? '1.9.2' : '2.0.0';
  const dice = random();
  if (dice < 0.4) return { method: 'GET', beast: pick(beasts, random), name: '', appVersion };
  const [gone] = dice < 0.4 + deleteShare() ? known.splice(Math.floor(random() * known.length), 1) : [];
  if (gone !== undefined) return { method: 'DELETE', ...gone, appVersion };
  added++;
  return { method: 'POST', beast: pick(beasts, random), name: `${pick(names, random)}-${added}`, appVersion };
}

function deleteShare() {
  return known.length < beastsKept ? 0.2 : 0.4;
}

/**
 * Makes a call in a trace of its own, which is linked to the trace of the call before it.
 * @param {Call} call
 */
async function make(call) {
  const { method, beast, appVersion } = call;
  const attributes = { 'http.request.method': method, beast, 'app.version': appVersion };
  const links = previous === undefined ? [] : [{ context: previous, attributes: { 'link.reason': 'previous call' } }];
  const span = tracer.startSpan(`${method} ${beast}`, { kind: SpanKind.CLIENT, attributes, links }, ROOT_CONTEXT);
  previous = span.spanContext();
  const startMs = performance.now();
  await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
    const outcome = await send(call);
    const durationMs = performance.now() - startMs;
    const seen = { ...attributes, outcome: outcome.ok ? 'success' : 'failure' };
    callDuration.record(durationMs / 1000, seen);
    const text = `${method} ${beast} ${outcome.text} in ${Math.round(durationMs)} ms`;
    if (outcome.ok) log.info(text, seen);
    else log.error(text, seen);
    if (!outcome.ok) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.text });
  });
  span.end();
}

/**
 * @param {Call} call
 * @returns {Promise<{ ok: boolean, text: string }>}
 */
async function send({ method, beast, name, appVersion }) {
  const path = method === 'DELETE' ? `/${beast}/${name}` : `/${beast}`;
  const headers = { 'user-agent': `beasts-app/${appVersion}`, 'content-type': 'application/json' };
  const body = method === 'POST' ? JSON.stringify({ name }) : null;
  try {
    const response = await fetch(`${server}${path}`, { method, headers, body, signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    if (method === 'POST' && response.ok) known.push({ beast, name });
    return { ok: response.ok, text: `answered ${response.status}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tellProblem(`the server does not answer: ${reason}`);
    return { ok: false, text: `was not answered: ${reason}` };
  }
}

/** The time to the next call: random around the rate of the moment, as with people who know nothing of each other. */
function pauseMs() {
  const wave = 1 + rate.swing * Math.sin((2 * Math.PI * performance.now()) / rate.periodMs);
  return (-Math.log(1 - random()) * 1000) / (rate.mean * wave);
}

async function run() {
  let dueMs = performance.now();
  while (!stopping.signal.aborted) {
    dueMs = Math.max(dueMs + pauseMs(), performance.now() - 1000);
    await sleep(dueMs - performance.now());
    if (inFlight.size >= inFlightMax) continue;
    const work = make(nextCall()).finally(() => inFlight.delete(work));
    inFlight.add(work);
  }
}

async function stop() {
  stopping.abort();
  await running;
  await Promise.all(inFlight);
  await stopTelemetry();
}

const running = run();
ready({ stop });

// @ts-check
/** The server: keeps the names of beasts in PostgreSQL, and tells the recorder of every new one. */
import { createRequire } from 'node:module';
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import { RPCType, getRPCMetadata } from '@opentelemetry/core';
import { startTelemetry } from '../telemetry/setup.js';
import { isBeast, queue } from './beasts.js';
import { ready, setting, tellProblem } from './child.js';
import { createFault } from './fault.js';
import { createQuery } from './query.js';

const { tracer, meter, log, stop: stopTelemetry } = startTelemetry('server', tellProblem);
const require = createRequire(import.meta.url);
/** @type {typeof import('node:http')} */
const http = require('node:http');
/** @type {typeof import('pg')} */
const pg = require('pg');

const bodyBytesMax = 64 * 1024;
const listLength = 20;

const [host, port] = setting('DEMO_DATABASE').split(':');
const pool = new pg.Pool({ host, port: Number(port), user: 'postgres', database: 'postgres', max: 4 });
pool.on('error', (error) => tellProblem(`the connection to the database broke: ${error.message}`));
const query = createQuery(pool);
const fault = createFault(setting('DEMO_FAULT', 'on') === 'on', Number(setting('DEMO_SEED', '1')));
const stored = meter.createUpDownCounter('beasts.stored', { unit: '{beast}', description: 'Beasts in the tables.' });
const sent = meter.createCounter('messaging.client.sent.messages', { unit: '{message}', description: 'Messages sent.' });

/**
 * @typedef {{ beast: string, name: string, appVersion: string, request: import('node:http').IncomingMessage }} Call
 * @typedef {{ status: number, body?: unknown }} Answer
 * @typedef {{ method: string, path: RegExp, template: string, run: (call: Call) => Promise<Answer> }} Route
 */

/** @type {readonly Route[]} Those under /:beast run for known beasts only. */
const routes = [
  { method: 'GET', path: /^\/health$/, template: '/health', run: () => Promise.resolve({ status: 200 }) },
  { method: 'GET', path: /^\/fault$/, template: '/fault', run: () => Promise.resolve({ status: 200, body: { on: fault.on } }) },
  { method: 'POST', path: /^\/fault$/, template: '/fault', run: switchFault },
  { method: 'GET', path: /^\/(?<beast>\w+)$/, template: '/:beast', run: list },
  { method: 'POST', path: /^\/(?<beast>\w+)$/, template: '/:beast', run: create },
  { method: 'DELETE', path: /^\/(?<beast>\w+)\/(?<name>[\w-]+)$/, template: '/:beast/:name', run: remove },
];

/** @param {Call} call @returns {Promise<Answer>} */
async function list({ beast }) {
  const { rows } = await query(`SELECT id, name FROM ${beast} ORDER BY id DESC LIMIT $1`, [listLength]);
  return { status: 200, body: rows };
}

/** @param {Call} call @returns {Promise<Answer>} */
async function create({ beast, appVersion, request }) {
  const body = await readJson(request);
  if (typeof body?.name !== 'string') return { status: 400, body: { error: 'Expected a JSON object with a name.' } };
  const name = fault.apply(body.name, appVersion);
  const { rows } = await query(`INSERT INTO ${beast} (name) VALUES ($1) RETURNING id, name`, [name]);
  stored.add(1, { beast });
  await publish(beast, body.name);
  return { status: 201, body: rows[0] };
}

/** @param {Call} call @returns {Promise<Answer>} */
async function remove({ beast, name }) {
  const { rowCount } = await query(`DELETE FROM ${beast} WHERE name = $1`, [name]);
  if (rowCount === 0) return { status: 404, body: { error: `There is no ${beast} called ${name}.` } };
  stored.add(-1, { beast });
  return { status: 204 };
}

/** @param {Call} call @returns {Promise<Answer>} */
async function switchFault({ request }) {
  const body = await readJson(request);
  if (typeof body?.on !== 'boolean') return { status: 400, body: { error: 'Expected {"on":true} or {"on":false}.' } };
  fault.on = body.on;
  log.warn(`fault switched ${fault.on ? 'on' : 'off'}`);
  return { status: 200, body: { on: fault.on } };
}

/**
 * Puts a message into the queue, with the trace context in its headers.
 * @param {string} beast
 * @param {string} name
 */
async function publish(beast, name) {
  const attributes = {
    'messaging.system': 'postgresql',
    'messaging.destination.name': queue,
    'messaging.operation.name': 'send',
  };
  const options = { kind: SpanKind.PRODUCER, attributes: { ...attributes, 'messaging.operation.type': 'send' } };
  await tracer.startActiveSpan(`send ${queue}`, options, async (span) => {
    /** @type {Record<string, string>} */
    const headers = {};
    propagation.inject(context.active(), headers);
    try {
      const text = `INSERT INTO ${queue} (beast, name, headers) VALUES ($1, $2, $3) RETURNING id`;
      const { rows } = await query(text, [beast, name, headers]);
      span.setAttribute('messaging.message.id', String(rows[0].id));
      sent.add(1, attributes);
    } finally {
      span.end();
    }
  });
}

/** @param {import('node:http').IncomingMessage} request */
async function readJson(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > bodyBytesMax) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Answer>} */
async function answer(request) {
  const startMs = performance.now();
  const { method = 'GET', url = '/' } = request;
  const path = url.split('?', 1)[0] ?? '/';
  const appVersion = /^beasts-app\/(\S+)/.exec(request.headers['user-agent'] ?? '')?.[1] ?? 'unknown';
  const fitting = routes.filter((route) => route.path.test(path));
  const route = fitting.find((candidate) => candidate.method === method);
  const { beast, name = '' } = route?.path.exec(path)?.groups ?? {};
  if (fitting.length === 0 || (beast !== undefined && !isBeast(beast))) return { status: 404 };
  if (route === undefined) return { status: 405 };
  nameSpan(route.template, appVersion);
  const attributes = {
    'http.request.method': method,
    'http.route': route.template,
    beast: beast ?? '',
    'app.version': appVersion,
  };
  try {
    const result = await route.run({ beast: beast ?? '', name, appVersion, request });
    const durationMs = Math.round(performance.now() - startMs);
    log.info(`${method} ${path} ${result.status} in ${durationMs} ms`, {
      ...attributes,
      'http.response.status_code': result.status,
    });
    return result;
  } catch (error) {
    return fail(`${method} ${path}`, attributes, error);
  }
}

/**
 * Gives the span and the metrics of the HTTP instrumentation their route.
 * @param {string} template
 * @param {string} appVersion
 */
function nameSpan(template, appVersion) {
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = template;
  trace.getActiveSpan()?.setAttributes({ 'http.route': template, 'app.version': appVersion });
}

/**
 * @param {string} what
 * @param {import('@opentelemetry/api').Attributes} attributes
 * @param {unknown} thrown
 * @returns {Answer}
 */
function fail(what, attributes, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const details = error instanceof pg.DatabaseError ? databaseAttributes(error) : {};
  const span = trace.getActiveSpan();
  span?.recordException(error);
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  log.error(`${what} failed: ${error.message}`, { ...attributes, ...details, 'http.response.status_code': 500 }, error);
  return { status: 500, body: { error: error.message, ...details } };
}

/** @param {import('pg').DatabaseError} error */
function databaseAttributes({ code = '', table = '', column = '', detail = '' }) {
  return {
    'db.system.name': 'postgresql',
    'db.response.status_code': code,
    'db.collection.name': table,
    'db.postgresql.column': column,
    'db.postgresql.detail': detail,
  };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function respond(request, response) {
  const { status, body } = await answer(request);
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

const server = http.createServer((request, response) => void respond(request, response));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const listensOn = typeof address === 'object' ? address?.port : undefined;
  log.info('listening', { 'server.port': listensOn ?? 0, fault: fault.on });
  ready({ address: `http://127.0.0.1:${listensOn}`, stop });
});

async function stop() {
  server.close();
  server.closeIdleConnections();
  await pool.end();
  await stopTelemetry();
}

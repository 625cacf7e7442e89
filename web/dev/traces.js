/**
 * The traces of a made-up shop. Every quarter of a second has one; its id names the moment, so that any trace can be made
 * again from its id alone and nothing is kept. About one POST in ten carries no name and fails in the database.
 */
import { around, pick, seeded } from './random.js';

export const slotMs = 250;
const beasts = ['unicorn', 'manticore', 'illithid', 'owlbear', 'beholder'];
const hugePrefix = '00000000000000000000';

const idOfSlot = (slot) => `5de0${slot.toString(16).padStart(28, '0')}`;

/** The trace of an id, or undefined: of a moment, or one of a number of spans (`000…` and the number in hexadecimal). */
export function traceById(id, nowMs) {
  if (id.startsWith(hugePrefix)) return hugeTrace(id, Number.parseInt(id.slice(20), 16), nowMs - 120_000);
  if (!id.startsWith('5de0')) return undefined;
  const slot = Number.parseInt(id.slice(4), 16);
  return slot * slotMs > nowMs ? undefined : traceAt(slot);
}

/** The id of a trace with that many spans. */
export function hugeId(spans) {
  return hugePrefix + spans.toString(16).padStart(12, '0');
}

export function traceAt(slot) {
  const random = seeded(slot);
  const trace = builder(idOfSlot(slot), slot * slotMs + Math.floor(random() * slotMs), random);
  const kind = random();
  if (kind < 0.62) beastTrace(trace);
  else if (kind < 0.94) checkoutTrace(trace);
  else nightlyTrace(trace);
  return trace.done();
}

function builder(traceId, startMs, random) {
  const spans = [];
  const logs = [];
  const base = BigInt(startMs) * 1_000_000n + BigInt(Math.floor(random() * 1e6));
  const hex = () =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  /** Opens a span at `at` ns; `fill` puts things under it and answers when it ends. */
  const span = (parent, at, fields, fill) => {
    const made = {
      spanId: hex() + hex(),
      parentSpanId: parent?.spanId ?? '',
      kind: 'internal',
      status: { code: 'unset', message: '' },
      traceState: '',
      flags: 1,
      attributes: {},
      droppedAttributes: 0,
      scope: {
        name: `@opentelemetry/instrumentation-${fields.scope ?? 'http'}`,
        version: '0.57.0',
        attributes: {},
        droppedAttributes: 0,
        schemaUrl: '',
      },
      events: [],
      droppedEvents: 0,
      links: [],
      droppedLinks: 0,
      ...fields,
      resource: resourceOf(fields.service, random),
      startNs: String(base + BigInt(at)),
    };
    spans.push(made);
    const end = fill(made, at);
    made.durationNs = String(Math.max(0, end - at));
    return end;
  };
  const log = (parent, at, level, body, attributes = {}) => {
    const numbers = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
    const time = String(base + BigInt(at));
    logs.push({
      timeNs: time,
      observedTimeNs: String(BigInt(time) + 120_000n),
      service: parent.service,
      level,
      severityNumber: numbers[level],
      severityText: level.toUpperCase(),
      body,
      bodyValue: body,
      eventName: '',
      traceId,
      spanId: parent.spanId,
      flags: 1,
      attributes,
      droppedAttributes: 0,
      resource: parent.resource,
      scope: { name: 'pino', version: '9.6.0', attributes: {}, droppedAttributes: 0, schemaUrl: '' },
    });
  };
  const done = () => ({ traceId, spans, logs: logs.toSorted((a, b) => (a.timeNs < b.timeNs ? 1 : -1)) });
  return { random, span, log, done, traceId };
}

function resourceOf(service, random) {
  const instance = service === 'server' ? Math.floor(random() * 2) : 0;
  return {
    attributes: {
      'service.name': service,
      'service.version': service === 'server' ? '2.0.0' : '1.9.2',
      'service.instance.id': `${service}-${instance}`,
      'deployment.environment.name': 'demo',
      'host.name': `node-${instance}.example.internal`,
      'process.pid': 4120 + instance,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': '20.20.2',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.version': '2.2.0',
    },
    droppedAttributes: 0,
    schemaUrl: '',
  };
}

const fail = (span, message) => {
  span.status = { code: 'error', message };
};

function beastTrace({ random, span, log }) {
  const beast = pick(random, beasts);
  const method = random() < 0.5 ? 'POST' : 'GET';
  const broken = method === 'POST' && random() < 0.11;
  const code = broken ? 500 : method === 'POST' ? 201 : 200;
  const http = {
    'http.request.method': method,
    'url.path': `/${beast}`,
    'http.response.status_code': code,
    'server.address': 'server',
    'server.port': 4000,
  };
  span(
    undefined,
    0,
    {
      service: 'requester',
      name: `${method} /${beast}`,
      kind: 'client',
      attributes: { ...http, 'service.version': random() < 0.5 ? '1.9.2' : '2.0.0' },
    },
    (client, t0) => {
      const end = span(
        client,
        t0 + around(random, 4e5),
        { service: 'server', name: `${method} /:endpoint`, kind: 'server', attributes: { ...http, 'http.route': '/:endpoint' } },
        (server, t1) => {
          let t = span(
            server,
            t1 + 60_000,
            { service: 'server', name: 'middleware - jsonParser', scope: 'express' },
            (_, at) => at + around(random, 90_000),
          );
          t = span(
            server,
            t + 20_000,
            { service: 'server', name: `request handler - /:endpoint`, scope: 'express' },
            (handler, t2) => databaseCall(random, span, handler, t2, { beast, method, broken }),
          );
          if (broken) {
            fail(server, '');
            log(
              server,
              t,
              'error',
              `${method} /${beast} failed: null value in column "name" of relation "${beast}" violates not-null constraint`,
              {
                'http.route': '/:endpoint',
                'error.code': '23502',
                beast,
              },
            );
            return t + around(random, 3e5);
          }
          if (method === 'POST') {
            t = span(
              server,
              t,
              {
                service: 'server',
                name: 'messages publish',
                kind: 'producer',
                scope: 'amqplib',
                attributes: { 'messaging.system': 'rabbitmq', 'messaging.destination.name': 'messages' },
              },
              (producer, t3) => {
                const sent = t3 + around(random, beast === 'unicorn' ? 9e6 : 6e5);
                span(
                  producer,
                  sent + around(random, 5e6),
                  {
                    service: 'recorder',
                    name: 'messages process',
                    kind: 'consumer',
                    scope: 'amqplib',
                    attributes: { 'messaging.system': 'rabbitmq', 'messaging.destination.name': 'messages' },
                  },
                  (consumer, t4) => {
                    log(consumer, t4 + 40_000, 'info', `recorded a ${beast}`, { beast });
                    return t4 + around(random, 12e6);
                  },
                );
                return sent;
              },
            );
          }
          log(server, t, 'info', `${method} /${beast} ${code} in ${((t - t1) / 1e6).toFixed(1)} ms`, {
            'http.route': '/:endpoint',
            beast,
          });
          return t + around(random, 2e5);
        },
      );
      if (broken) {
        fail(client, 'Request failed with status code 500');
        log(client, end, 'warn', `status=FAILURE beast=${beast}`, { beast });
      }
      return end + around(random, 3e5);
    },
  );
}

function databaseCall(random, span, parent, at, { beast, method, broken }) {
  const operation = method === 'POST' ? 'INSERT' : 'SELECT';
  const statement =
    method === 'POST' ? `INSERT INTO ${beast}(name) VALUES ($1)` : `SELECT id, name FROM ${beast} ORDER BY id DESC LIMIT 100`;
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': 'beasts',
    'db.query.text': statement,
    'db.operation.name': operation,
    'server.address': 'postgres',
    'server.port': 5432,
  };
  return span(
    parent,
    at + 50_000,
    { service: 'server', name: `pg.query:${operation} beasts`, kind: 'client', scope: 'pg', attributes },
    (query, t) => {
      const end = t + around(random, method === 'POST' ? 2.4e6 : 4.1e6);
      if (!broken) return end;
      const message = `null value in column "name" of relation "${beast}" violates not-null constraint`;
      fail(query, message);
      query.attributes['db.response.status_code'] = '23502';
      query.attributes['error.type'] = 'error';
      query.events.push({
        timeNs: String(BigInt(query.startNs) + BigInt(end - t - 30_000)),
        name: 'exception',
        attributes: {
          'exception.type': 'error',
          'exception.message': message,
          'exception.stacktrace': `error: ${message}\n    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:285:98)\n    at Parser.handlePacket (/app/node_modules/pg-protocol/dist/parser.js:122:29)\n    at Parser.parse (/app/node_modules/pg-protocol/dist/parser.js:35:38)\n    at Socket.<anonymous> (/app/node_modules/pg-protocol/dist/index.js:11:42)\n    at Socket.emit (node:events:524:28)\n    at addChunk (node:internal/streams/readable:561:12)\n    at async insertBeast (/app/server.js:88:5)\n    at async /app/server.js:131:7`,
        },
        droppedAttributes: 0,
      });
      return end;
    },
  );
}

function checkoutTrace({ random, span, log }) {
  const slow = random() < 0.04;
  span(
    undefined,
    0,
    {
      service: 'gateway',
      name: 'POST /api/v1/checkout',
      kind: 'server',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/v1/checkout',
        'http.response.status_code': 200,
        'user.id': `u${Math.floor(random() * 900)}`,
      },
    },
    (gateway, t0) => {
      const cart = span(
        gateway,
        t0 + 2e5,
        {
          service: 'cart',
          name: 'cart.Cart/GetItems',
          kind: 'server',
          scope: 'grpc',
          attributes: { 'rpc.system': 'grpc', 'rpc.method': 'GetItems' },
        },
        (item, t1) =>
          span(
            item,
            t1 + 1e5,
            {
              service: 'cart',
              name: 'HGETALL',
              kind: 'client',
              scope: 'redis',
              attributes: { 'db.system.name': 'redis', 'db.query.text': 'HGETALL cart:?' },
            },
            (_, t) => t + around(random, 4e5),
          ) + 9e4,
      );
      const stock = Math.max(
        ...[0, 1, 2].map((i) =>
          span(
            gateway,
            cart + i * 40_000,
            {
              service: 'inventory',
              name: 'inventory.Stock/Reserve',
              kind: 'server',
              scope: 'grpc',
              attributes: { 'rpc.system': 'grpc', 'rpc.method': 'Reserve', sku: `sku-${Math.floor(random() * 400)}` },
            },
            (reserve, t1) =>
              span(
                reserve,
                t1 + 8e4,
                {
                  service: 'inventory',
                  name: 'UPDATE stock',
                  kind: 'client',
                  scope: 'pg',
                  attributes: {
                    'db.system.name': 'postgresql',
                    'db.query.text': 'UPDATE stock SET reserved = reserved + $1 WHERE sku = $2',
                  },
                },
                (_, t) => t + around(random, 3e6),
              ) + 5e4,
          ),
        ),
      );
      const paid = span(
        gateway,
        stock + 1e5,
        {
          service: 'payment-authorization-and-settlement',
          name: 'payments.Payments/Authorize',
          kind: 'server',
          scope: 'grpc',
          attributes: { 'rpc.system': 'grpc', 'rpc.method': 'Authorize' },
        },
        (pay, t1) => {
          const end = span(
            pay,
            t1 + 2e5,
            {
              service: 'payment-authorization-and-settlement',
              name: 'POST https://acquirer.example.com/v3/authorizations',
              kind: 'client',
              attributes: {
                'http.request.method': 'POST',
                'server.address': 'acquirer.example.com',
                'http.response.status_code': slow ? 504 : 200,
              },
            },
            (call, t) => {
              if (slow) fail(call, 'upstream took longer than 2500 ms');
              return t + (slow ? 2.5e9 : around(random, 7e7));
            },
          );
          if (slow)
            log(pay, end, 'warn', 'the acquirer did not answer in 2500 ms; the order is put on hold', {
              'order.id': `o${Math.floor(random() * 1e6)}`,
            });
          return end + 2e5;
        },
      );
      log(
        gateway,
        paid,
        'info',
        JSON.stringify({ msg: 'checkout done', items: 3, took_ms: Math.round((paid - t0) / 1e6), hold: slow }),
        { 'http.route': '/api/v1/checkout' },
      );
      return paid + around(random, 6e5);
    },
  );
}

function nightlyTrace({ random, span, log }) {
  span(undefined, 0, { service: 'recorder', name: 'flush', scope: 'cron' }, (flush, t0) => {
    let t = t0 + 1e5;
    for (let i = 0; i < 4; i++)
      t =
        span(flush, t, { service: 'recorder', name: `write batch ${i}`, scope: 'fs' }, (_, at) => at + around(random, 2.2e7)) +
        1e5;
    log(flush, t, 'debug', `flushed 4 batches, ${Math.floor(random() * 9000)} rows`, { batches: 4 });
    return t;
  });
}

/** A trace of many spans, as deep and as wide as real batch jobs are. */
function hugeTrace(traceId, count, startMs) {
  const random = seeded(count);
  const trace = builder(traceId, startMs, random);
  const fill = (parent, at, budget, depth) => {
    let t = at + 20_000;
    let left = budget;
    while (left > 0) {
      const part = depth > 7 ? 1 : Math.min(left, 1 + Math.floor(random() ** 3 * left));
      const service = ['batch', 'inventory', 'pricing', 'search', 'cart', 'gateway', 'recorder', 'mailer', 'audit'][
        Math.min(8, Math.floor(random() * 10))
      ];
      const fields = {
        service,
        name: pick(random, ['reconcile', 'load page', 'UPDATE stock', 'SELECT price', 'publish', 'cache.get']),
        scope: 'batch',
        attributes: { page: left, 'db.system.name': 'postgresql' },
      };
      t = trace.span(parent, t, fields, (span, from) => {
        if (random() < 0.0004) fail(span, 'deadlock detected');
        return part > 1 ? fill(span, from, part - 1, depth + 1) : from + around(random, 3e5);
      });
      t -= random() < 0.3 ? around(random, 2e5) : 0;
      t = Math.max(t, at + 20_000);
      left -= part;
    }
    return t + 30_000;
  };
  trace.span(undefined, 0, { service: 'batch', name: `reconcile ${count} spans`, scope: 'batch' }, (root, at) =>
    fill(root, at, count - 1, 0),
  );
  return trace.done();
}

// OTLP export requests for load: encoded once, then made new before each send by writing fresh ids and times over the old
// ones, so that the load generator costs next to nothing and no request is a repetition of an earlier one.

const services = [
  'frontend',
  'checkout',
  'cart',
  'payment',
  'shipping',
  'catalog',
  'search',
  'recommend',
  'email',
  'currency',
  'ads',
  'stock',
];
const spansPerTrace = 8;

/** A growing protobuf message. `patches` collects where ids and times stand. */
class Message {
  constructor() {
    this.parts = [];
    this.size = 0;
    this.patches = [];
  }

  push(bytes) {
    this.parts.push(bytes);
    this.size += bytes.length;
  }

  varint(value) {
    const bytes = [];
    let rest = value;
    while (rest > 127) {
      bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    this.push(Buffer.from(bytes));
  }

  tag(field, wire) {
    this.varint(field * 8 + wire);
  }

  uint(field, value) {
    this.tag(field, 0);
    this.varint(value);
    return this;
  }

  bytes(field, value) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.tag(field, 2);
    this.varint(bytes.length);
    this.push(bytes);
    return this;
  }

  /** An id of 8 or 16 bytes. `group` says which ids are equal: the same number gets the same bytes. */
  id(field, length, group) {
    this.tag(field, 2);
    this.varint(length);
    this.patches.push({ at: this.size, kind: length === 16 ? 'trace' : 'span', group });
    this.push(Buffer.alloc(length));
    return this;
  }

  time(field, afterNs) {
    this.tag(field, 1);
    this.patches.push({ at: this.size, kind: 'time', group: afterNs });
    this.push(Buffer.alloc(8));
    return this;
  }

  double(field, value) {
    this.tag(field, 1);
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.push(bytes);
    return this;
  }

  message(field, inner) {
    this.tag(field, 2);
    this.varint(inner.size);
    for (const patch of inner.patches) this.patches.push({ ...patch, at: patch.at + this.size });
    this.parts.push(...inner.parts);
    this.size += inner.size;
    return this;
  }
}

const message = () => new Message();
const pick = (list, i) => list[i % list.length];

function attribute(key, value) {
  const any = message();
  if (typeof value === 'number') any.uint(3, value);
  else any.bytes(1, value);
  return message().bytes(1, key).message(2, any);
}

function withAttributes(target, field, attributes) {
  for (const [key, value] of Object.entries(attributes)) target.message(field, attribute(key, value));
  return target;
}

function resource(service) {
  return withAttributes(message(), 1, {
    'service.name': service,
    'service.version': '1.4.2',
    'service.instance.id': `${service}-7d9c5b6f4-x2x9z`,
    'deployment.environment.name': 'production',
    'host.name': 'node-17.cluster.internal',
    'telemetry.sdk.language': 'nodejs',
  });
}

const scope = () => message().bytes(1, '@opentelemetry/instrumentation-http').bytes(2, '0.57.1');

function span(i, random) {
  const trace = Math.floor(i / spansPerTrace);
  const route = `/api/v1/${pick(['orders', 'users', 'items', 'carts', 'prices'], i)}/:id`;
  const failed = random() < 0.02;
  const encoded = message().id(1, 16, trace).id(2, 8, i);
  if (i % spansPerTrace !== 0) encoded.id(4, 8, i - 1);
  encoded.bytes(5, `${pick(['GET', 'POST', 'PUT'], i)} ${route}`).uint(6, (i % 5) + 1);
  encoded.time(7, i * 1000).time(8, i * 1000 + Math.floor(random() ** 4 * 2e9) + 50_000);
  withAttributes(encoded, 9, {
    'http.request.method': pick(['GET', 'POST', 'PUT'], i),
    'http.route': route,
    'url.path': `/api/v1/orders/${Math.floor(random() * 1e6)}`,
    'http.response.status_code': failed ? 500 : 200,
    'server.address': `node-${i % 20}.internal`,
    'network.peer.port': 30_000 + (i % 30_000),
    'user.id': `u-${Math.floor(random() * 1e5)}`,
    'thread.name': `worker-${i % 16}`,
  });
  if (failed) encoded.message(15, message().bytes(2, 'internal error').uint(3, 2));
  return encoded;
}

function logRecord(i, random) {
  const level = random() < 0.05 ? [17, 'ERROR'] : [9, 'INFO'];
  const encoded = message()
    .time(1, i * 1000)
    .time(11, i * 1000);
  encoded.uint(2, level[0]).bytes(3, level[1]);
  const took = (random() * 200).toFixed(1);
  encoded.message(
    5,
    message().bytes(
      1,
      `request ${Math.floor(random() * 1e9).toString(36)} of user u-${i % 5000} to /api/v1/orders/${i} finished in ${took} ms`,
    ),
  );
  withAttributes(encoded, 6, {
    'http.route': '/api/v1/orders/:id',
    'http.response.status_code': 200,
    'user.id': `u-${i % 5000}`,
  });
  return encoded.id(9, 16, Math.floor(i / 4)).id(10, 8, i);
}

/** One gauge or counter with many points; the series stay the same from request to request, as real ones do. */
function metric(index, points, random) {
  const list = message();
  for (let p = 0; p < points; p++) {
    const point = message()
      .time(2, -60_000_000_000)
      .time(3, p)
      .double(4, Math.floor(random() * 1e6));
    withAttributes(point, 7, {
      'http.route': `/api/v1/route-${p % 50}`,
      'http.request.method': pick(['GET', 'POST'], p),
      'http.response.status_code': pick([200, 404, 500], p),
      instance: `i-${p}`,
    });
    list.message(1, point);
  }
  if (index % 2 === 0) list.uint(2, 2).uint(3, 1);
  const body = message().bytes(1, `bench.metric.${index}`).bytes(2, 'A metric of the benchmark.').bytes(3, '1');
  return body.message(index % 2 === 0 ? 7 : 5, list);
}

/** mulberry32: the same requests in every run. */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const makers = {
  traces: (rows, random) => Array.from({ length: rows }, (_, i) => [2, span(i, random)]),
  logs: (rows, random) => Array.from({ length: rows }, (_, i) => [2, logRecord(i, random)]),
  metrics: (rows, random) =>
    Array.from({ length: Math.ceil(rows / 100) }, (_, i) => [2, metric(i, Math.min(100, rows - i * 100), random)]),
};

/** A request of one signal with `rows` spans, records or points; `freshen` makes it a new one. */
export function makeRequest(signal, rows, seed) {
  const random = seededRandom(seed);
  const scoped = message().message(1, scope());
  for (const [field, item] of makers[signal](rows, random)) scoped.message(field, item);
  const request = message().message(
    1,
    message()
      .message(1, resource(pick(services, seed)))
      .message(2, scoped),
  );
  const body = Buffer.concat(request.parts);
  const of = (kind) => request.patches.filter((patch) => patch.kind === kind);
  const columns = (patches) => ({
    at: Int32Array.from(patches, (patch) => patch.at),
    group: Float64Array.from(patches, (patch) => patch.group),
  });
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return { body, view, times: columns(of('time')), traces: columns(of('trace')), spans: columns(of('span')), rows };
}

let sequence = Math.floor(Math.random() * 2 ** 31);

/** Writes new ids and times into a request. */
export function freshen({ view, times, traces, spans }) {
  const stamp = ++sequence >>> 0;
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const low = Number(nowNs & 0xffffffffn);
  const high = Number(nowNs >> 32n);
  for (let i = 0; i < times.at.length; i++) {
    const sum = low + times.group[i];
    const carry = Math.floor(sum / 4_294_967_296);
    view.setUint32(times.at[i], sum - carry * 4_294_967_296, true);
    view.setUint32(times.at[i] + 4, high + carry, true);
  }
  for (const { at, group } of [traces, spans]) {
    for (let i = 0; i < at.length; i++) writeId(view, at[i], stamp, group[i]);
  }
  for (let i = 0; i < traces.at.length; i++) {
    view.setUint32(traces.at[i] + 8, Math.imul(stamp ^ traces.group[i], 0x27d4eb2f), true);
    view.setUint32(traces.at[i] + 12, stamp ^ (traces.group[i] << 16), true);
  }
}

/** Mixed, as real ids are random: they must not compress, nor be in order. */
function writeId(view, at, stamp, group) {
  const mixed = Math.imul(stamp ^ Math.imul(group + 1, 0x9e3779b1), 0x85ebca6b);
  view.setUint32(at, mixed, true);
  view.setUint32(at + 4, Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) ^ stamp, true);
}

/**
 * Two tenants with the same ids, times and names. Whatever a tenant asks of any read API, with parameters of all kinds, the answer
 * is the same to the letter whether the other tenant's rows are there or not, and holds none of the other's words.
 */
import { array, constantFrom, oneof, option, record, sample, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apis } from '../../src/api/apis.ts';
import type { Route } from '../../src/base/http.ts';
import { raw } from '../../src/engine/sql.ts';
import { levels } from '../../src/model/logs.ts';
import { rollups } from '../../src/model/rollups.ts';
import { tables } from '../../src/model/signals.ts';
import { ask, openTestStore, readContext, yesterdayNs } from '../sonde/client.ts';
import type { TestStore } from '../sonde/client.ts';
import { Telemetry } from '../sonde/telemetry.ts';

interface Tenant {
  readonly name: string;
  /** In filters that find its rows: the other tenant asks for it too. */
  readonly word: string;
  /** In every row of it and in no question. */
  readonly secret: string;
  /** How many copies of each row it has, so that counts tell too. */
  readonly copies: number;
}

const apples: Tenant = { name: 'apples', word: 'quince', secret: 'appletree', copies: 2 };
const pears: Tenant = { name: 'pears', word: 'medlar', secret: 'peartree', copies: 3 };
const tenants = [apples, pears];

const requestsPerRoute = 24;
const pagesMax = 3;
/** Routes whose answers hold no words of a tenant: counts, or what is the same for all. They are asked less. */
const wordless = [
  '/api/logs/histogram',
  '/api/status',
  '/prometheus/api/v1/format_query',
  '/prometheus/api/v1/parse_query',
  '/prometheus/api/v1/targets',
  '/prometheus/api/v1/targets/metadata',
  '/prometheus/api/v1/targets/relabel_steps',
  '/prometheus/api/v1/scrape_pools',
  '/prometheus/api/v1/scrape_pools/config',
  '/prometheus/api/v1/rules',
  '/prometheus/api/v1/alerts',
  '/prometheus/api/v1/alertmanagers',
  '/prometheus/api/v1/status/config',
  '/prometheus/api/v1/status/flags',
  '/prometheus/api/v1/status/runtimeinfo',
  '/prometheus/api/v1/status/buildinfo',
  '/prometheus/api/v1/status/tsdb/blocks',
  '/prometheus/api/v1/status/walreplay',
  '/prometheus/api/v1/features',
  '/prometheus/api/v1/notifications',
  '/prometheus/api/v1/notifications/live',
  '/prometheus/version',
  '/prometheus/-/healthy',
  '/prometheus/-/ready',
  '/prometheus/api/v1/{rest...}',
];
const minuteNs = 60_000_000_000n;
const tenNs = yesterdayNs + 600n * minuteNs;
const toNs = tenNs + 60n * minuteNs;
const traceId = (n: number): string => (n + 1).toString(16).padStart(32, '0');
const spanId = (n: number, copy: number): string => `00000000000000${copy + 1}${n.toString(16)}`;

let store: TestStore;
let routes: readonly Route[];

beforeAll(async () => {
  store = await openTestStore('tenants', toNs);
  // The newest points are five minutes old at most: they count for PromQL.
  const all = apis.flatMap((api) => api.routes(readContext(store.engine, toNs - 1n)));
  // What can be asked with POST too is asked once; a form in the body says the same.
  routes = all.filter(({ method }) => method === 'GET');
});

afterAll(() => store.close());

function telemetryOf({ name, word, secret, copies }: Tenant): Telemetry {
  // Equal ids of resources, scopes and series, though what they stand for differs.
  const telemetry = new Telemetry(name, (content) => content.replaceAll(word, 'word').replaceAll(secret, 'secret'));
  const labels = { key: word, [`${secret} key`]: secret };
  const origin = { service: 'shop', resource: { zone: word, [`${secret} key`]: secret }, scopeName: secret };
  for (let n = 0; n < 12; n++) {
    const startNs = tenNs + BigInt(n) * 5n * minuteNs + BigInt(n);
    const ofTrace = { ...origin, traceId: traceId(n), attributes: { ...labels, n } };
    for (let copy = 0; copy < copies; copy++) {
      telemetry.span({
        ...ofTrace,
        spanId: spanId(n, copy),
        name: ['GET /', word, secret][copy] ?? '',
        startNs: startNs + BigInt(copy),
        durationNs: BigInt(n + copy) * 1_000_000n,
        status: n % 3,
        statusMessage: secret,
        events: [{ timeNs: startNs, name: secret, attributes: labels }],
        links: [{ traceId: traceId(n), spanId: spanId(n, copy), attributes: labels }],
      });
      const level = levels[(n + copy) % levels.length] ?? 'info';
      telemetry.log({ ...ofTrace, timeNs: startNs, level, body: `about ${word} and ${secret} ${copy}`, spanId: spanId(n, copy) });
    }
    for (const service of [word, secret]) {
      telemetry.span({ ...ofTrace, service, spanId: spanId(n, 8), startNs });
      telemetry.log({ ...ofTrace, service, timeNs: startNs, body: secret });
    }
  }
  addMetrics(telemetry, { ...origin, unit: secret, description: secret }, { name, word, secret, copies });
  return telemetry;
}

function addMetrics(
  telemetry: Telemetry,
  origin: { readonly service: string; readonly unit: string; readonly description: string },
  { word, secret, copies }: Tenant,
): void {
  const times = Array.from({ length: 12 }, (_, n) => ({ timeNs: tenNs + BigInt(n) * 5n * minuteNs }));
  const values = times.map((time, n) => ({ ...time, value: n * copies }));
  for (let copy = 0; copy < copies; copy++) {
    const series = { ...origin, attributes: { key: word, [`${secret} key`]: secret, copy } };
    const exemplar = { pointNs: tenNs, timeNs: tenNs + 1n, value: copies, traceId: traceId(1), attributes: { [secret]: secret } };
    telemetry.series({ ...series, metric: 'gauge', type: 'gauge' }, values, [exemplar]);
    telemetry.series({ ...series, metric: 'sum', type: 'sum', temporality: 'cumulative', monotonic: true }, values);
    const buckets = { count: 3 * copies, sum: 5, bounds: '[1,2]', counts: `[${copies},${copies},${copies}]` };
    telemetry.series(
      { ...series, metric: 'histogram', type: 'histogram', temporality: 'delta' },
      times.map((time) => ({ ...time, ...buckets })),
    );
    telemetry.series(
      { ...series, metric: 'summary', type: 'summary' },
      times.map((time, n) => ({ ...time, count: n, sum: n * copies })),
    );
  }
  for (const name of [word, secret]) {
    telemetry.series({ ...origin, service: name, metric: name, type: 'gauge' }, values);
    telemetry.series(
      { ...origin, service: name, metric: 'process.cpu.utilization', type: 'gauge' },
      times.map((time) => ({ ...time, value: 1 / copies })),
    );
  }
}

const words = tenants.map(({ word }) => word);

/** Values of every parameter that a read API takes, and of some that look like the tenant. */
const parameters: Readonly<Record<string, Arbitrary<string>>> = {
  step: constantFrom('1m', '7s', '10m', '1h'),
  limit: constantFrom('1', '3', '1000'),
  service: constantFrom('shop', ...words),
  operation: constantFrom('GET /', ...words),
  status: constantFrom('unset', 'ok', 'error'),
  minDuration: constantFrom('1ms', '4ms'),
  maxDuration: constantFrom('5ms', '1h'),
  attr: constantFrom('n=3', 'copy=1', ...words.flatMap((word) => [`key=${word}`, `zone=${word}`])),
  sort: constantFrom('newest', 'longest'),
  level: constantFrom(...levels),
  text: constantFrom(...words, 'about', 'tree', '%', "' OR tenant != '"),
  traceId: constantFrom(traceId(0), traceId(7), traceId(99)),
  spanId: constantFrom(spanId(7, 0), spanId(7, 2)),
  signal: constantFrom('traces', 'logs'),
  by: constantFrom('key', 'copy', 'service', 'resource.zone'),
  fn: constantFrom('avg', 'sum', 'last', 'rate', 'increase', 'p50'),
  type: constantFrom('gauge', 'sum', 'histogram'),
  tenant: constantFrom(...tenants.map(({ name }) => name)),
  'search[]': constantFrom(...words, 'e'),
  metric: constantFrom('gauge', 'sum', ...words),
};

/** A name that all metrics have as a label, as often as all others. */
const nameLabels = Array.from({ length: 7 }, () => '__name__');

/** Values of every segment in braces of a route's path. */
const segments: Readonly<Record<string, Arbitrary<string>>> = {
  service: constantFrom('shop', ...words),
  traceId: constantFrom(traceId(0), traceId(7), traceId(99)),
  name: constantFrom('gauge', 'sum', 'histogram', 'summary', 'process.cpu.utilization', ...nameLabels, ...words),
  action: constantFrom('snapshot'),
  'rest...': constantFrom('nothing'),
};

/** Throws for a segment that has no values here: a new route needs some that find rows. */
function pathsOf({ path }: Route): Arbitrary<string> {
  const parts = path.split('/').map((part) => {
    if (!part.startsWith('{')) return constantFrom(part);
    const values = segments[part.slice(1, -1)];
    if (values === undefined) throw new Error(`${path}: give values of ${part} in \`segments\``);
    return values.map(encodeURIComponent);
  });
  return tuple(...parts).map((found) => found.join('/'));
}

const ranges = record({
  from: option(constantFrom(String(tenNs), String(tenNs + 7n * minuteNs + 1n), 'now-1h', 'now-30d'), { nil: '' }),
  to: option(constantFrom(String(toNs), String(tenNs + 31n * minuteNs + 3n), 'now'), { nil: '' }),
});
const seconds = (ns: bigint): string => String(ns / 1_000_000_000n);
const all = '{__name__!=""}';
const selectors = ['gauge', 'histogram_bucket', '{copy=~".+"}', ...words.map((word) => `{key="${word}"}`)];
const queries = ['rate(sum[20m])', 'summary', `sum by (key) (${all})`, '{copy="1"}[30m]', ...selectors];
/** What the routes of Prometheus need to answer at all; mostly what finds something. */
const promql = record({
  query: oneof({ weight: 1, arbitrary: constantFrom(all) }, { weight: 2, arbitrary: constantFrom(...queries) }),
  'match[]': oneof({ weight: 2, arbitrary: constantFrom(all) }, { weight: 1, arbitrary: constantFrom(...selectors) }),
  label: constantFrom('__name__', '__name__', 'key', 'copy'),
  time: constantFrom(seconds(toNs - minuteNs), seconds(tenNs)),
  start: constantFrom(seconds(tenNs), seconds(tenNs), seconds(tenNs + 7n * minuteNs)),
  end: constantFrom(seconds(toNs), seconds(tenNs + 31n * minuteNs)),
  step: constantFrom('60', '5m'),
});
const pair = constantFrom(...Object.entries(parameters)).chain(([name, values]) => values.map((value) => [name, value] as const));

function requestsTo(route: Route): Arbitrary<string> {
  const always: Arbitrary<Record<string, string>> = route.path.startsWith('/prometheus/') ? promql : ranges;
  return tuple(pathsOf(route), always, array(pair, { maxLength: 4 })).map(([path, range, pairs]) => {
    const query = new URLSearchParams(range);
    for (const [name, value] of pairs) query.append(name, value);
    return `${path}?${query.toString()}`;
  });
}

/** An answer and the pages after it. Doubles are cut, as sums of them may be added in another order. */
async function answersTo(request: string, { name }: Tenant): Promise<string> {
  const pages: unknown[] = [];
  let next: string | null = request;
  while (next !== null && pages.length < pagesMax) {
    const { text } = await ask(routes, next, { tenant: name });
    const page = parsePage(text);
    pages.push(page);
    next = typeof page.next === 'string' ? `${request}&cursor=${page.next}` : null;
  }
  return JSON.stringify(pages, undefined, 1);
}

/** Some answers are text, or lines of JSON. */
function parsePage(text: string): { readonly next?: string | null } {
  if (!text.startsWith('{') || text.includes('}\n{')) return { text } as object;
  return JSON.parse(text, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)) as object;
}

async function storeOnly(...present: readonly Tenant[]): Promise<void> {
  for (const { name } of [...tables, ...rollups]) await store.engine.command(raw(`TRUNCATE TABLE ${name}`));
  for (const tenant of present) await telemetryOf(tenant).store(store.engine);
}

async function answersOf(tenant: Tenant, requests: readonly string[]): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const request of requests) answers.set(request, await answersTo(request, tenant));
  return answers;
}

test('no tenant sees or counts a row of another, on any route', { timeout: 600_000 }, async () => {
  expect(routes.length).toBeGreaterThan(10);
  const requests = routes.flatMap((route) => sample(requestsTo(route), wordless.includes(route.path) ? 4 : requestsPerRoute));
  const alone = new Map<Tenant, Map<string, string>>();
  for (const tenant of tenants) {
    await storeOnly(tenant);
    alone.set(tenant, await answersOf(tenant, requests));
  }
  await storeOnly(...tenants);
  for (const tenant of tenants) {
    const other = tenant === apples ? pears : apples;
    const together = await answersOf(tenant, requests);
    for (const [request, answer] of together) {
      expect(answer, `${request} as ${tenant.name}`).toBe(alone.get(tenant)?.get(request));
      expect(answer, `${request} as ${tenant.name}`).not.toContain(other.secret);
    }
    const silent = routes.filter((route) => !showsOwn(tenant, route, together)).map(({ path }) => path);
    expect(silent).toEqual(wordless);
  }
});

/** Whether some answer of a route has the tenant's own secret: that the other's is missing says something. */
function showsOwn({ secret }: Tenant, { path }: Route, answers: ReadonlyMap<string, string>): boolean {
  const form = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/?]+')}\\?`);
  return [...answers].some(([request, answer]) => form.test(request) && answer.includes(secret));
}

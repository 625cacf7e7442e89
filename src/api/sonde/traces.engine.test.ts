import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import type { TestSpan } from '../../../test/sonde/telemetry.ts';
import { raw } from '../../engine/sql.ts';
import type { TracesAnswer, TraceSummary } from './contract.ts';
import { groupBy } from './group.ts';

const secondNs = 1_000_000_000n;
const minuteNs = 60n * secondNs;
const tenNs = yesterdayNs + 600n * minuteNs;
const range = { fromNs: tenNs, toNs: tenNs + 60n * minuteNs };
const services = ['shop', 'cart', 'payment'];
const operations = ['GET /', 'POST /', 'SELECT'];

/** A fixed sequence of numbers below 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Span = TestSpan & {
  readonly durationNs: bigint;
  readonly status: number;
  readonly service: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
};

/** Traces of all lengths around the range: some begin before it, some have spans hours after their first, some begin in a tie. */
function makeTraces(seed: number, count: number): Span[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  return Array.from({ length: count }, (_, n) => {
    const traceId = ((BigInt(seed) << 64n) | BigInt(Math.floor(random() * 2 ** 32) * 1000 + n + 1))
      .toString(16)
      .padStart(32, '0');
    const tie = random() < 0.2;
    const startNs =
      tenNs + (tie ? 30n * minuteNs : BigInt(Math.floor(random() * 80 - 10)) * minuteNs + BigInt(Math.floor(random() * 6e10)));
    const spreadNs = random() < 0.15 ? 40n * minuteNs : 2n * secondNs;
    return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i): Span => {
      const spanId = `${traceId.slice(17)}${i}`;
      const laterNs = i === 0 ? 0n : (spreadNs * BigInt(Math.floor(random() * 1000))) / 1000n;
      return {
        traceId,
        spanId,
        ...(i > 0 && { parentSpanId: `${traceId.slice(17)}0` }),
        service: pick(services),
        name: pick(operations),
        startNs: startNs + laterNs,
        durationNs: BigInt(Math.floor(random() * 5)) * secondNs,
        status: random() < 0.2 ? 2 : Math.floor(random() * 2),
        attributes: { color: pick(['red', 'green', 'blue']), size: String(Math.floor(random() * 40)) },
        resource: { zone: pick(['a', 'b']) },
      };
    });
  }).flat();
}

interface Filter {
  readonly service?: string;
  readonly operation?: string;
  readonly status?: 'unset' | 'ok' | 'error';
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly attr?: readonly string[];
  readonly sort?: 'newest' | 'longest';
}

/** The list as the contract describes it, written as plainly as can be. */
function expected(spans: readonly Span[], filter: Filter): string[] {
  const seconds = (text: string | undefined, none: bigint): bigint =>
    text === undefined ? none : BigInt(Number.parseInt(text, 10)) * secondNs;
  const [min, max] = [seconds(filter.minDuration, 0n), seconds(filter.maxDuration, 10n ** 18n)];
  const bySpan = filter.service !== undefined || filter.operation !== undefined;
  const matches = (span: Span): boolean =>
    span.startNs >= range.fromNs &&
    span.startNs < range.toNs &&
    (filter.service === undefined || span.service === filter.service) &&
    (filter.operation === undefined || span.name === filter.operation) &&
    (filter.status === undefined || ['unset', 'ok', 'error'][span.status] === filter.status) &&
    (!bySpan || (min <= span.durationNs && span.durationNs <= max)) &&
    (filter.attr ?? []).every((pair) => {
      const [key = '', value] = pair.split('=');
      return span.attributes[key] === value || (span.resource as Record<string, string>)[key] === value;
    });
  return [...groupBy(spans, ({ traceId }) => traceId).values()]
    .map((ofTrace) => ({
      id: ofTrace[0]?.traceId ?? '',
      startNs: ofTrace.map(({ startNs }) => startNs).reduce((a, b) => (a < b ? a : b)),
      endNs: ofTrace.map(({ startNs, durationNs }) => startNs + durationNs).reduce((a, b) => (a > b ? a : b)),
      isMatch: ofTrace.some(matches),
    }))
    .filter(({ startNs, endNs, isMatch }) => {
      const lasts = bySpan || (min <= endNs - startNs && endNs - startNs <= max);
      return startNs >= range.fromNs && startNs < range.toNs && isMatch && lasts;
    })
    .toSorted((a, b) => {
      const [x, y] = filter.sort === 'longest' ? [a.endNs - a.startNs, b.endNs - b.startNs] : [a.startNs, b.startNs];
      return x !== y ? (x < y ? 1 : -1) : a.id < b.id ? 1 : -1;
    })
    .map(({ id }) => id);
}

function queryOf({ attr = [], ...rest }: Filter): URLSearchParams {
  const query = new URLSearchParams({ from: String(range.fromNs), to: String(range.toNs), ...rest });
  for (const pair of attr) query.append('attr', pair);
  return query;
}

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('traces', tenNs + 61n * minuteNs);
});

afterAll(() => store.close());

beforeEach(async () => {
  for (const table of ['spans', 'traces', 'resources']) await store.engine.command(raw(`TRUNCATE TABLE ${table}`));
});

/** Stores spans in parts that cut through traces, so that summaries lie in several rows. */
async function storeSpans(spans: readonly Span[]): Promise<void> {
  for (let part = 0; part < 3; part++) {
    const telemetry = new Telemetry();
    spans.filter((_, i) => i % 3 === part).forEach((span) => telemetry.span(span));
    await telemetry.store(store.engine);
  }
}

async function page(query: URLSearchParams): Promise<TracesAnswer> {
  return store.get<TracesAnswer>(`/api/traces?${query.toString()}`);
}

async function allPages(query: URLSearchParams, between: () => Promise<void> = async () => {}): Promise<TraceSummary[]> {
  const traces: TraceSummary[] = [];
  for (;;) {
    const answer = await page(query);
    traces.push(...answer.traces);
    if (answer.next === null) return traces;
    query.set('cursor', answer.next);
    await between();
  }
}

const filters: readonly Filter[] = [
  {},
  { service: 'shop' },
  { operation: 'GET /' },
  { status: 'error' },
  { status: 'unset' },
  { service: 'cart', operation: 'SELECT', status: 'error' },
  { minDuration: '3s' },
  { maxDuration: '1s' },
  { minDuration: '600s' },
  { minDuration: '2s', maxDuration: '3s' },
  { service: 'shop', minDuration: '3s' },
  { operation: 'SELECT', minDuration: '1s', maxDuration: '2s' },
  { attr: ['color=red'] },
  { attr: ['size=17'] },
  { attr: ['size=4000'] },
  { attr: ['zone=a'] },
  { attr: ['zone=b', 'color=green'], service: 'payment' },
  { attr: ['color=blue'], minDuration: '5s' },
];

describe.each(['newest', 'longest'] as const)('%s first', (sort) => {
  test('the list is what its description says, in pages of any size', async () => {
    const spans = makeTraces(sort.length, 150);
    await storeSpans(spans);
    for (const filter of filters) {
      const ids = expected(spans, { ...filter, sort });
      for (const limit of ['1000', '7']) {
        const query = queryOf({ ...filter, sort });
        query.set('limit', limit);
        const found = (await allPages(query)).map(({ traceId }) => traceId);
        expect(found, query.toString()).toEqual(ids);
      }
    }
  });

  test('traces that arrive between pages shift nothing', async () => {
    const spans = makeTraces(5, 60);
    await storeSpans(spans);
    const ids = expected(spans, { sort });
    let arrivals = 0;
    const query = queryOf({ sort });
    query.set('limit', '9');
    const found = await allPages(query, async () => {
      // Before all others in both orders.
      await new Telemetry()
        .span({ traceId: `f${String(++arrivals).padStart(31, '0')}`, startNs: range.toNs - 1n, durationNs: 10_000n * secondNs })
        .store(store.engine);
    });
    expect(arrivals).toBeGreaterThan(3);
    expect(found.map(({ traceId }) => traceId)).toEqual(ids);
  });
});

test('relative ranges stay where the first page put them', async () => {
  const spans = makeTraces(6, 40);
  await storeSpans(spans);
  const query = new URLSearchParams({ from: 'now-61m', to: 'now-1m', limit: '5' });
  const first = await page(query);
  const rest = await allPages(new URLSearchParams({ limit: '1000', cursor: first.next ?? '' }));
  expect([...first.traces, ...rest].map(({ traceId }) => traceId)).toEqual(expected(spans, {}));
});

test('a summary says what is true of the whole trace', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const root = { traceId, spanId: 'b7ad6b7169203331', service: 'shop', name: 'GET /', startNs: tenNs, durationNs: 5n * secondNs };
  const inner = { traceId, parentSpanId: 'b7ad6b7169203331', service: 'cart', name: 'SELECT', status: 2 };
  await new Telemetry().span({ ...inner, startNs: tenNs + secondNs, durationNs: 7n * secondNs }).store(store.engine);
  const rootless = await page(queryOf({}));
  expect(rootless.traces).toMatchObject([{ rootService: '', rootName: '', spanCount: 1, errorCount: 1, services: ['cart'] }]);
  await new Telemetry().span(root).store(store.engine);
  expect(await page(queryOf({ attr: ['service.name=shop'] }))).toEqual({
    traces: [
      {
        traceId,
        rootService: 'shop',
        rootName: 'GET /',
        startNs: String(tenNs),
        durationNs: String(8n * secondNs),
        spanCount: 2,
        errorCount: 1,
        services: ['cart', 'shop'],
      },
    ],
    next: null,
  });
});

test('a trace over midnight is one trace', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319d';
  const midnightNs = yesterdayNs + 1440n * minuteNs;
  await new Telemetry()
    .span({ traceId, name: 'late', startNs: midnightNs - secondNs, durationNs: secondNs })
    .span({ traceId, name: 'early', parentSpanId: '00000000000000aa', startNs: midnightNs + secondNs, durationNs: secondNs })
    .store(store.engine);
  const listed = async (fromNs: bigint, toNs: bigint): Promise<TracesAnswer['traces']> =>
    (await page(new URLSearchParams({ from: String(fromNs), to: String(toNs) }))).traces;
  const whole = [
    { traceId, startNs: String(midnightNs - secondNs), durationNs: String(3n * secondNs), spanCount: 2, rootName: 'late' },
  ];
  expect(await listed(midnightNs - minuteNs, midnightNs + minuteNs)).toMatchObject(whole);
  expect(await listed(midnightNs - minuteNs, midnightNs)).toMatchObject(whole);
  expect(await listed(midnightNs, midnightNs + minuteNs)).toEqual([]);
});

test('keys and values are compared apart, and every value of a repeated key counts', async () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319e', startNs: tenNs };
  const attributes = [
    ['a=b', 'c', 's'],
    ['k', '1', 'i'],
    ['k', '2', 'i'],
  ] as const;
  await new Telemetry().span({ ...span, attributes }).store(store.engine);
  const count = async (...attr: string[]): Promise<number> => (await page(queryOf({ attr }))).traces.length;
  expect(await count('a=b=c')).toBe(0);
  expect([await count('k=1'), await count('k=2'), await count('k=1', 'k=2'), await count('k=3')]).toEqual([1, 1, 1, 0]);
});

test.each([
  ['status=broken', /^Parameter `status`: expected one of unset, ok, error, got `broken`/],
  ['sort=oldest', /^Parameter `sort`/],
  ['limit=1001', /^Parameter `limit`: expected a number from 1 to 1000/],
  ['minDuration=fast', /^Parameter `minDuration`: expected a duration/],
  ['minDuration=2s&maxDuration=1s', /^Parameter `minDuration`: expected at most `maxDuration`, got `2s`/],
  ['attr=x', /^Parameter `attr`: expected `key=value`/],
  ['cursor=abc', /^Parameter `cursor`/],
])('%s is refused', async (query, message) => {
  const error = await store.refused(`/api/traces?${query}`);
  expect(error).toMatchObject({ status: 400, code: 'bad_request' });
  expect(error.message).toMatch(message);
});

test('a cursor of another order is refused', async () => {
  await storeSpans(makeTraces(7, 40));
  const { next } = await page(new URLSearchParams({ ...Object.fromEntries(queryOf({})), limit: '2' }));
  expect(await store.refused(`/api/traces?sort=longest&cursor=${next}`)).toMatchObject({ code: 'bad_request' });
});

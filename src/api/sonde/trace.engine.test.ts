import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import { raw } from '../../engine/sql.ts';
import type { AttributesAnswer, StatusAnswer, TraceAnswer } from './contract.ts';

const secondNs = 1_000_000_000n;
const tenNs = yesterdayNs + 36_000n * secondNs;
const midnightNs = yesterdayNs + 86_400n * secondNs;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const otherId = '0000000000000000000000000000abcd';

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('trace', tenNs + 3600n * secondNs);
});

afterAll(() => store.close());

test('an empty store says so', async () => {
  const { hasData, engine, version, nowNs } = await store.get<StatusAnswer>('/api/status');
  expect({ hasData, engine, version, nowNs }).toEqual({
    hasData: false,
    engine: 'embedded',
    version: '0.0.0-test',
    nowNs: String(tenNs + 3600n * secondNs),
  });
  expect(await store.get('/api/services')).toEqual({ services: [], next: null });
  expect(await store.get('/api/metrics')).toEqual({ metrics: [], next: null });
  expect(await store.get('/api/attributes')).toEqual({ attributes: [] });
});

describe('a trace', () => {
  beforeAll(async () => {
    await new Telemetry()
      .span({
        traceId,
        spanId: '00000000000000a2',
        parentSpanId: '00000000000000a1',
        service: 'cart',
        name: 'SELECT',
        kind: 3,
        startNs: tenNs + 5n,
        durationNs: -7n,
        status: 2,
        statusMessage: 'no such row',
        attributes: [
          ['__proto__', 'x', 's'],
          ['rows', '9223372036854775807', 'i'],
          ['share', 'NaN', 'd'],
        ],
        events: [
          { timeNs: tenNs + 9n, name: 'second to last', attributes: { n: 1 } },
          { timeNs: tenNs + 8n, name: 'last' },
        ],
        links: [{ traceId: otherId, spanId: '00000000000000ff', attributes: { why: 'batch' } }],
        scopeName: 'pg',
      })
      .span({ traceId, spanId: '00000000000000a1', service: 'shop', name: 'GET /', startNs: tenNs, durationNs: secondNs })
      // Long after, on the next day, and with an id that another span of the trace has.
      .span({
        traceId,
        spanId: '00000000000000a1',
        service: 'shop',
        name: 'late',
        startNs: midnightNs,
        events: [{ timeNs: 1n, name: 'e' }],
      })
      .span({ traceId: otherId, startNs: tenNs })
      .store(store.engine);
  });

  test('comes back whole, found by its id alone', async () => {
    const trace = await store.get<TraceAnswer>(`/api/traces/${traceId}`);
    expect(trace.truncated).toBe(false);
    expect(trace.spans.map(({ name }) => name)).toEqual(['GET /', 'SELECT', 'late']);
    const [root, inner, late] = trace.spans;
    expect(JSON.stringify(inner?.attributes)).toBe('{"__proto__":"x","rows":"9223372036854775807","share":"NaN"}');
    expect({ ...inner, attributes: {} }).toEqual({
      spanId: '00000000000000a2',
      parentSpanId: '00000000000000a1',
      service: 'cart',
      name: 'SELECT',
      kind: 'client',
      startNs: String(tenNs + 5n),
      durationNs: '-7',
      status: { code: 'error', message: 'no such row' },
      traceState: '',
      flags: 0,
      attributes: {},
      droppedAttributes: 0,
      resource: { attributes: { 'service.name': 'cart' }, droppedAttributes: 0, schemaUrl: '' },
      scope: { name: 'pg', version: '1', attributes: {}, droppedAttributes: 0, schemaUrl: '' },
      events: [
        { timeNs: String(tenNs + 9n), name: 'second to last', attributes: { n: 1 }, droppedAttributes: 0 },
        { timeNs: String(tenNs + 8n), name: 'last', attributes: {}, droppedAttributes: 0 },
      ],
      droppedEvents: 0,
      links: [
        {
          traceId: otherId,
          spanId: '00000000000000ff',
          traceState: '',
          flags: 0,
          attributes: { why: 'batch' },
          droppedAttributes: 0,
        },
      ],
      droppedLinks: 0,
    });
    expect(root).toMatchObject({
      parentSpanId: '',
      kind: 'server',
      status: { code: 'unset', message: '' },
      events: [],
      links: [],
    });
    expect(late?.events.map(({ name }) => name)).toEqual(['e']);
  });

  test('is found by its id in any case and without leading zeros', async () => {
    const { spans } = await store.get<TraceAnswer>(`/api/traces/${traceId.toUpperCase()}`);
    expect(spans).toHaveLength(3);
    const short = await store.get<TraceAnswer>('/api/traces/abcd');
    expect(short.traceId).toBe(otherId);
    expect(short.spans).toHaveLength(1);
  });

  test('that is not stored is not found, and what is no id is refused', async () => {
    expect(await store.refused('/api/traces/1234')).toEqual({
      status: 404,
      code: 'not_found',
      message: 'No trace 00000000000000000000000000001234 is stored.',
    });
    for (const id of ['xyz', '0', `${traceId}0`, '%27%20OR%201']) {
      expect(await store.refused(`/api/traces/${id}`)).toMatchObject({ status: 400, code: 'bad_request' });
    }
  });

  test('makes the store one with data', async () => {
    expect(await store.get<StatusAnswer>('/api/status')).toMatchObject({ hasData: true });
    expect(await store.get<StatusAnswer>('/api/status', { tenant: 'another' })).toMatchObject({ hasData: false });
  });
});

test('a trace of more spans than an answer takes is cut at its end', async () => {
  const id = 'e'.repeat(32);
  await store.engine.command(
    raw(`INSERT INTO spans (tenant, service, name, start_time, trace_id, span_id)
      SELECT 'default', 'loop', 'turn', fromUnixTimestamp64Nano(toInt64(${tenNs} + number), 'UTC'), unhex('${id}'), reinterpret(number, 'FixedString(8)')
      FROM numbers(100001)`),
  );
  const { spans, truncated } = await store.get<TraceAnswer>(`/api/traces/${id}`);
  expect(truncated).toBe(true);
  expect(spans).toHaveLength(100_000);
  expect(spans.at(-1)?.startNs).toBe(String(tenNs + 99_999n));
});

test('a request that was given up is not answered', async () => {
  const given = AbortSignal.abort();
  await expect(store.get('/api/services', { signal: given })).rejects.toThrow(/499 .*query_cancelled/);
});

test('attributes are counted over the newest rows, those of resources too, by service', async () => {
  const telemetry = new Telemetry('counting');
  for (let n = 0; n < 60; n++) {
    telemetry.span({
      traceId: String(n + 1).padStart(32, '0'),
      startNs: tenNs + BigInt(n),
      service: n < 10 ? 'cart' : 'shop',
      attributes: { n, even: n % 2 === 0, long: 'x'.repeat(300) },
      resource: { zone: n % 3 === 0 ? 'a' : 'b' },
    });
    telemetry.log({ timeNs: tenNs + BigInt(n), attributes: { line: n % 2 } });
  }
  await telemetry.store(store.engine);
  const keys = async (query: string): Promise<Record<string, AttributesAnswer['attributes'][number]['values']>> => {
    const { attributes } = await store.get<AttributesAnswer>(`/api/attributes?from=${tenNs}&to=${tenNs + 60n}&${query}`, {
      tenant: 'counting',
    });
    return Object.fromEntries(attributes.map(({ key, values }) => [key, values]));
  };
  const all = await keys('');
  expect(Object.keys(all)).toEqual(['even', 'service.name', 'zone', 'n']);
  expect(all['even']).toEqual([
    { value: 'false', count: 30 },
    { value: 'true', count: 30 },
  ]);
  expect(all['zone']).toEqual([
    { value: 'b', count: 40 },
    { value: 'a', count: 20 },
  ]);
  expect(all['n']).toHaveLength(20);
  expect((await keys('service=cart'))['service.name']).toEqual([{ value: 'cart', count: 10 }]);
  expect(Object.keys(await keys('limit=1'))).toEqual(['even']);
  expect((await keys('signal=logs'))['line']).toEqual([
    { value: '0', count: 30 },
    { value: '1', count: 30 },
  ]);
  expect(await store.refused('/api/attributes?signal=profiles')).toMatchObject({ code: 'bad_request' });
});

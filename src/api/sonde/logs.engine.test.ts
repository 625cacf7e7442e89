import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import type { TestLog } from '../../../test/sonde/telemetry.ts';
import type { Level } from '../../model/logs.ts';
import type { LogRecord, LogsAnswer, LogsHistogramAnswer } from './contract.ts';

const secondNs = 1_000_000_000n;
const minuteNs = 60n * secondNs;
const tenNs = yesterdayNs + 600n * minuteNs;
const range = { from: String(tenNs), to: String(tenNs + 60n * minuteNs) };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

type Log = TestLog & { readonly service: string; readonly level: Level; readonly body: string };

/** Records over an hour and beyond, each tenth of them at one and the same time. */
const records: readonly Log[] = Array.from({ length: 400 }, (_, n) => ({
  timeNs: n % 10 === 0 ? tenNs + 30n * minuteNs : tenNs + BigInt((n * 7919) % 4000) * secondNs,
  service: ['shop', 'cart'][n % 2] ?? '',
  level: (['info', 'warn', 'error'] as const)[n % 3] ?? 'info',
  body: `request ${n} took ${n % 50} ms`,
  attributes: { n, route: `/items/${n % 4}` },
  resource: { zone: n % 5 === 0 ? 'a' : 'b' },
  ...(n % 40 === 1 && { traceId, ...(n % 80 === 1 && { spanId }) }),
}));

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('logs', tenNs + 70n * minuteNs);
  const telemetry = new Telemetry();
  for (const record of records) telemetry.log(record);
  await telemetry.store(store.engine);
});

afterAll(() => store.close());

async function allPages(query: URLSearchParams, between: () => Promise<void> = async () => {}): Promise<LogRecord[]> {
  const logs: LogRecord[] = [];
  for (;;) {
    const answer = await store.get<LogsAnswer>(`/api/logs?${query.toString()}`);
    logs.push(...answer.logs);
    if (answer.next === null) return logs;
    query.set('cursor', answer.next);
    await between();
  }
}

function inRange({ timeNs }: Log): boolean {
  return timeNs >= tenNs && timeNs < tenNs + 60n * minuteNs;
}

const isMatch: Readonly<Record<string, (log: Log) => boolean>> = {
  '': () => true,
  'service=cart': ({ service }) => service === 'cart',
  'level=error&level=warn': ({ level }) => level !== 'info',
  'text=TOOK%2049': ({ body }) => body.includes('took 49'),
  'text=quest%201': ({ body }) => body.includes('quest 1'),
  'attr=route%3D%2Fitems%2F3&service=cart': ({ attributes, service }) =>
    (attributes as { route: string }).route === '/items/3' && service === 'cart',
  'attr=n%3D77': ({ attributes }) => (attributes as { n: number }).n === 77,
  'attr=zone%3Da': ({ resource }) => (resource as { zone: string }).zone === 'a',
  [`traceId=${traceId.toUpperCase()}`]: (log) => log.traceId === traceId,
  [`spanId=${spanId}`]: (log) => log.spanId === spanId,
  'text=nothing%20of%20the%20kind': () => false,
};

describe.each(Object.keys(isMatch))('with the filter %s', (filter) => {
  const expected = records.filter((log) => inRange(log) && isMatch[filter]?.(log) === true);

  test('pages of any size hold all records once, newest first', async () => {
    for (const limit of ['5000', '23', '7']) {
      const logs = await allPages(new URLSearchParams(`${filter}&from=${range.from}&to=${range.to}&limit=${limit}`));
      const times = logs.map(({ timeNs }) => BigInt(timeNs));
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      expect(logs.map(({ body }) => body).toSorted()).toEqual(expected.map(({ body }) => body).toSorted());
    }
  });

  test('counts over time and level add up to the records', async () => {
    for (const step of ['', '&step=1m', '&step=7s', '&step=10m']) {
      const answer = await store.get<LogsHistogramAnswer>(
        `/api/logs/histogram?${filter}&from=${range.from}&to=${range.to}${step}`,
      );
      const { startNs, stepNs, points } = answer.grid;
      const counted = Object.entries(answer.levels).flatMap(([level, counts]) => {
        expect(counts).toHaveLength(points);
        return counts.flatMap((count, i) => (count === 0 ? [] : [`${level} ${i} ${count}`]));
      });
      const wanted = new Map<string, number>();
      for (const { level, timeNs } of expected) {
        const key = `${level} ${(timeNs - BigInt(startNs)) / BigInt(stepNs)}`;
        wanted.set(key, (wanted.get(key) ?? 0) + 1);
      }
      expect(counted.toSorted()).toEqual([...wanted].map(([key, count]) => `${key} ${count}`).toSorted());
    }
  });
});

test('a histogram is exact at edges within minutes', async () => {
  const [fromNs, toNs] = [tenNs + 61n * secondNs, tenNs + 30n * minuteNs + 1n];
  const answer = await store.get<LogsHistogramAnswer>(`/api/logs/histogram?from=${fromNs}&to=${toNs}&step=5m`);
  const total = Object.values(answer.levels)
    .flat()
    .reduce((sum, count) => sum + count, 0);
  expect(total).toBe(records.filter(({ timeNs }) => fromNs <= timeNs && timeNs < toNs).length);
});

test('equal records are each given once, page by page, while others arrive at the same time', async () => {
  const same = { timeNs: tenNs - 10n * minuteNs, body: 'the very same' };
  const telemetry = new Telemetry();
  for (let i = 0; i < 10; i++) telemetry.log(same);
  for (let i = 0; i < 10; i++) telemetry.log({ ...same, body: `other ${i}` });
  await telemetry.store(store.engine);
  const query = new URLSearchParams({ from: String(tenNs - 15n * minuteNs), to: range.from, limit: '3' });
  let newer = 0;
  const logs = await allPages(query, async () => {
    await new Telemetry().log({ timeNs: same.timeNs + secondNs, body: `newer ${newer++}` }).store(store.engine);
  });
  expect(logs.map(({ body }) => body).toSorted()).toEqual([
    ...Array.from({ length: 10 }, (_, i) => `other ${i}`),
    ...Array.from({ length: 10 }, () => 'the very same'),
  ]);
});

test('text is taken literally', async () => {
  const bodies = ['100% done', '100 done', 'a_b', 'axb', String.raw`c:\temp`, "it's", 'Ünïcode'];
  const telemetry = new Telemetry();
  bodies.forEach((body, i) => telemetry.log({ timeNs: tenNs - 30n * minuteNs + BigInt(i), body }));
  await telemetry.store(store.engine);
  const found = async (text: string): Promise<string[]> => {
    const query = new URLSearchParams({ from: String(tenNs - 31n * minuteNs), to: String(tenNs - 20n * minuteNs), text });
    return (await allPages(query)).map(({ body }) => body).toReversed();
  };
  expect(await found('0% D')).toEqual(['100% done']);
  expect(await found('a_b')).toEqual(['a_b']);
  expect(await found('_')).toEqual(['a_b']);
  expect(await found(':\\t')).toEqual([String.raw`c:\temp`]);
  expect(await found("t's")).toEqual(["it's"]);
  expect(await found('ünïC')).toEqual(['Ünïcode']);
  expect(await found('done')).toEqual(['100% done', '100 done']);
});

describe('of a trace', () => {
  test('are found without a time', async () => {
    const { logs } = await store.get<LogsAnswer>(`/api/logs?traceId=${traceId}&limit=5000`);
    expect(logs).toHaveLength(records.filter((log) => log.traceId === traceId).length);
    expect(new Set(logs.map((log) => log.traceId))).toEqual(new Set([traceId]));
    expect(await store.get<LogsAnswer>('/api/logs?traceId=ff')).toEqual({ logs: [], next: null });
  });

  test('are counted without a time', async () => {
    const { levels } = await store.get<LogsHistogramAnswer>(`/api/logs/histogram?traceId=${traceId}`);
    const total = Object.values(levels)
      .flat()
      .reduce((sum, count) => sum + count, 0);
    expect(total).toBe(records.filter((log) => log.traceId === traceId).length);
  });
});

test('a record comes back whole', async () => {
  const timeNs = tenNs - 60n * minuteNs + 123n;
  await new Telemetry()
    .log({
      timeNs,
      service: 'shop',
      level: 'error',
      body: '[{"key":"reason","value":{"stringValue":"none"}}]',
      bodyType: 'm',
      traceId,
      attributes: [
        ['n', '9007199254740993', 'i'],
        ['list', '[{"intValue":"1"}]', 'a'],
      ],
      resource: { 'host.name': 'h1' },
      scopeName: 'logger',
    })
    .store(store.engine);
  const { logs } = await store.get<LogsAnswer>(`/api/logs?from=${timeNs}&to=${timeNs + 1n}`);
  expect(logs).toEqual([
    {
      timeNs: String(timeNs),
      observedTimeNs: '0',
      service: 'shop',
      level: 'error',
      severityNumber: 0,
      severityText: '',
      body: '[{"key":"reason","value":{"stringValue":"none"}}]',
      bodyValue: { reason: 'none' },
      eventName: '',
      traceId,
      spanId: '',
      flags: 0,
      attributes: { n: '9007199254740993', list: [1] },
      droppedAttributes: 0,
      resource: { attributes: { 'service.name': 'shop', 'host.name': 'h1' }, droppedAttributes: 0, schemaUrl: '' },
      scope: { name: 'logger', version: '1', attributes: {}, droppedAttributes: 0, schemaUrl: '' },
    },
  ]);
});

test('bad parameters are refused', async () => {
  expect(await store.refused('/api/logs?level=loud')).toMatchObject({ status: 400, code: 'bad_request' });
  expect(await store.refused('/api/logs?traceId=xyz')).toMatchObject({ status: 400, code: 'bad_request' });
  expect(await store.refused('/api/logs?limit=5001')).toMatchObject({ status: 400, code: 'bad_request' });
  expect(await store.refused('/api/logs/histogram?step=0')).toMatchObject({ status: 400, code: 'bad_request' });
});

import { expect, test } from 'vitest';
import { baseNs, decodeBody, testContext, wire } from '../../../test/otlp/decode-request.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import type { DecodeContext } from './context.ts';

const secondNs = 1_000_000_000n;

type Attributes = Readonly<Record<string, string>>;

/** A resource with a point at each time, in seconds after the base. */
function groupOf(attributes: Attributes, ...seconds: readonly number[]): Message {
  const points = seconds.map((s) => ({ time_unix_nano: baseNs + BigInt(s) * secondNs, as_int: 5n }));
  return {
    resource: { attributes: Object.entries(attributes).map(([key, text]) => ({ key, value: { string_value: text } })) },
    scope_metrics: [{ metrics: [{ name: 'load', gauge: { data_points: points } }] }],
  };
}

async function decodeGroups(groups: readonly Message[], context: DecodeContext = testContext): Promise<Record<string, Row[]>> {
  const body = wire('ExportMetricsServiceRequest', { resource_metrics: groups });
  const { rows, outcome } = await decodeBody('metrics', body, context);
  expect(outcome.rejected).toBe(0);
  return rows;
}

/** Labels of the series that are target_info, by id. */
function infosOf(rows: Record<string, Row[]>): Map<unknown, string> {
  const infos = (rows['series'] ?? []).filter((row) => row['metric'] === 'target_info');
  const textOf = (labels: Row[string] | undefined): string =>
    ((labels ?? []) as readonly (readonly [string, string, string])[]).map(([name, value]) => `${name}=${value}`).join(' ');
  return new Map(infos.map((row) => [row['id'], textOf(row['labels'])]));
}

/** Seconds at which there are samples of target_info. */
function secondsOf(rows: Record<string, Row[]>): number[] {
  const infos = infosOf(rows);
  const found = (rows['samples'] ?? []).filter((row) => infos.has(row['series_id']));
  expect(found.every((row) => row['value'] === 1)).toBe(true);
  return found.map((row) => Number(((row['time'] as bigint) - baseNs) / secondNs));
}

const shop = { 'service.name': 'cart', 'service.namespace': 'shop', 'service.instance.id': 'a-1', 'host.name': 'node-3' };

test('a resource is a series with its attributes as labels, named by job and instance', async () => {
  const rows = await decodeGroups([groupOf(shop, 0), groupOf({ ...shop, 'host.name': 'node-4', '': 'x' }, 0)]);
  expect([...infosOf(rows).values()]).toEqual([
    'host_name=node-3 instance=a-1 job=shop/cart',
    'host_name=node-4 instance=a-1 job=shop/cart',
  ]);
  expect(secondsOf(rows)).toEqual([0, 0]);
});

test('a resource that says no more than its name, or has none, is none', async () => {
  const { 'host.name': _, ...named } = shop;
  const rows = await decodeGroups([groupOf(named, 0), groupOf({ 'host.name': 'node-3' }, 0), groupOf({}, 0), groupOf(shop)]);
  expect(infosOf(rows).size).toBe(0);
});

test('instance alone is enough to join by', async () => {
  const rows = await decodeGroups([groupOf({ 'service.instance.id': 'a-1', 'host.name': 'node-3' }, 0)]);
  expect([...infosOf(rows).values()]).toEqual(['host_name=node-3 instance=a-1']);
});

test('it has a sample at the last point, and others before it where points lie far apart', async () => {
  expect(secondsOf(await decodeGroups([groupOf(shop, 60, 0, 30)]))).toEqual([0, 60]);
  expect(secondsOf(await decodeGroups([groupOf(shop, 400, 0)]))).toEqual([0, 150, 300, 400]);
  expect(secondsOf(await decodeGroups([groupOf(shop, 300), groupOf(shop, 0)]))).toEqual([300, 0]);
});

test('it has a series for each day of its samples', async () => {
  const rows = await decodeGroups([groupOf(shop, 0, 15 * 3600 - 60, 15 * 3600)]);
  expect(new Set(infosOf(rows).keys()).size).toBe(1);
  expect((rows['series'] ?? []).filter((row) => row['metric'] === 'target_info').map((row) => row['day'])).toEqual([
    20_412, 20_413,
  ]);
  expect(secondsOf(rows)).toHaveLength(361);
});

test('it is kept for as long as its name says', async () => {
  const of = (name: string): bigint => (name === 'target_info' ? baseNs + 100n * secondNs : 0n);
  const rows = await decodeGroups([groupOf(shop, 0, 400)], { ...testContext, oldestByName: { sureNs: baseNs, of } });
  expect(secondsOf(rows)).toEqual([150, 300, 400]);
});

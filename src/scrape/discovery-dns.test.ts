/** Look-ups against a name server of our own. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labelPairs } from '../lang/labels.ts';
import type { DnsType } from './config-discovery.ts';
import { discoverNames } from './discovery-dns.ts';
import type { TargetGroup } from './target-groups.ts';

const types: Readonly<Record<DnsType, number>> = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 };
const noSuchName = 3;
const serverFailure = 2;

/** Records by `name type`, or the code of an error. */
const zone = new Map<string, readonly Uint8Array[] | number>();
let server: Socket;
let address = '';

beforeAll(async () => {
  server = createSocket('udp4', (query, { port }) => server.send(answerTo(query), port, '127.0.0.1'));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${server.address().port}`;
});

afterAll(() => server.close());

/** A response (RFC 1035, section 4) to a query with one question. */
function answerTo(query: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const found = zone.get(`${labels.join('.').toLowerCase()} ${query.readUInt16BE(at + 1)}`) ?? noSuchName;
  const records = typeof found === 'number' ? [] : found;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (typeof found === 'number' ? found : 0), 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const answers = records.map((data) => {
    const head = Buffer.from([0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0]);
    query.copy(head, 2, at + 1, at + 3);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
}

function nameBytes(name: string): Buffer {
  return Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}

function srv(port: number, host: string): Buffer {
  return Buffer.concat([Buffer.from([0, 1, 0, 1, port >> 8, port & 255]), nameBytes(host)]);
}

interface Watched {
  groups: readonly TargetGroup[];
  updates: number;
  readonly logged: string[];
  readonly stop: () => void;
}

function watch(type: DnsType, names: readonly string[], port = 9100): Watched {
  const warn = (event: string, details = {}): void => void watched.logged.push(`${event} ${JSON.stringify(details)}`);
  const running = discoverNames(
    { kind: 'dns', names, type, port, refreshMs: 20 },
    (groups) => {
      watched.groups = groups;
      watched.updates++;
    },
    { info: warn, warn },
    [address],
  );
  const watched: Watched = { groups: [], updates: 0, logged: [], stop: () => running.stop() };
  return watched;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Sets records, looks them up once, and gives the labels of the targets. */
async function targetsOf(type: DnsType, records: readonly Uint8Array[]): Promise<Record<string, string>[]> {
  zone.set(`x.test ${types[type]}`, records);
  const watched = watch(type, ['x.test']);
  await until(() => watched.updates > 0);
  watched.stop();
  return watched.groups.flatMap(({ targets }) => targets.map((labels) => Object.fromEntries(labelPairs(labels))));
}

const name = { __meta_dns_name: 'x.test' };

test('A gives addresses with the port of the job', async () =>
  expect(await targetsOf('A', [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])])).toEqual([
    { __address__: '10.0.0.1:9100', ...name },
    { __address__: '10.0.0.2:9100', ...name },
  ]));

test('AAAA gives addresses in brackets', async () =>
  expect(await targetsOf('AAAA', [Buffer.from('20010db8000000000000000000000001', 'hex')])).toEqual([
    { __address__: '[2001:db8::1]:9100', ...name },
  ]));

test('SRV gives hosts with ports of their own', async () =>
  expect(await targetsOf('SRV', [srv(8080, 'a.test'), srv(8081, 'b.test')])).toEqual([
    { __address__: 'a.test:8080', __meta_dns_srv_record_target: 'a.test.', __meta_dns_srv_record_port: '8080', ...name },
    { __address__: 'b.test:8081', __meta_dns_srv_record_target: 'b.test.', __meta_dns_srv_record_port: '8081', ...name },
  ]));

test('MX and NS give hosts', async () => {
  expect(await targetsOf('MX', [Buffer.concat([Buffer.from([0, 10]), nameBytes('mail.test')])])).toEqual([
    { __address__: 'mail.test:9100', __meta_dns_mx_record_target: 'mail.test.', ...name },
  ]);
  expect(await targetsOf('NS', [nameBytes('ns.test')])).toEqual([
    { __address__: 'ns.test:9100', __meta_dns_ns_record_target: 'ns.test.', ...name },
  ]);
});

test('a look-up that fails keeps the targets, a name that is gone has none', async () => {
  zone.set('y.test 1', [Buffer.from([10, 0, 0, 3])]);
  zone.set('z.test 1', [Buffer.from([10, 0, 0, 4])]);
  const watched = watch('A', ['y.test', 'z.test']);
  const count = (): number => watched.groups.flatMap(({ targets }) => targets).length;
  await until(() => count() === 2);
  zone.set('y.test 1', serverFailure);
  await until(() => watched.logged.length > 0);
  const { updates } = watched;
  await until(() => watched.updates > updates);
  expect(count()).toBe(2);
  zone.set('y.test 1', noSuchName);
  await until(() => count() === 1);
  watched.stop();
  expect(watched.logged[0]).toContain('y.test');
});

/** Audit records: whoever waits learns whether the backend has them, and none is lost, whatever becomes of other telemetry. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Log, Receiver } from './receiver.ts';

interface Receipt {
  readonly id: string;
  readonly isAcknowledged: boolean;
  readonly why?: string;
}

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.clear();
  receiver.answer = undefined;
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(how: string, more: Readonly<Record<string, string>> = {}): ChildProcess {
  const env = {
    ...process.env,
    HOW: how,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_SAMPLER: 'always_off',
    ...more,
  };
  return fork('audits.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'], silent: true });
}

async function receipts(how: string, more: Readonly<Record<string, string>> = {}): Promise<Receipt[]> {
  const child = start(how, more);
  const [told] = (await once(child, 'message')) as [Receipt[]];
  await once(child, 'close');
  return told;
}

const audits = (): Log[] => receiver.logs.filter(({ eventName }) => eventName === 'audit');
const textOf = (log: Log | undefined, key: string): string | undefined => valuesOf(log?.attributes)[key]?.stringValue;

test('who waits is told that the backend has the record, with all its fields', async () => {
  const told = await receipts('awaited');
  expect(told.filter(({ isAcknowledged }) => isAcknowledged)).toHaveLength(52);
  expect(
    audits()
      .map((log) => textOf(log, 'audit.id'))
      .toSorted((a = '', b = '') => a.localeCompare(b)),
  ).toEqual(told.map(({ id }) => id).toSorted((a, b) => a.localeCompare(b)));
  const [first, second] = audits();
  expect(first).toMatchObject({ severityText: 'INFO', body: { stringValue: 'Ada user.delete user 17: success' } });
  expect(valuesOf(first?.attributes)).toMatchObject({
    'audit.sequence': { intValue: '1' },
    'audit.action': { stringValue: 'user.delete' },
    'audit.outcome': { stringValue: 'success' },
    'audit.actor.id': { stringValue: 'ada' },
    'audit.actor.name': { stringValue: 'Ada' },
    'audit.target.type': { stringValue: 'user' },
    'audit.target.id': { stringValue: '17' },
    'audit.reason': { stringValue: 'asked for' },
    'audit.details.rows': { intValue: '3' },
  });
  expect(second).toMatchObject({ severityText: 'WARN' });
  expect(textOf(second, 'audit.outcome')).toBe('denied');
  const numbers = audits().map((log) => Number(valuesOf(log.attributes)['audit.sequence']?.intValue));
  expect(numbers).toEqual(Array.from({ length: 52 }, (_, i) => i + 1));
});

test('within a request it is the caller’s, with the ids of the trace although that is not kept', async () => {
  const [told] = await receipts('in a request');
  expect(told?.isAcknowledged).toBe(true);
  const [log] = audits();
  expect(textOf(log, 'audit.actor.id')).toBe('eve');
  expect(textOf(log, 'request.id')).toBe('r-1');
  expect(log?.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  [400, 'no such field', 'answered 400: no such field'],
  [200, '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}', 'did not take 1 of the records: too old'],
])('a backend that answers %i %s has not acknowledged it', async (status, body, why) => {
  receiver.answer = { status, body };
  const [told] = await receipts('late');
  expect(told?.isAcknowledged).toBe(false);
  expect(told?.why).toContain(why);
});

test('a backend that is away is awaited for so long, and gets the record once it is back', async () => {
  receiver.answer = { status: 503, body: '' };
  const child = start('late');
  const [[told]] = (await once(child, 'message')) as [Receipt[]];
  expect(told).toMatchObject({ isAcknowledged: false, why: 'no answer within 100 ms; it is still being sent' });
  receiver.answer = undefined;
  await once(child, 'close');
  expect(audits().map((log) => textOf(log, 'audit.id'))).toEqual([told?.id]);
});

test('records that nobody waits for are sent before the process exits', async () => {
  await once(start('exit'), 'close');
  expect(audits()).toHaveLength(3);
});

test('when there is no room, who comes is told, and what was taken before stays', async () => {
  receiver.answer = { status: 503, body: '' };
  const child = start('too much', { SONDE_QUEUE_BYTES: '20000' });
  const [told] = (await once(child, 'message')) as [Receipt[]];
  receiver.answer = undefined;
  await once(child, 'close');
  expect(told.map(({ why }) => why)).toEqual([
    ...Array.from({ length: 10 }, () => 'no answer within 500 ms; it is still being sent'),
    ...Array.from({ length: 20 }, () => 'more than 20000 bytes wait for the backend'),
  ]);
  expect(new Set(audits().map((log) => textOf(log, 'audit.id')))).toEqual(new Set(told.slice(0, 10).map(({ id }) => id)));
});

test('without a backend, and with an event that cannot be read, the receipt says so', async () => {
  expect((await receipts('late', { OTEL_LOGS_EXPORTER: 'none' }))[0]).toMatchObject({
    isAcknowledged: false,
    why: 'log records are not sent to any backend',
  });
  expect((await receipts('late', { OTEL_SDK_DISABLED: 'true' }))[0]).toMatchObject({
    isAcknowledged: false,
    why: 'the kit does not run',
  });
  expect((await receipts('unreadable'))[0]).toMatchObject({ isAcknowledged: false, why: 'no details' });
});

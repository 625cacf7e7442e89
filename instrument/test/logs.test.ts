/**
 * Records of pino, winston and bunyan: all that the application's logger lets through comes once, field by field, and the
 * application's own lines have the ids of the span.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { folderWith, installPacked } from './packed.ts';
import { plainAttributesOf, plainOf, startReceiver } from './receiver.ts';
import type { Log, Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
beforeEach(() => receiver.clear());
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Line = Readonly<Record<string, unknown>>;

/** Runs an app to its end; gives what it printed, line by line. */
async function run(app: string, scene: string, more: Readonly<Record<string, string>> = {}, place = folder): Promise<Line[]> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    ...more,
  };
  const child = spawn(process.execPath, ['--import', '@sonde/instrument', join('logs', app), scene], { cwd: place, env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, stderr]).toEqual([0, '']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** A record without its ids and times. */
function told({ scope, severityNumber, severityText, body, attributes }: Log): Line {
  const { 'exception.stacktrace': stack, ...others } = plainAttributesOf(attributes);
  return {
    logger: scope,
    severity: [severityNumber, severityText],
    body: plainOf(body),
    ...others,
    ...(typeof stack === 'string' && { isStack: /^TypeError: it broke\n {4}at .*scenes\.cjs/.test(stack) }),
  };
}

const exception = { 'exception.type': 'TypeError', 'exception.message': 'it broke', isStack: true };
const info = [9, 'info'];
const warn = [13, 'warn'];
const error = [17, 'error'];

/** Records outside of the span, then those within it; `own` are the lines that the application has printed. */
function checkIds(lines: readonly Line[], outside: number, own: (line: Line) => boolean = () => true): void {
  const at = lines.findIndex((line) => 'traceId' in line);
  const { traceId, spanId } = lines[at] as { traceId: string; spanId: string };
  expect(receiver.logs.map((log) => [log.traceId, log.spanId])).toEqual([
    ...Array.from({ length: outside }, () => [undefined, undefined]),
    ...Array.from({ length: receiver.logs.length - outside }, () => [traceId, spanId]),
  ]);
  const printed = lines.filter((_, i) => i !== at);
  expect(printed).toHaveLength(receiver.logs.length);
  const ids = printed.filter(own).map((line) => [line['trace_id'], line['span_id'], line['trace_flags']]);
  expect(ids.slice(0, outside)).toEqual(Array.from({ length: outside }, () => [undefined, undefined, undefined]));
  expect(ids.slice(outside)).toEqual(ids.slice(outside).map(() => [traceId, spanId, '01']));
}

/** The time of each record is that of its line. */
function checkTimes(lines: readonly Line[], timeOf: (line: Line) => unknown): void {
  const times = lines.filter((line) => !('traceId' in line)).map((line) => new Date(timeOf(line) as string).getTime());
  expect(receiver.logs.map(({ timeUnixNano = '' }) => Number(BigInt(timeUnixNano) / 1_000_000n))).toEqual(times);
}

const ways = ['mjs', 'cjs'];

const logger = 'checkout';
/** What pino and bunyan, whose records look alike, log in the scene `plain`. */
const plainRecords = [
  { logger, severity: info, body: 'outside' },
  { logger, severity: info, body: 'paid now', amount: 5, nested: { a: [1, 'x'] } },
  { logger, severity: warn, body: 'slow', request: 'r1', at: 'child' },
  { logger, severity: error, body: 'failed', ...exception },
  { logger, severity: error, body: 'it broke', ...exception },
  { logger, severity: [21, 'fatal'], body: 'under error', ...exception },
  { logger, severity: [1, 'trace'], body: 'has its own' },
];

describe.each(['pino-7', 'pino-8', 'pino-9', 'pino'])('%s', (version) => {
  let place: string;
  beforeAll(() => {
    place = version === 'pino' ? folder : folderWith(folder, 'pino', version);
  });
  const pino = (app: string, scene: string): Promise<Line[]> => run(app, scene, {}, place);

  test.each(ways)('%s: records of levels, children and errors', async (way) => {
    const lines = await pino(`pino.${way}`, 'plain');
    expect(receiver.logs.map(told)).toEqual(plainRecords);
    checkIds(lines, 1, ({ msg }) => msg !== 'has its own');
    expect(lines.at(-1)).toMatchObject({ msg: 'has its own', trace_id: 'mine' });
    checkTimes(lines, ({ time }) => time);
    expect(lines[2]).toMatchObject({
      level: 30,
      name: 'checkout',
      pid: expect.any(Number) as number,
      amount: 5,
      msg: 'paid now',
    });
  });

  test('what serializers, formatters, mixins and redaction make of a record is the record', async () => {
    const lines = await pino('pino.mjs', 'shaped');
    expect(receiver.logs.map(told)).toEqual([
      {
        logger: 'pino',
        severity: [11, 'audit'],
        body: 'audited',
        user: 7,
        card: '***',
        password: '[REDACTED]',
        formatted: true,
        mixed: 1,
      },
      { logger: 'pino', severity: error, body: 'redacted', formatted: true, mixed: 1, ...exception, 'exception.message': '***' },
    ]);
    expect(lines).toMatchObject([{ severity: 'audit', message: 'audited', password: 'p' }, { message: 'redacted' }]);
    checkTimes(lines, ({ time }) => time);
  });
});

describe('pino', () => {
  test('that writes by the console, or to several streams, has one record for each', async () => {
    expect(await run('pino.mjs', 'streams')).toHaveLength(3);
    expect(receiver.logs.map(({ body }) => plainOf(body))).toEqual(['twice written', 'by the console']);
  });

  test('that writes from a worker has its records, and ends', async () => {
    expect(await run('pino.cjs', 'transport')).toMatchObject([{ msg: 'from a worker' }]);
    expect(receiver.logs.map(({ body }) => plainOf(body))).toEqual(['from a worker']);
  });
});

describe('winston', () => {
  test.each(ways)('%s: records of levels, children, formats and errors', async (way) => {
    const lines = await run(`winston.${way}`, 'plain');
    const each = { logger: 'winston', service: 'shop' };
    expect(receiver.logs.map(told)).toEqual([
      { ...each, severity: info, body: 'outside' },
      { ...each, severity: info, body: 'paid now', amount: 5 },
      { ...each, severity: warn, body: 'slow', request: 'r1', at: 'child' },
      { ...each, severity: error, body: 'failed it broke', shelf: 7, ...exception },
      { ...each, severity: error, body: 'it broke', shelf: 7, ...exception },
      { ...each, severity: info, body: 'an object', ...exception },
      { ...each, severity: [1, 'silly'], body: 'now let through' },
    ]);
    checkIds(lines, 1);
    checkTimes(lines, ({ timestamp }) => timestamp);
  });

  test('by the levels of its transports and the names of its own; what a format holds back does not come', async () => {
    const lines = await run('winston.cjs', 'shaped');
    expect(receiver.logs.map(told)).toEqual([
      { logger: 'checkout', severity: [9, 'audit'], body: 'audited', password: '[REDACTED]' },
      { logger: 'checkout', severity: [23, 'panic'], body: 'printed by both' },
      { logger: 'checkout', severity: [9, 'audit'], body: '{ a: 1 }' },
    ]);
    expect(lines.map(({ message }) => String(message).includes('printed by both'))).toEqual([false, true, true, false]);
  });

  test('has the span of when it was logged, also of records that waited for a transport', async () => {
    const lines = await run('winston.mjs', 'streams');
    expect(receiver.logs.map(({ body }) => plainOf(body))).toEqual(Array.from({ length: 40 }, (_, i) => `record ${i}`));
    checkIds(lines, 0);
  });
});

describe('bunyan', () => {
  test.each(ways)('%s: records of levels, children and errors', async (way) => {
    const lines = await run(`bunyan.${way}`, 'plain');
    expect(receiver.logs.map(told)).toEqual(plainRecords);
    checkIds(lines, 1, ({ msg }) => msg !== 'has its own');
    expect(lines.at(-1)).toMatchObject({ trace_id: 'mine' });
    checkTimes(lines, ({ time }) => time);
  });

  test('with serializers and several streams has one record for each', async () => {
    const lines = await run('bunyan.cjs', 'shaped');
    expect(receiver.logs.map(told)).toEqual([
      { logger: 'checkout', severity: info, body: 'told', user: 7, password: '[REDACTED]' },
      { logger: 'checkout', severity: error, body: 'to both', ...exception },
    ]);
    expect(lines.at(-1)).toEqual({ raw: 'to both', trace_id: lines[0]?.['traceId'] });
  });
});

describe('by settings', () => {
  test.each([
    ['none', []],
    ['winston,console', []],
    ['Pino', ['outside']],
  ])('SONDE_LOG_BRIDGES=%s: what is not bridged is left alone', async (bridges, expected) => {
    const lines = await run('pino.mjs', 'plain', { SONDE_LOG_BRIDGES: bridges });
    expect(receiver.logs.slice(0, 1).map(({ body }) => plainOf(body))).toEqual(expected);
    expect(lines.some(({ span_id }) => span_id !== undefined)).toBe(expected.length > 0);
  });

  test.each<[levels: string, bodies: readonly string[]]>([
    ['error', ['failed', 'it broke', 'under error']],
    ['off,checkout=fatal', ['under error']],
    ['off', []],
  ])('SONDE_LOG_LEVEL=%s: what is sent, while the application writes what it wrote', async (levels, bodies) => {
    const lines = await run('pino.mjs', 'plain', { SONDE_LOG_LEVEL: levels });
    expect(receiver.logs.map(({ body }) => plainOf(body))).toEqual(bodies);
    expect(lines).toHaveLength(8);
  });

  test('SONDE_REDACT: none of the keys, or more', async () => {
    const passwords = async (redact: string): Promise<unknown[]> => {
      receiver.clear();
      await run('bunyan.cjs', 'shaped', { SONDE_REDACT: redact });
      const { password, user } = plainAttributesOf(receiver.logs[0]?.attributes);
      return [password, user];
    };
    expect(await passwords('none')).toEqual(['p', 7]);
    expect(await passwords('USER')).toEqual(['[REDACTED]', '[REDACTED]']);
    expect(await passwords('none,user')).toEqual(['p', '[REDACTED]']);
  });

  test('OTEL_LOGS_EXPORTER=none: nothing comes, and lines have the ids of the span all the same', async () => {
    const lines = await run('pino.mjs', 'plain', { OTEL_LOGS_EXPORTER: 'none' });
    expect(receiver.logs).toEqual([]);
    expect(lines[2]).toMatchObject({ msg: 'paid now', trace_id: lines[1]?.['traceId'] });
  });
});

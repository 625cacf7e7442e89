import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { LogRecord } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, test } from 'vitest';
import type { LogFields } from '../otlp/log.ts';
import { otlpJson } from '../otlp/json.ts';
import { otlpExporter } from '../send/otlp-exporter.ts';
import type { Transport } from '../send/transport.ts';
import { Telemetry } from '../telemetry.ts';
import type { Caller } from '../trace/context.ts';
import { RecordedSpan } from '../trace/span.ts';
import { LogLevels, parseLevels } from './levels.ts';
import { Loggers } from './logger.ts';
import { readSecrets } from './secrets.ts';

const limits = {
  attributesMax: 128,
  attributeLengthMax: Infinity,
  eventsMax: 1,
  linksMax: 1,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};

interface Kit {
  readonly loggers: Loggers;
  readonly printed: { readonly record: LogFields; readonly logger: string }[];
  readonly warnings: string[];
  readonly sent: () => Promise<string[]>;
}

interface KitOptions {
  readonly isSending?: boolean;
  readonly isPrinting?: boolean;
  readonly secrets?: readonly string[];
}

function kitWith(levels: string, { isSending = true, isPrinting = true, secrets = [] }: KitOptions = {}): Kit {
  const bodies: string[] = [];
  const transport: Transport = {
    send: (signal, body) => {
      bodies.push(Buffer.from(otlpJson(signal, body)).toString('utf8'));
      return Promise.resolve({ kind: 'sent' });
    },
    close: () => undefined,
  };
  const transports = { traces: undefined, metrics: undefined, logs: isSending ? transport : undefined };
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const telemetry = new Telemetry({
    resource: resourceFromAttributes({}),
    limits,
    exporters: [otlpExporter({ transports, delaysMs: { traces: 1000, logs: 1000 }, queueBytesMax: 1 << 20, warn })],
    warn,
  });
  const printed: Kit['printed'] = [];
  const loggers = new Loggers({
    telemetry,
    limits,
    levels: new LogLevels(parseLevels(levels === '' ? [] : levels.split(','), [])),
    secrets: readSecrets(secrets),
    print: isPrinting ? (record, logger) => printed.push({ record, logger }) : undefined,
    warn,
  });
  const sent = async (): Promise<string[]> => {
    await telemetry.flush(1000);
    return bodies;
  };
  return { loggers, printed, warnings, sent };
}

describe('a record', () => {
  test('is printed and sent, as plain data without secrets', async () => {
    const { loggers, printed, sent } = kitWith('');
    const record = { severityNumber: 9, body: { token: 't', a: 1n }, attributes: { m: new Map([['cookie', 'c']]), ok: 1 } };
    loggers.getLogger('shop', '1.0').emit(record as unknown as LogRecord);
    expect(printed).toMatchObject([
      { logger: 'shop', record: { body: { token: '[REDACTED]', a: 1 }, attributes: { m: { cookie: '[REDACTED]' }, ok: 1 } } },
    ]);
    const [body = ''] = await sent();
    expect(body).toContain('"name":"shop","version":"1.0"');
    expect(body.match(/\[REDACTED\]/g)).toHaveLength(2);
    expect(body).not.toContain('"t"');
  });

  test('of a library is sent, and not printed: the library writes it itself', async () => {
    const { loggers, printed, sent } = kitWith('');
    loggers.ofLibrary('shop').emit({ body: 'x' });
    expect(printed).toEqual([]);
    expect(await sent()).toHaveLength(1);
  });

  test('is printed when nothing is sent', async () => {
    const { loggers, printed, sent } = kitWith('', { isSending: false });
    loggers.getLogger('shop').emit({ body: 'x' });
    expect([printed.length, await sent(), loggers.takesOfLibraries, loggers.ofLibrary('x').enabled()]).toEqual([
      1,
      [],
      false,
      false,
    ]);
  });

  test.each<[levels: string, severityNumber: number | undefined, passes: boolean]>([
    ['', 1, true],
    ['', undefined, true],
    ['warn', 12, false],
    ['warn', 13, true],
    // Who knows what it is.
    ['warn', undefined, true],
    ['warn', 0, true],
    ['off', 24, false],
    ['off', undefined, false],
    ['off,shop=info', 9, true],
  ])('by the level %j, with the severity %s: %s', (levels, severityNumber, passes) => {
    const { loggers, printed } = kitWith(levels);
    const logger = loggers.getLogger('shop');
    logger.emit({ body: 'x', ...(severityNumber !== undefined && { severityNumber }) });
    expect(printed.length === 1).toBe(passes);
    expect(logger.passes(severityNumber ?? 0)).toBe(passes);
  });

  test('passes as the level is now', () => {
    const { loggers, printed } = kitWith('warn');
    const logger = loggers.getLogger('shop');
    const emit = (): void => logger.emit({ severityNumber: 9, body: 'x' });
    emit();
    loggers.levels.set('info', 'shop');
    emit();
    loggers.levels.set(undefined, 'shop');
    emit();
    expect(printed).toHaveLength(1);
  });

  test('that cannot be read is told, and not thrown', () => {
    const { loggers, printed, warnings } = kitWith('');
    const exception = {
      get message(): never {
        throw new Error('not yours');
      },
    };
    loggers.getLogger('shop').emit({ body: 'x', exception });
    expect([printed, warnings]).toEqual([[], ['a log record could not be read: not yours']]);
  });

  test('has what it says of an exception before what the exception says', () => {
    const { loggers, printed } = kitWith('');
    loggers.getLogger('shop').emit({ exception: new TypeError('t'), attributes: { 'exception.message': 'mine' } });
    expect(printed[0]?.record.attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'mine' });
  });

  test('has the span of the context that it names', () => {
    const { loggers, printed } = kitWith('');
    const context = trace.setSpanContext(ROOT_CONTEXT, { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
    loggers.getLogger('shop').emit({ body: 'x', context });
    expect(printed[0]?.record.span).toMatchObject({ trace0: 0x11111111, span1: 0x22222222, isSampled: true });
  });
});

test('a logger is one for each name, version and schema', () => {
  const { loggers } = kitWith('');
  expect(loggers.getLogger('a', '1')).toBe(loggers.getLogger('a', '1'));
  expect(loggers.getLogger('a', '1')).not.toBe(loggers.getLogger('a', '2'));
  expect(loggers.getLogger('a')).not.toBe(loggers.getLogger('a', '', { schemaUrl: 's' }));
  expect(loggers.getLogger('a')).not.toBe(loggers.ofLibrary('a'));
});

describe('a line of a kind', () => {
  const shared = { severity: 9, severityText: 'INFO', eventName: 'asked', attributes: { method: 'GET', status: 200 } };
  const span = new RecordedSpan(
    {
      sink: { limits, spanEnded: () => undefined },
      scope: { name: 'shop', version: '', schemaUrl: '' },
      name: 'GET',
      kind: 1,
      parent: undefined,
      isSampled: true,
      traceState: '',
      startMs: 1000,
    },
    { trace0: 1, trace1: 2, trace2: 3, trace3: 4 },
  );
  const request = {
    type: 'http',
    span,
    requestId: undefined,
    caller: undefined,
  } as const;

  async function fieldsOf(kit: Kit, caller?: Caller): Promise<Readonly<Record<string, unknown>>> {
    const logger = kit.loggers.getLogger('shop');
    const kind = logger.kind(shared, ['path', 'peer', 'took_ns']);
    const values = ['/\u00e4', undefined, 5];
    logger.emitLine(kind, { timeMs: 1_750_000_000_000.5, body: 'GET /\u00e4 200', values, request: { ...request, caller } });
    const [body = '{}'] = await kit.sent();
    const { resourceLogs } = JSON.parse(body) as { resourceLogs: [{ scopeLogs: [{ logRecords: [Record<string, unknown>] }] }] };
    const { attributes: list, ...fields } = resourceLogs[0].scopeLogs[0].logRecords[0];
    return { ...fields, attributes: new Map((list as { key: string; value: unknown }[]).map(({ key, value }) => [key, value])) };
  }

  test('is the same record, whether what it shares was written before or not', async () => {
    const fast = await fieldsOf(kitWith('', { isPrinting: false }));
    expect(fast).toEqual(await fieldsOf(kitWith('')));
    expect(fast).toMatchObject({
      timeUnixNano: '1750000000000500000',
      observedTimeUnixNano: '1750000000000500000',
      severityNumber: 9,
      severityText: 'INFO',
      body: { stringValue: 'GET /\u00e4 200' },
      eventName: 'asked',
      traceId: span.traceId,
      spanId: span.spanId,
      flags: 1,
      attributes: new Map<string, unknown>([
        ['method', { stringValue: 'GET' }],
        ['status', { intValue: '200' }],
        ['path', { stringValue: '/\u00e4' }],
        ['took_ns', { intValue: '5' }],
      ]),
    });
  });

  test('hides what is secret, and says who asked', async () => {
    const { attributes } = await fieldsOf(kitWith('', { isPrinting: false, secrets: ['path'] }), { id: 'jo' });
    expect((attributes as Map<string, unknown>).get('path')).toEqual({ stringValue: '[REDACTED]' });
    expect((attributes as Map<string, unknown>).get('user.id')).toEqual({ stringValue: 'jo' });
  });

  test('is held back by its level', async () => {
    const kit = kitWith('warn', { isPrinting: false });
    const logger = kit.loggers.getLogger('shop');
    logger.emitLine(logger.kind(shared, []), { timeMs: 1_750_000_000_000, body: '', values: [], request });
    expect(await kit.sent()).toEqual([]);
  });
});

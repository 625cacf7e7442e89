import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setRunning } from '../instrument.ts';
import type { Instrument } from '../instrument.ts';
import type { LogFields } from '../otlp/log.ts';
import { Telemetry } from '../telemetry.ts';
import { logLevels, logger, setLogLevel } from './kit-logger.ts';
import { LogLevels } from './levels.ts';
import { Loggers } from './logger.ts';

const limits = {
  attributesMax: 128,
  attributeLengthMax: Infinity,
  eventsMax: 1,
  linksMax: 1,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};

let records: (LogFields & { readonly logger: string })[] = [];

function start(): void {
  records = [];
  const warn = (message: string): never => {
    throw new Error(message);
  };
  const telemetry = new Telemetry({
    resource: resourceFromAttributes({}),
    limits,
    exporters: [],
    warn,
  });
  const levels = new LogLevels({ all: undefined, byName: new Map() });
  const print = (record: LogFields, name: string): void => void records.push({ ...record, logger: name });
  setRunning({ loggers: new Loggers({ telemetry, limits, levels, secrets: undefined, print, warn }) } as Instrument);
}

beforeEach(start);
afterEach(() => setRunning(undefined));

const log = logger('checkout');

/** What was recorded, without times; the stack is shown by its first line. */
function told(): object[] {
  return records.map(({ logger: name, severity, severityText, body, attributes }) => {
    const { 'exception.stacktrace': stack, ...others } = attributes;
    const stackOf = typeof stack === 'string' ? { stack: stack.split('\n', 1)[0] } : {};
    return { logger: name, severity: [severity, severityText], body, ...others, ...stackOf };
  });
}

function check(name: string, use: () => void, ...expected: readonly object[]): void {
  test(`with ${name}`, () => {
    use();
    expect(told()).toEqual(expected.map((each) => ({ logger: 'checkout', ...each })));
  });
}

const broke = new TypeError('it broke');
const exception = { 'exception.type': 'TypeError', 'exception.message': 'it broke', stack: 'TypeError: it broke' };
const info = { severity: [9, 'INFO'] };
const error = { severity: [17, 'ERROR'] };

describe('a record', () => {
  test('has its severity', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](level);
    expect(records.map(({ severity, severityText, body }) => [severity, severityText, body])).toEqual([
      [1, 'TRACE', 'trace'],
      [5, 'DEBUG', 'debug'],
      [9, 'INFO', 'info'],
      [13, 'WARN', 'warn'],
      [17, 'ERROR', 'error'],
      [21, 'FATAL', 'fatal'],
    ]);
  });

  check('a message', () => log.info('paid'), { ...info, body: 'paid' });
  check('attributes', () => log.info('paid', { amount: 5n, to: { id: 1 } }), { ...info, body: 'paid', amount: 5, to: { id: 1 } });
  check('an error', () => log.error('failed', broke), { ...error, body: 'failed', ...exception });
  check('an error and attributes', () => log.error('failed', broke, { a: 1 }), { ...error, body: 'failed', a: 1, ...exception });
  check('an error alone', () => log.error(broke), { ...error, body: 'TypeError: it broke', ...exception });
  check('an error alone, and attributes', () => log.error(broke, { a: 1 }), {
    ...error,
    body: 'TypeError: it broke',
    a: 1,
    ...exception,
  });
  check('an error among the attributes', () => log.error('failed', { err: broke, a: 1 }), {
    ...error,
    body: 'failed',
    a: 1,
    ...exception,
  });
  check('what is no error under its name', () => log.error('failed', { error: 'E17' }), {
    ...error,
    body: 'failed',
    error: 'E17',
  });
  check('whatever was thrown', () => log.error('failed', 'a text'), {
    ...error,
    body: 'failed',
    'exception.type': 'Error',
    'exception.message': 'a text',
  });
  check('a value where nothing went wrong', () => log.info('counted', 5), { ...info, body: 'counted', value: 5 });
  check('nothing that was thrown', () => log.error('failed', undefined, { a: 1 }), { ...error, body: 'failed', a: 1 });
  check(
    'attributes that cannot be read',
    () =>
      log.info('paid', {
        get amount(): never {
          throw new Error('no');
        },
      }),
    { ...info, body: 'paid' },
  );
});

describe('a child', () => {
  const child = log.child({ request: 'r1', a: 1 });
  check('attributes of its own', () => child.info('x', { a: 2 }), { ...info, body: 'x', request: 'r1', a: 2 });
  check('a child', () => child.child({ b: 3 }).info('x'), { ...info, body: 'x', request: 'r1', a: 1, b: 3 });
  test('has the name, and with it the level', () => {
    setLogLevel('warn', 'checkout');
    child.info('x');
    expect([child.name, child.isEnabled('info'), child.isEnabled('warn'), records]).toEqual(['checkout', false, true, []]);
  });
});

describe('levels', () => {
  test('can be set, asked, and taken back', () => {
    expect(setLogLevel('warn')).toBe(true);
    expect(setLogLevel('debug', 'checkout')).toBe(true);
    expect(logLevels()).toEqual({ all: 'warn', byName: { checkout: 'debug' } });
    expect(log.isEnabled('debug')).toBe(true);
    expect(setLogLevel(undefined, 'checkout')).toBe(true);
    expect(log.isEnabled('debug')).toBe(false);
    expect(logLevels()).toEqual({ all: 'warn', byName: {} });
  });

  test('that are none change nothing', () => {
    expect([setLogLevel('loud'), setLogLevel('', 'db'), logLevels()]).toEqual([false, false, { all: 'trace', byName: {} }]);
  });

  test('hold back what is below, without reading it', () => {
    setLogLevel('info');
    log.debug('x', {
      get a(): never {
        throw new Error('read');
      },
    });
    expect(records).toEqual([]);
  });
});

test('a logger works with whichever kit runs, and does nothing without one', () => {
  setRunning(undefined);
  log.error('lost', new Error('x'));
  expect([log.isEnabled('fatal'), setLogLevel('info'), logLevels()]).toEqual([false, false, undefined]);
  start();
  log.info('first');
  const before = records;
  start();
  log.info('second');
  expect([before.length, records.map(({ body }) => body)]).toEqual([1, ['second']]);
});

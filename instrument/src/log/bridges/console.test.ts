/** The console is one of Node's own, on streams that keep what is printed. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, test } from 'vitest';
import type { LogFields } from '../../otlp/log.ts';
import { Telemetry } from '../../telemetry.ts';
import { untraced } from '../../trace/context.ts';
import { LogLevels } from '../levels.ts';
import { Loggers } from '../logger.ts';
import { bridgeConsole } from './console.ts';
import { writing } from './sink.ts';

interface Watched {
  readonly console: Console;
  readonly printed: () => string;
  readonly records: LogFields[];
  readonly levels: LogLevels;
  readonly stop: () => void;
}

function keeping(): { readonly stream: Writable; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  return { stream, text: () => text };
}

function watched(isPrinted = false, isBridged = true): Watched {
  const [out, err] = [keeping(), keeping()];
  const console = new Console({ stdout: out.stream, stderr: err.stream });
  const records: LogFields[] = [];
  const limits = {
    attributesMax: 9,
    attributeLengthMax: 9,
    eventsMax: 9,
    linksMax: 9,
    attributesPerEventMax: 9,
    attributesPerLinkMax: 9,
  };
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
  const print = (record: LogFields): void => void records.push(record);
  const loggers = new Loggers({ telemetry, limits, levels, secrets: undefined, print, warn });
  const options = { logger: loggers.getLogger('console'), isPrinted };
  const stop = isBridged ? bridgeConsole(console, options) : () => undefined;
  return { console, printed: () => `${out.text()}|${err.text()}`, records, levels, stop };
}

/** All that a console can do, on one line each so that stacks are alike. */
const uses: readonly [
  name: string,
  use: (console: Console) => void,
  records: readonly (readonly [text: string, body: string])[],
][] = [
  ['log', (c) => c.log('a %s', 'b', { c: 1 }), [['INFO', 'a b { c: 1 }']]],
  ['info', (c) => c.info('a'), [['INFO', 'a']]],
  ['debug', (c) => c.debug('a', 1), [['DEBUG', 'a 1']]],
  ['warn', (c) => c.warn('a\nb'), [['WARN', 'a\nb']]],
  ['error', (c) => c.error('%d%%', 5), [['ERROR', '5%']]],
  ['an assertion that holds', (c) => c.assert(true, 'no'), []],
  ['an assertion with a text', (c) => c.assert(false, 'a %s', 'b'), [['ERROR', 'Assertion failed: a b']]],
  ['an assertion alone', (c) => c.assert(false), [['ERROR', 'Assertion failed']]],
  [
    'an assertion with a value',
    (c) => c.assert(0, ...([{ a: 1 }] as unknown as string[])),
    [['ERROR', 'Assertion failed { a: 1 }']],
  ],
  ['an empty line', (c) => c.log(), []],
  ['table', (c) => c.table(['x']), [['INFO', expect.stringContaining("'x'") as string]]],
  ['count', (c) => c.count('n'), [['INFO', 'n: 1']]],
  [
    'group',
    (c) => {
      c.group('g');
      c.log('in');
      c.groupEnd();
    },
    [
      ['INFO', 'g'],
      ['INFO', 'in'],
    ],
  ],
  ['colours', (c) => c.log('\u001B[31mred\u001B[39m'), [['INFO', 'red']]],
  ['undefined', (c) => c.log(undefined), [['INFO', 'undefined']]],
];

describe.each(uses)('%s', (_, use, expected) => {
  test('is printed as ever, and one record for each call', () => {
    const [one, other] = [watched(), watched(false, false)];
    use(one.console);
    use(other.console);
    expect(one.printed()).toBe(other.printed());
    expect(one.records.map(({ severityText, body }) => [severityText, body])).toEqual(expected);
  });

  test('is a record alone, when records are printed', () => {
    const { console, printed, records } = watched(true);
    use(console);
    expect(printed()).toBe('|');
    expect(records).toHaveLength(expected.length);
  });
});

describe('console.trace', () => {
  test('shows who called it, and is one record', () => {
    const { console, printed, records } = watched();
    console.trace('at %s', 'home');
    const [first, second] = printed().slice(1).split('\n');
    expect([first, second]).toEqual(['Trace: at home', expect.stringContaining('console.test.ts')]);
    expect(records.map(({ severity, body }) => [severity, body])).toEqual([[1, 'at home']]);
    expect(records[0]?.attributes['code.stacktrace']).toEqual(expect.stringMatching(/^ {4}at .*console\.test\.ts/));
  });
});

describe('an Error among the arguments', () => {
  test('is the exception of the record', () => {
    const { console, records } = watched();
    const error = new TypeError('two\nlines');
    console.error('failed:', error, new Error('second'));
    expect(records).toMatchObject([
      {
        body: expect.stringMatching(/^failed: TypeError: two\nlines\n {4}at /) as string,
        attributes: { 'exception.type': 'TypeError', 'exception.message': 'two\nlines', 'exception.stacktrace': error.stack },
      },
    ]);
  });
});

describe('no record', () => {
  test('is made of what a library prints while it writes a record of its own', () => {
    const { console, printed, records } = watched();
    writing(() => {
      console.log('line');
      console.trace('line');
      console.assert(false, 'line');
    });
    console.log('own');
    expect(records.map(({ body }) => body)).toEqual(['own']);
    expect(printed().match(/line/g)).toHaveLength(3);
  });

  test('is made of what the kit itself sets off, which is printed even when records are', async () => {
    const { console, printed, records } = watched(true);
    await untraced(async () => {
      await Promise.resolve();
      console.error('feedback');
    });
    expect([printed(), records]).toEqual(['|feedback\n', []]);
  });

  test('is made below the level, nor is it formatted', () => {
    const { console, records, levels } = watched(true);
    let isFormatted = false;
    const shown = { [inspect.custom]: (): string => ((isFormatted = true), 'shown') };
    levels.set('warn', 'console');
    console.log(shown);
    expect([records.length, isFormatted]).toEqual([0, false]);
    console.warn(shown);
    expect(records.map(({ body }) => body)).toEqual(['shown']);
  });
});

test('what throws as it is shown throws as ever, but not when the kit alone shows it', () => {
  const shown = {
    [inspect.custom]: (): never => {
      throw new Error('not me');
    },
  };
  expect(() => watched().console.log(shown)).toThrow('not me');
  const { console, records } = watched(true);
  console.log(shown);
  expect(records.map(({ body }) => body)).toEqual(['(cannot be shown: not me)']);
});

test('the console is as before when it is no longer watched, and what somebody else put there stays', () => {
  const { console, records, stop } = watched();
  const others = (): void => undefined;
  console.warn = others;
  expect(Reflect.get(console, 'log')).toHaveProperty('name', 'log');
  stop();
  console.log('x');
  expect([Reflect.get(console, 'warn') === others, records]).toEqual([true, []]);
});

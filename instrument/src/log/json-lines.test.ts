import { describe, expect, test } from 'vitest';
import type { LogFields } from '../otlp/log.ts';
import { linePrinter } from './json-lines.ts';

const plain: LogFields = {
  timeMs: 1_700_000_000_123.25,
  observedMs: 1_700_000_000_124,
  severity: 9,
  severityText: 'info',
  body: 'paid',
  attributes: {},
  eventName: '',
  span: undefined,
};

function lineOf(record: Partial<LogFields>, limits = { attributesMax: 128, attributeLengthMax: Infinity }): string {
  const lines: string[] = [];
  linePrinter({ service: 'shop', limits, write: (line) => lines.push(line) })({ ...plain, ...record }, 'checkout');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

function check(what: string, record: Partial<LogFields>, expected: object): void {
  test(`that ${what}`, () => {
    const line = lineOf(record);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject(expected);
  });
}

describe('a line', () => {
  test('has the fields in a fixed order, and none that says nothing', () => {
    expect(lineOf({})).toBe(
      '{"time":"2023-11-14T22:13:20.123250000Z","severity":"INFO","message":"paid","service":"shop","logger":"checkout"}',
    );
  });

  const span = {
    trace0: 1,
    trace1: 2,
    trace2: 3,
    trace3: -1,
    span0: 4,
    span1: 5,
    traceState: '',
    isSampled: true,
    isRemote: false,
  };
  check(
    'has the ids of its span',
    { span },
    {
      trace_id: '000000010000000200000003ffffffff',
      span_id: '0000000400000005',
      trace_flags: '01',
    },
  );
  check('says that the span is not kept', { span: { ...span, isSampled: false } }, { trace_flags: '00' });
  check('has the name of its event', { eventName: 'exception' }, { event: 'exception' });
  check('is one line whatever it holds', { body: 'a\nb\u2028"\\' }, { message: 'a\nb\u2028"\\' });
  check('has a body that is no text as JSON', { body: { a: [1, 'x'], b: null } }, { message: '{"a":[1,"x"],"b":null}' });
  check('names severities by their range', { severity: 15, severityText: 'notice' }, { severity: 'WARN' });
  check('has a severity without a number as it was said', { severity: 0, severityText: 'odd' }, { severity: 'odd' });
  check(
    'has the exception of its own',
    {
      attributes: {
        'exception.type': 'E',
        'exception.message': 'm',
        'exception.stacktrace': 'E: m\n  at x',
        'exception.fingerprint': 'f',
        a: 1,
      },
    },
    { exception: { type: 'E', message: 'm', stack: 'E: m\n  at x' }, attributes: { 'exception.fingerprint': 'f', a: 1 } },
  );
  check(
    'has values of all kinds',
    {
      attributes: {
        t: 'x',
        n: 1.5,
        nan: Number.NaN,
        inf: -Infinity,
        b: false,
        z: null,
        bytes: new Uint8Array([104, 105]),
        l: [1, [{ m: 'x' }]],
      },
    },
    { attributes: { t: 'x', n: 1.5, nan: 'NaN', inf: '-Infinity', b: false, z: null, bytes: 'aGk=', l: [1, [{ m: 'x' }]] } },
  );

  test('has no message, severity or attribute that is not there', () => {
    const { message, severity, attributes } = JSON.parse(
      lineOf({ body: undefined, severity: 0, severityText: '', attributes: { a: undefined } }),
    );
    expect([message, severity, attributes]).toEqual([undefined, undefined, undefined]);
  });

  test('keeps the limits of attributes', () => {
    const line = lineOf({ attributes: { a: 'xyz', b: 'x', c: 'x' } }, { attributesMax: 2, attributeLengthMax: 2 });
    expect(JSON.parse(line)).toMatchObject({ attributes: { a: 'xy', b: 'x' } });
    expect(line).not.toContain('"c"');
  });

  test.each([
    [0, '1970-01-01T00:00:00.000000000Z'],
    [1_700_000_000_000.000_2, '2023-11-14T22:13:20.000000244Z'],
    [0.999_999_9, '1970-01-01T00:00:00.000999999Z'],
  ])('of the time %d says %s', (timeMs, time) => expect(JSON.parse(lineOf({ timeMs }))).toMatchObject({ time }));
});

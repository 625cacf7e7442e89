import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Signal } from '../send/signals.ts';
import type { Outcome, Transport } from '../send/transport.ts';
import { readSettings } from '../settings.ts';
import type { SpanMessage } from './message.ts';
import { makeTerminal } from './terminal-exporter.ts';
import type { Terminal } from './terminal-exporter.ts';
import { bytesText, durationText, oneLine } from './text.ts';

/** The middle of a day, whatever the time zone is. */
const at = (ms: number): string => String(BigInt(new Date(2026, 0, 31, 12, 0, 0, ms).getTime()) * 1_000_000n);

class Stream extends EventEmitter {
  text = '';
  readonly isTTY: boolean;
  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }
  hasColors(): boolean {
    return this.isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

let stream: Stream;
let terminal: Terminal;
beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 0, 31, 12) });
  make();
});
afterEach(() => vi.useRealTimers());

function make(isTTY = false, isTalking = true): void {
  stream = new Stream(isTTY);
  const toMessage = (_: Signal, body: Uint8Array): object => JSON.parse(Buffer.from(body).toString()) as object;
  terminal = makeTerminal({ stream, shown: ['traces', 'logs', 'metrics'], isTalking, toMessage });
}

function push(signal: Signal, request: object): void {
  terminal.exporter.outlets[signal]?.destination.push(Buffer.from(JSON.stringify(request)), 1);
}

/** What was written since, line by line. */
function shown(): string[] {
  const lines = stream.text.split('\n').slice(0, -1);
  stream.text = '';
  return lines;
}

type Attributes = Readonly<Record<string, string | number>>;
const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));

interface SpanOptions {
  readonly id: string;
  readonly parent?: string;
  readonly isRemote?: boolean;
  readonly trace?: string;
  readonly startMs?: number;
  readonly more?: Partial<SpanMessage>;
}

function span({ id, parent, isRemote = false, trace = 'abcdef0123', startMs = 0, more = {} }: SpanOptions): void {
  const parents = parent === undefined ? {} : { parentSpanId: parent, flags: isRemote ? 0x301 : 0x101 };
  const times = { startTimeUnixNano: at(startMs), endTimeUnixNano: at(startMs + 12) };
  push('traces', {
    resourceSpans: [
      { scopeSpans: [{ spans: [{ traceId: trace, spanId: id, name: id, kind: 1, ...parents, ...times, ...more }] }] },
    ],
  });
}

describe('spans', () => {
  test('are a tree once the first of their trace has ended, in the order in which they began', () => {
    span({ id: 'c', parent: 'b', startMs: 3 });
    span({ id: 'd', parent: 'a', startMs: 5 });
    span({ id: 'b', parent: 'a', startMs: 2 });
    expect(shown()).toEqual([]);
    span({ id: 'a' });
    expect(shown()).toEqual([
      '12:00:00.000 abcdef01  internal a  12 ms',
      '12:00:00.002 abcdef01    internal b  12 ms',
      '12:00:00.003 abcdef01      internal c  12 ms',
      '12:00:00.005 abcdef01    internal d  12 ms',
    ]);
    vi.advanceTimersByTime(10_000);
    expect(shown()).toEqual([]);
  });

  test('whose parent is in another process are the first here', () => {
    span({ id: 'b', parent: 'a' });
    span({ id: 'other', parent: 'x' });
    span({ id: 'a', parent: 'far', isRemote: true });
    expect(shown().map((line) => line.slice(23))).toEqual(['internal a  12 ms', '  internal b  12 ms']);
    terminal.exporter.flushAtExit?.();
    expect(shown().map((line) => line.slice(23))).toEqual(['  internal other  12 ms']);
  });

  test('do not wait for long, nor in any number', () => {
    span({ id: 'b', parent: 'a' });
    vi.advanceTimersByTime(2000);
    expect(shown()).toEqual(['12:00:00.000 abcdef01    internal b  12 ms']);
    for (let i = 0; i < 1000; i++) span({ id: String(i), parent: 'a', trace: `trace ${i >> 1}` });
    expect(shown()).toHaveLength(0);
    span({ id: 'one more', parent: 'a', trace: 'last' });
    expect(shown()).toHaveLength(2);
  });

  test('that are their own ancestors end all the same', () => {
    span({ id: 'a', parent: 'b' });
    span({ id: 'b', parent: 'a' });
    span({ id: 'a' });
    expect(shown()).toHaveLength(2 + 1);
  });

  const checkLine = (what: string, more: Partial<SpanMessage>, expected: readonly string[]): void =>
    test(`${what} show it`, () => {
      span({ id: 'a', more });
      expect(shown().map((line) => line.slice(23))).toEqual(expected);
    });
  const having = (attributes: Attributes): Partial<SpanMessage> => ({ attributes: attributesOf(attributes) as never });

  checkLine('of a kind', { kind: 2 }, ['server a  12 ms']);
  checkLine('that are well', { status: { code: 1 } }, ['internal a  12 ms  ok']);
  checkLine('that failed', { status: { code: 2 } }, ['internal a  12 ms  error']);
  checkLine('that failed for a reason', { status: { code: 2, message: 'no\nbeast' } }, [
    String.raw`internal a  12 ms  error: no\nbeast`,
  ]);
  checkLine('with a code', having({ 'http.response.status_code': 200 }), ['internal a  12 ms  200']);
  checkLine(
    'that failed with a code',
    { ...having({ 'http.response.status_code': 503, 'error.type': '503' }), status: { code: 2 } },
    ['internal a  12 ms  503 error'],
  );
  checkLine('that failed of a kind', { ...having({ 'error.type': 'ECONNREFUSED' }), status: { code: 2 } }, [
    'internal a  12 ms  error: ECONNREFUSED',
  ]);
  checkLine('with attributes', having({ a: 1, b: 'two words', c: '', 'network.protocol.version': '1.1' }), [
    'internal a  12 ms  a=1 b="two words" c=""',
  ]);
  checkLine('with events', { events: [{ timeUnixNano: at(1), name: 'paid', attributes: attributesOf({ euros: 7 }) as never }] }, [
    'internal a  12 ms',
    '· paid euros=7',
  ]);
  checkLine(
    'with an exception',
    {
      events: [
        { timeUnixNano: at(1), name: 'exception', attributes: attributesOf({ 'exception.stacktrace': 'E: x\n\tat y' }) as never },
      ],
    },
    ['internal a  12 ms', 'E: x', '  at y'],
  );
  checkLine('with what could move the cursor', { name: '\u001B[2Jx\u0007' }, [String.raw`internal \x1b[2Jx\x07  12 ms`]);
});

describe('log records', () => {
  const log = (record: object): string[] => {
    push('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: at(7), ...record }] }] }] });
    return shown();
  };

  test.each([
    [{ severityText: 'WARN', severityNumber: 13 }, '12:00:00.007           WARN   hi'],
    [{ severityNumber: 17, traceId: 'abcdef0123' }, '12:00:00.007 abcdef01  ERROR  hi'],
    [{ severityNumber: 12 }, '12:00:00.007           INFO   hi'],
    [{ attributes: attributesOf({ a: 1 }) }, '12:00:00.007                  hi  a=1'],
    [{ eventName: 'paid' }, '12:00:00.007                  paid  hi'],
  ])('%j have level, trace and what they say', (record, expected) => {
    expect(log({ body: { stringValue: 'hi' }, ...record })).toEqual([expected]);
  });

  test('of exceptions have the stack below, without what stands above', () => {
    const stack = 'RangeError: out\n    at shop\ncaused by x';
    const attributes = attributesOf({ 'exception.type': 'RangeError', 'exception.stacktrace': stack, shelf: 7 });
    expect(log({ eventName: 'exception', severityText: 'ERROR', body: { stringValue: 'RangeError: out' }, attributes })).toEqual([
      '12:00:00.007           ERROR  RangeError: out  shelf=7',
      `${' '.repeat(23)}    at shop`,
      `${' '.repeat(23)}caused by x`,
    ]);
  });

  test('of several lines, or of structure, can be read', () => {
    const body = { kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '1' }, {}] } } }] } };
    expect(log({ body })).toEqual(['12:00:00.007                  {a=[1, ]}']);
    expect(log({ body: { stringValue: 'one\ntwo' } }).at(1)).toBe(`${' '.repeat(23)}two`);
  });
});

test('metrics are a table, in the units that people read', () => {
  const point = (value: object, attributes: Attributes = {}): object => ({ ...value, attributes: attributesOf(attributes) });
  const metrics = [
    { name: 'heap', unit: 'By', gauge: { dataPoints: [point({ asInt: '1536' }, { space: 'new' })] } },
    { name: 'delay', unit: 's', gauge: { dataPoints: [point({ asDouble: 0.0021 }), point({ asDouble: 'NaN' })] } },
    { name: 'requests', unit: '{request}', sum: { dataPoints: [point({ asInt: '12345' })] } },
    { name: 'duration', unit: 's', histogram: { dataPoints: [point({ count: '2', sum: 0.5, max: 1.25 })] } },
  ];
  push('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  expect(shown()).toEqual([
    '12:00:00.000           metrics',
    '  delay     2.1 ms',
    '  delay     NaN',
    '  duration  2 × mean 250 ms max 1.25 s',
    '  heap      1.5 KiB                     space=new',
    '  requests  12345',
  ]);
  const many = Array.from({ length: 63 }, () => metrics[2]);
  push('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: many }] }] });
  expect(shown().slice(-2)).toEqual(['  requests  12345', '  and 3 more']);
  push('metrics', { resourceMetrics: [] });
  expect(shown()).toEqual([]);
});

describe('the kit itself', () => {
  const facts = { kit: 'kit 1', service: 'shop', watched: ['HTTP', 'gRPC'] };
  const environment = {
    SONDE_DEBUG: '1',
    SONDE_FILES: '/f',
    SONDE_FILES_INTERVAL: '0',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:secret@sonde:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    SONDE_IGNORED_PATHS: '/health',
  };

  test('says at the start where what goes, without passwords', () => {
    terminal.tellStart({ settings: readSettings({}, environment), ...facts });
    const lines = shown();
    expect(lines.join('\n')).not.toContain('secret');
    expect(lines.map((line) => line.slice(23))).toEqual([
      `kit 1 in shop, process ${process.pid}, Node ${process.versions.node}`,
      '  traces: http/protobuf with gzip to http://…@sonde:4318/v1/traces every 5 s',
      '  logs: not sent',
      '  metrics: http/protobuf with gzip to http://…@sonde:4318/v1/metrics every 15 s',
      '  files: /f, each record at once, 5 of 64 MiB for each signal',
      '  sampler: ParentBased{root=AlwaysOn}',
      '  propagators: tracecontext, baggage',
      '  watched: HTTP, gRPC',
      '  ignored paths: /health',
    ]);
  });

  const transportOf = (outcome: Outcome, isSentAtExit = true): Transport => ({
    send: () => Promise.resolve(outcome),
    sendAtExit: () => isSentAtExit,
    close: () => undefined,
  });

  test.each<[Outcome, string]>([
    [{ kind: 'sent' }, 'traces: 2 KiB sent after 0 µs'],
    [{ kind: 'refused', why: 'http://x answered 400' }, 'traces: 2 KiB refused (http://x answered 400) after 0 µs'],
    [{ kind: 'later', why: 'http://x answered 503' }, 'traces: 2 KiB not sent yet (http://x answered 503) after 0 µs'],
  ])('says what became of a request: %j', async (outcome, expected) => {
    expect(await terminal.watched(transportOf(outcome)).send('traces', new Uint8Array(2048))).toBe(outcome);
    expect(shown()).toEqual([`12:00:00.000           ${expected}`]);
  });

  test.each([
    [true, 'sent'],
    [false, 'perhaps not sent'],
  ])('says what became of the last requests: %s', (isSent, expected) => {
    const transport = terminal.watched(transportOf({ kind: 'sent' }, isSent));
    expect(transport.sendAtExit?.([{ signal: 'logs', body: new Uint8Array(10) }])).toBe(isSent);
    expect(shown()).toEqual([`12:00:00.000           logs: 10 B ${expected} as the process exits`]);
  });

  test('is silent when only signals are asked for', async () => {
    make(false, false);
    terminal.tellStart({ settings: readSettings({}, environment), ...facts });
    const transport = transportOf({ kind: 'sent' });
    expect([terminal.watched(transport) === transport, shown()]).toEqual([true, []]);
  });
});

test('what cannot be shown is counted, and the application goes on', () => {
  const destination = terminal.exporter.outlets.logs?.destination;
  destination?.push(Buffer.from('{"resourceLogs":'), 1);
  push('logs', {});
  expect([destination?.counts, shown()]).toEqual([{ sent: 1, refused: 1, givenUp: 0 }, []]);
});

test('colours are for terminals alone', () => {
  span({ id: 'a', more: { status: { code: 2 } } });
  expect(stream.text).not.toContain('\u001B');
  make(true);
  span({ id: 'a', more: { status: { code: 2 } } });
  expect(stream.text).toContain('\u001B[31merror\u001B[0m');
});

test('who stops reading does no harm, until the end', () => {
  expect(() => stream.emit('error', new Error('EPIPE'))).not.toThrow();
  terminal.exporter.close();
  expect(stream.listenerCount('error')).toBe(0);
});

test.each([
  [durationText(0.0004), '0 µs'],
  [durationText(0.34), '340 µs'],
  [durationText(12.345), '12.3 ms'],
  [durationText(1234), '1.23 s'],
  [durationText(119_700), '2 min 0 s'],
  [bytesText(0), '0 B'],
  [bytesText(1000), '1000 B'],
  [bytesText(5 << 20), '5 MiB'],
  [oneLine('abcdef', 4), 'abc…'],
])('%s reads as %s', (text, expected) => expect(text).toBe(expected));

import { SpanKind, SpanStatusCode, createTraceState } from '@opentelemetry/api';
import type { Attributes, Link, SpanContext } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { RecordedSpan, exceptionAttributes, idsOf } from './span.ts';
import type { SpanLimits } from './span.ts';

const limits: SpanLimits = {
  attributesMax: 3,
  attributeLengthMax: Infinity,
  eventsMax: 2,
  linksMax: 2,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};

interface Started {
  readonly span: RecordedSpan;
  readonly ended: readonly RecordedSpan[];
}

function started(more: Partial<SpanLimits> & { readonly isSampled?: boolean; readonly traceState?: string } = {}): Started {
  const { isSampled = true, traceState = '', ...own } = more;
  const ended: RecordedSpan[] = [];
  const sink = { limits: { ...limits, ...own }, spanEnded: (span: RecordedSpan) => ended.push(span) };
  const scope = { name: 'shop', version: '', schemaUrl: '' };
  const start = { sink, scope, name: 'pay', kind: SpanKind.CLIENT, parent: undefined, isSampled, traceState, startMs: 1000 };
  return { span: new RecordedSpan(start, { trace0: 1, trace1: 0x2345_6789, trace2: -1, trace3: 0 }), ended };
}

const attributesOf = ({ attributes = [] }: RecordedSpan): [unknown, unknown][] =>
  Array.from({ length: attributes.length / 2 }, (_, i) => [attributes[i * 2], attributes[i * 2 + 1]]);
const link: Link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } };

describe('a span', () => {
  test('has the ids of its trace, and one of its own', () => {
    const { span } = started();
    expect(span.spanContext()).toEqual({
      traceId: '0000000123456789ffffffff00000000',
      spanId: expect.stringMatching(/^[0-9a-f]{15}[13579bdf]$/),
      traceFlags: 1,
    });
    expect([span.traceId, span.spanId]).toEqual([span.spanContext().traceId, span.spanContext().spanId]);
    expect(started().span.spanId).not.toBe(span.spanId);
  });

  test('passes on the tracestate and that it is not sampled', () => {
    const context = started({ isSampled: false, traceState: 'a=1,b=2' }).span.spanContext();
    expect([context.traceFlags, context.traceState?.serialize()]).toEqual([0, 'a=1,b=2']);
  });

  test('is given away once, as it ends', () => {
    const { span, ended } = started();
    expect(span.isRecording()).toBe(true);
    span.end([5, 500_000]);
    span.end([6, 0]);
    expect([ended.length, ended[0] === span, span.endMs, span.isRecording()]).toEqual([1, true, 5000.5, false]);
  });

  test('never ends before it starts', () => {
    const { span } = started();
    span.end([0, 999]);
    expect(span.endMs).toBe(1000);
  });

  test('that is not sampled records nothing, and still ends', () => {
    const { span, ended } = started({ isSampled: false });
    recordAll(span);
    expect([span.isRecording(), span.attributes, span.extras, span.statusCode]).toEqual([false, undefined, undefined, 0]);
    span.end();
    expect(ended.length).toBe(1);
  });

  test('records nothing after its end', () => {
    const { span } = started();
    span.end();
    recordAll(span);
    expect([span.name, span.attributes, span.extras, span.statusCode]).toEqual(['pay', undefined, undefined, 0]);
  });

  test('takes another name', () => expect(started().span.updateName('refund').name).toBe('refund'));

  test('is not thrown off by what JavaScript passes for nothing', () => {
    const { span } = started();
    const nothing = undefined as unknown as Attributes & Link[];
    expect(() => span.setAttributes(nothing).addLinks(nothing).setAttributes({ a: 1 })).not.toThrow();
    expect(attributesOf(span)).toEqual([['a', 1]]);
  });

  test('has attributes in each event, whatever JavaScript passes for them', () => {
    const { span } = started();
    span.addEvent('e', null as unknown as Attributes, [1, 0]);
    expect(span.extras?.events).toEqual([{ name: 'e', timeMs: 1000, attributes: {} }]);
  });
});

function recordAll(span: RecordedSpan): void {
  span.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('e').addLink(link).setStatus({ code: SpanStatusCode.ERROR });
  span.recordException(new Error('no'));
  if (!span.isSampled) return;
  span.updateName('other');
}

describe('attributes', () => {
  function check(what: string, set: (span: RecordedSpan) => void, expected: [unknown, unknown][], dropped = 0): void {
    test(`that ${what}`, () => {
      const { span } = started();
      set(span);
      expect([attributesOf(span), span.extras?.droppedAttributes ?? 0]).toEqual([expected, dropped]);
    });
  }

  check('come after others stand after them', (span) => span.setAttributes({ b: 1, a: [2] }), [
    ['b', 1],
    ['a', [2]],
  ]);
  check(
    'come again are replaced where they stand',
    (span) => span.setAttribute('a', 1).setAttribute('b', 2).setAttribute('a', 3),
    [
      ['a', 3],
      ['b', 2],
    ],
  );
  check('have no key or no value are none', (span) => span.setAttribute('', 1).setAttributes({ a: undefined }), []);
  check(
    'are over the limit are counted, and those within can still change',
    (span) => span.setAttributes({ a: 1, b: 2, c: 3, d: 4, e: 5 }).setAttribute('c', 6),
    [
      ['a', 1],
      ['b', 2],
      ['c', 6],
    ],
    2,
  );
  check(
    'are the kit’s own come on top of the limit',
    (span) => {
      span.setAttributes({ a: 1, b: 2, c: 3 });
      span.add('d', 4);
    },
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ],
  );
});

describe('events', () => {
  test('keep their time and attributes', () => {
    const { span } = started();
    span.addEvent('a', { x: 1 }, new Date(2000)).addEvent('b', [3, 500_000]);
    expect(span.extras?.events).toEqual([
      { name: 'a', timeMs: 2000, attributes: { x: 1 } },
      { name: 'b', timeMs: 3000.5, attributes: {} },
    ]);
  });

  test('without a time are of now', () => {
    const { span } = started();
    const before = Date.now();
    span.addEvent('a');
    expect(Math.abs((span.extras?.events[0]?.timeMs ?? 0) - before)).toBeLessThan(1000);
  });

  function check(eventsMax: number, kept: string[], dropped: number): void {
    test(`with room for ${eventsMax} are the newest, and ${dropped} are counted`, () => {
      const { span } = started({ eventsMax });
      for (const name of ['a', 'b', 'c', 'd']) span.addEvent(name);
      expect([span.extras?.events.map(({ name }) => name), span.extras?.droppedEvents]).toEqual([kept, dropped]);
    });
  }

  check(5, ['a', 'b', 'c', 'd'], 0);
  check(4, ['a', 'b', 'c', 'd'], 0);
  check(2, ['c', 'd'], 2);
  check(1, ['d'], 3);
  check(0, [], 4);
});

test('links over the limit are counted', () => {
  const { span } = started();
  const links = ['a', 'b', 'c', 'd'].map((name) => ({ ...link, attributes: { name } }));
  span.addLinks(links);
  expect([span.extras?.links, span.extras?.droppedLinks]).toEqual([links.slice(0, 2), 2]);
});

describe('the status', () => {
  const { UNSET, OK, ERROR } = SpanStatusCode;

  function check(what: string, codes: [code: SpanStatusCode, message?: string][], expected: [SpanStatusCode, string]): void {
    test(`that ${what}`, () => {
      const { span } = started();
      for (const [code, message] of codes) span.setStatus(message === undefined ? { code } : { code, message });
      expect([span.statusCode, span.statusMessage]).toEqual(expected);
    });
  }

  check('was never set is unset', [], [UNSET, '']);
  check('is a failure has a message', [[ERROR, 'no']], [ERROR, 'no']);
  check(
    'is set to two failures is the last',
    [
      [ERROR, 'no'],
      [ERROR, 'never'],
    ],
    [ERROR, 'never'],
  );
  check('is set cannot be unset', [[ERROR, 'no'], [UNSET]], [ERROR, 'no']);
  check('is OK has no message', [[OK, 'fine']], [OK, '']);
  check('becomes OK after a failure is OK', [[ERROR, 'no'], [OK]], [OK, '']);
  check('is OK is final', [[OK], [ERROR, 'no']], [OK, '']);
});

describe('an exception', () => {
  test('is an event of the span', () => {
    const { span } = started();
    const error = new RangeError('too far');
    span.recordException(error, [2, 0]);
    expect(span.extras?.events).toEqual([
      {
        name: 'exception',
        timeMs: 2000,
        attributes: {
          'exception.type': 'RangeError',
          'exception.message': 'too far',
          'exception.stacktrace': error.stack,
        },
      },
    ]);
  });

  function check(what: string, exception: unknown, expected: Attributes): void {
    test(`that is ${what} says what it can`, () => {
      const { 'exception.stacktrace': _, ...rest } = exceptionAttributes(exception);
      expect(rest).toEqual(expected);
    });
  }

  check('a text', 'no', { 'exception.type': 'Error', 'exception.message': 'no' });
  check('a number', 4, { 'exception.type': 'number', 'exception.message': '4' });
  check('undefined', undefined, { 'exception.type': 'undefined', 'exception.message': 'undefined' });
  check('null', null, { 'exception.type': 'object', 'exception.message': 'null' });
  check('an object with a message', { message: 'no' }, { 'exception.message': 'no' });
  check('an object with nothing', {}, {});
  check('an error with a code', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), {
    'exception.type': 'ECONNREFUSED',
    'exception.message': 'no',
  });
  check('an error with a number', Object.assign(new Error('no'), { code: 42 }), {
    'exception.type': '42',
    'exception.message': 'no',
  });

  test('has its cause below its stack', () => {
    const cause = new Error('disk full');
    const error = new Error('not saved', { cause });
    expect(exceptionAttributes(error)['exception.stacktrace']).toBe(`${error.stack}\ncaused by ${cause.stack}`);
  });
});

describe('ids of a span context', () => {
  const context: SpanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const ids = {
    trace0: 0x0af7_6519,
    trace1: 0x16cd_43dd,
    trace2: 0x8448_eb21 | 0,
    trace3: 0x1c80_319c,
    span0: 0xb7ad_6b71 | 0,
    span1: 0x6920_3331,
    traceState: '',
    isSampled: true,
    isRemote: false,
  };

  function check(what: string, change: Partial<SpanContext>, expected: ReturnType<typeof idsOf>): void {
    test(`that ${what}`, () => expect(idsOf({ ...context, ...change })).toEqual(expected));
  }

  check('are valid are its words', {}, ids);
  check('are of another process say so', { isRemote: true }, { ...ids, isRemote: true });
  check('have a tracestate come with it', { traceState: createTraceState('a=1') }, { ...ids, traceState: 'a=1' });
  check('are of a span that is not sampled say so', { traceFlags: 2 }, { ...ids, isSampled: false });
  check('have a trace id of zeros are none', { traceId: '0'.repeat(32) }, undefined);
  check('have a span id of zeros are none', { spanId: '0'.repeat(16) }, undefined);
  check('have a short trace id are none', { traceId: '1'.repeat(31) }, undefined);
  check('have a long span id are none', { spanId: '1'.repeat(17) }, undefined);
  check('have a trace id that is no number are none', { traceId: `${'1'.repeat(31)}g` }, undefined);
  check('have a span id that is no number are none', { spanId: `-${'1'.repeat(15)}` }, undefined);
  check(
    'have zeros in all words but one are valid',
    { traceId: '1'.padStart(32, '0'), spanId: '1'.padEnd(16, '0') },
    {
      ...ids,
      trace0: 0,
      trace1: 0,
      trace2: 0,
      trace3: 1,
      span0: 0x1000_0000,
      span1: 0,
    },
  );
});

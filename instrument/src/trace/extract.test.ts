import { ROOT_CONTEXT, propagation } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { extractFrom, readTraceparent } from './extract.ts';
import type { Headers } from './extract.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;
const ids = {
  trace0: 0x0af7_6519,
  trace1: 0x16cd_43dd,
  trace2: 0x8448_eb21 | 0,
  trace3: 0x1c80_319c,
  span0: 0xb7ad_6b71 | 0,
  span1: 0x6920_3331,
  traceState: '',
  isSampled: true,
  isRemote: true,
};

describe('a traceparent', () => {
  test('has the ids of the parent', () => expect(readTraceparent(traceparent, undefined)).toEqual(ids));

  test.each([
    ['of a trace that is not sampled', `00-${traceId}-${spanId}-00`, false],
    ['with flags that are not known', `00-${traceId}-${spanId}-ff`, true],
    ['with the flag of random ids alone', `00-${traceId}-${spanId}-02`, false],
    ['of a later version', `01-${traceId}-${spanId}-01`, true],
    ['of a later version with more behind it', `01-${traceId}-${spanId}-01-what-comes`, true],
    ['of the last version', `fe-${traceId}-${spanId}-01-`, true],
    ['with zeros in most of its ids', `00-${'1'.padStart(32, '0')}-${'1'.padEnd(16, '0')}-01`, true],
  ])('%s is valid', (_, text, isSampled) => expect(readTraceparent(text, undefined)?.isSampled).toBe(isSampled));

  test.each([
    ['that is empty', ''],
    ['of version ff', `ff-${traceId}-${spanId}-01`],
    ['of version ff with more behind it', `ff-${traceId}-${spanId}-01-x`],
    ['in upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['with a span id in upper case', `00-${traceId}-${spanId.toUpperCase()}-01`],
    ['with flags in upper case', `00-${traceId}-${spanId}-0A`],
    ['with a version in upper case', `0A-${traceId}-${spanId}-01`],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['with a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['that is too short', traceparent.slice(0, -1)],
    ['of version 00 with more behind it', `${traceparent}-x`],
    ['of version 00 with a space behind it', `${traceparent} `],
    ['of a later version that does not go on with a dash', `01-${traceId}-${spanId}-01x`],
    ['with letters that are no digits', `00-${'g'.repeat(32)}-${spanId}-01`],
    ['with other dashes', traceparent.replaceAll('-', '_')],
    ['with a version that is no number', `0x-${traceId}-${spanId}-01`],
    ['after a space', ` ${traceparent}`],
    ['that came twice', `${traceparent}, ${traceparent}`],
  ])('%s is not valid', (_, text) => expect(readTraceparent(text, 'a=1')).toBeUndefined());
});

describe('a tracestate', () => {
  const members = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}=${i}`);

  test.each<[string, string | string[] | undefined, string]>([
    ['that is absent', undefined, ''],
    ['that is empty', '', ''],
    ['with one member', 'a=1', 'a=1'],
    ['with spaces and empty members', ' a=1 ,, b=2 ,', 'a=1,b=2'],
    ['of several headers', ['a=1', 'b=2,c=3'], 'a=1,b=2,c=3'],
    ['of 32 members', members(32).join(','), members(32).join(',')],
    ['of 33 members', members(33).join(','), ''],
    ['of 33 members in several headers', members(33), ''],
  ])('%s counts as it should', (_, text, expected) =>
    expect(readTraceparent(traceparent, text)).toEqual({ ...ids, traceState: expected }),
  );
});

describe('headers', () => {
  beforeEach(() => {
    propagation.disable();
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
  });
  afterEach(() => propagation.disable());

  test.each<[string, Headers]>([
    ['without a trace', {}],
    ['with a tracestate alone', { tracestate: 'a=1' }],
    ['with a traceparent that is not valid', { traceparent: 'x', tracestate: 'a=1' }],
    ['with several of traceparent', { traceparent: [traceparent, traceparent] }],
  ])('%s give no parent and the root context', (_, headers) =>
    expect(extractFrom('w3c', headers)).toEqual({ parent: undefined, context: ROOT_CONTEXT }),
  );

  test('with a traceparent give a parent and the root context', () =>
    expect(extractFrom('w3c', { traceparent, tracestate: ['a=1', 'b=2'] })).toEqual({
      parent: { ...ids, traceState: 'a=1,b=2' },
      context: ROOT_CONTEXT,
    }));

  test('with baggage give a context that has it, and the parent', () => {
    const { parent, context } = extractFrom('w3c', { traceparent, tracestate: 'a=1', baggage: 'user=7,plan=a%20b' });
    expect(parent).toEqual({ ...ids, traceState: 'a=1' });
    expect(propagation.getBaggage(context)?.getAllEntries()).toEqual([
      ['user', { value: '7' }],
      ['plan', { value: 'a b' }],
    ]);
  });

  test('with baggage alone give a context that has it, and no parent', () => {
    const { parent, context } = extractFrom('w3c', { baggage: 'user=7' });
    expect(parent).toBeUndefined();
    expect(propagation.getBaggage(context)?.getEntry('user')?.value).toBe('7');
  });

  test('are read by another propagator when one is given, in whatever case it asks', () => {
    const propagator = new W3CTraceContextPropagator();
    expect(extractFrom(propagator, { traceparent, baggage: 'user=7' }).parent).toEqual(ids);
    const shouting = {
      fields: () => [],
      inject: () => {},
      extract: (...[context, carrier, getter]: Parameters<W3CTraceContextPropagator['extract']>) =>
        propagator.extract(
          context,
          { traceparent: getter.get(carrier, 'TraceParent') },
          { get: (from, key) => (from as Headers)[key], keys: () => [] },
        ),
    };
    expect(extractFrom(shouting, { traceparent }).parent).toEqual(ids);
  });
});

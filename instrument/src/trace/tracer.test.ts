import { ROOT_CONTEXT, SpanKind, createTraceState, trace } from '@opentelemetry/api';
import type { SpanContext, Tracer } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { describe, expect, test } from 'vitest';
import { activeContext, runIn, untraced } from './context.ts';
import { alwaysOff, alwaysOn, parentBased } from './sampling.ts';
import type { SampleQuestion, Sampler } from './sampling.ts';
import { RecordedSpan } from './span.ts';
import { parentIn, tracerProvider } from './tracer.ts';

const limits = {
  attributesMax: 8,
  attributeLengthMax: Infinity,
  eventsMax: 8,
  linksMax: 8,
  attributesPerEventMax: 8,
  attributesPerLinkMax: 8,
};
const remote: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
  traceState: createTraceState('ot=th:8,a=1'),
};

interface Made {
  readonly tracer: Tracer;
  readonly ended: readonly RecordedSpan[];
  readonly questions: readonly SampleQuestion[];
}

function made(inner: Sampler = parentBased(alwaysOn)): Made {
  const ended: RecordedSpan[] = [];
  const questions: SampleQuestion[] = [];
  const sampler: Sampler = {
    description: inner.description,
    usesAttributes: true,
    thresholdOf: (question) => {
      questions.push(question);
      return inner.thresholdOf(question);
    },
  };
  const tracing = { sampler, sink: { limits, spanEnded: (span: RecordedSpan) => ended.push(span) } };
  return { tracer: tracerProvider(tracing).getTracer('shop', '1.2', { schemaUrl: 'u' }), ended, questions };
}

const recorded = (span: unknown): RecordedSpan => {
  expect(span).toBeInstanceOf(RecordedSpan);
  return span as RecordedSpan;
};

test('a tracer is one for each name, version and schema', () => {
  const provider = tracerProvider({ sampler: alwaysOn, sink: { limits, spanEnded: () => {} } });
  const first = provider.getTracer('a', '1', { schemaUrl: 'u' });
  expect(provider.getTracer('a', '1', { schemaUrl: 'u' })).toBe(first);
  const others = [
    provider.getTracer('a', '1'),
    provider.getTracer('a'),
    provider.getTracer('a1'),
    provider.getTracer('a', '1', { schemaUrl: 'v' }),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

describe('a span that is started', () => {
  test('has what it was started with', () => {
    const { tracer, ended, questions } = made();
    const link = { context: remote };
    const span = recorded(
      tracer.startSpan('pay', { kind: SpanKind.CLIENT, attributes: { a: 1 }, links: [link], startTime: [5, 500_000] }),
    );
    expect(span).toMatchObject({
      name: 'pay',
      kind: SpanKind.CLIENT,
      startMs: 5000.5,
      attributes: ['a', 1],
      extras: { links: [link] },
      scope: { name: 'shop', version: '1.2', schemaUrl: 'u' },
    });
    expect(questions).toEqual([{ parent: undefined, name: 'pay', kind: SpanKind.CLIENT, attributes: { a: 1 } }]);
    span.end();
    expect(ended).toEqual([span]);
  });

  test('is internal and begins now unless it says otherwise', () => {
    const span = recorded(made().tracer.startSpan('pay'));
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(Math.abs(span.startMs - Date.now())).toBeLessThan(1000);
  });

  test('without a parent is a trace of its own', () => {
    const { tracer } = made();
    const [a, b] = [recorded(tracer.startSpan('a')), recorded(tracer.startSpan('b'))];
    expect(a.traceId).toMatch(/^[0-9a-f]{31}[13579bdf]$/);
    expect([a.parent, a.isSampled, a.traceState, a.traceId === b.traceId]).toEqual([undefined, true, 'ot=th:0', false]);
  });

  test('is a child of the span in the context that is given', () => {
    const { tracer } = made();
    const parent = recorded(tracer.startSpan('parent'));
    const child = recorded(tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent)));
    expect([child.traceId, child.parent, child.traceState]).toEqual([parent.traceId, parent, 'ot=th:0']);
    expect(child.spanId).not.toBe(parent.spanId);
  });

  test('is a child of the active span', () => {
    const { tracer } = made();
    const parent = recorded(tracer.startSpan('parent'));
    const child = runIn(trace.setSpan(ROOT_CONTEXT, parent), () => recorded(tracer.startSpan('child')));
    expect(child.parent).toBe(parent);
  });

  test('is a child of a span of another process', () => {
    const span = recorded(made().tracer.startSpan('child', {}, trace.setSpanContext(ROOT_CONTEXT, remote)));
    expect(span.traceId).toBe(remote.traceId);
    expect(span.spanContext()).toMatchObject({ traceId: remote.traceId, traceFlags: 1 });
    expect([span.parent?.isRemote, span.isRemote, span.spanContext().traceState?.serialize()]).toEqual([
      true,
      false,
      'ot=th:8,a=1',
    ]);
  });

  test('follows a parent that is not sampled', () => {
    const { tracer } = made();
    const context = trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags: 0 });
    const span = tracer.startSpan('child', {}, context);
    expect([span.isRecording(), span.spanContext().traceFlags, span.spanContext().traceId]).toEqual([false, 0, remote.traceId]);
  });

  test('is a root when it asks to be one', () => {
    const { tracer, questions } = made();
    const span = recorded(tracer.startSpan('root', { root: true }, trace.setSpanContext(ROOT_CONTEXT, remote)));
    expect([span.parent, questions[0]?.parent, span.traceId === remote.traceId]).toEqual([undefined, undefined, false]);
  });

  test('is a root when its parent’s ids are not valid', () => {
    const context = trace.setSpanContext(ROOT_CONTEXT, { ...remote, spanId: '0'.repeat(16) });
    expect(recorded(made().tracer.startSpan('root', {}, context)).parent).toBeUndefined();
  });

  test('keeps nothing when it is not sampled', () => {
    const span = recorded(made(alwaysOff).tracer.startSpan('pay', { attributes: { a: 1 }, links: [{ context: remote }] }));
    expect([span.isRecording(), span.attributes, span.extras]).toEqual([false, undefined, undefined]);
  });

  test('where tracing is suppressed records nothing, not even as it ends', () => {
    const { tracer, ended, questions } = made();
    const spans = [tracer.startSpan('a', {}, suppressTracing(ROOT_CONTEXT)), untraced(() => tracer.startSpan('b'))];
    for (const span of spans) {
      span.end();
      expect([span.isRecording(), span.spanContext().traceId]).toEqual([false, '0'.repeat(32)]);
    }
    expect([ended, questions]).toEqual([[], []]);
  });
});

describe('an active span', () => {
  test('is active in its function only, and returns what that returns', () => {
    const { tracer, ended } = made();
    const result = tracer.startActiveSpan('outer', (outer) => {
      expect(trace.getSpan(activeContext())).toBe(outer);
      const inner = tracer.startActiveSpan('inner', { kind: SpanKind.CLIENT }, (span) => recorded(span));
      expect([inner.parent, inner.kind]).toEqual([outer, SpanKind.CLIENT]);
      expect(trace.getSpan(activeContext())).toBe(outer);
      return 42;
    });
    expect([result, trace.getSpan(activeContext()), ended]).toEqual([42, undefined, []]);
  });

  test('starts in the context that is given', () => {
    const { tracer } = made();
    const key = Symbol('key');
    const context = trace.setSpanContext(ROOT_CONTEXT, remote).setValue(key, 'value');
    tracer.startActiveSpan('child', {}, context, (span) => {
      expect([recorded(span).traceId, activeContext().getValue(key)]).toEqual([remote.traceId, 'value']);
    });
  });

  test('lets through what its function throws', () => {
    const { tracer } = made();
    expect(() =>
      tracer.startActiveSpan('a', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(trace.getSpan(activeContext())).toBeUndefined();
  });

  test('stays active across awaits', async () => {
    const { tracer } = made();
    const children = await tracer.startActiveSpan('parent', async (parent) => {
      await new Promise((resolve) => setImmediate(resolve));
      const one = recorded(tracer.startSpan('one'));
      await Promise.resolve();
      return [one.parent, recorded(tracer.startSpan('two')).parent, parent];
    });
    expect(new Set(children).size).toBe(1);
  });
});

test('the parent in a context is its span, or the ids of whatever span it has', () => {
  expect(parentIn(ROOT_CONTEXT)).toBeUndefined();
  const span = recorded(made().tracer.startSpan('a'));
  expect(parentIn(trace.setSpan(ROOT_CONTEXT, span))).toBe(span);
  expect(parentIn(trace.setSpanContext(ROOT_CONTEXT, remote))).toMatchObject({ isRemote: true, traceState: 'ot=th:8,a=1' });
  expect(parentIn(suppressTracing(ROOT_CONTEXT))).toBeUndefined();
});

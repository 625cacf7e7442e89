import { EventEmitter } from 'node:events';
import { ROOT_CONTEXT, createContextKey, propagation, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { RPCType, getRPCMetadata, isTracingSuppressed, setRPCMetadata } from '@opentelemetry/core';
import { describe, expect, test } from 'vitest';
import { ActiveContexts, RequestContext, activeContext, enterContext, runIn, untraced, withSpan } from './context.ts';
import type { RequestMetadata } from './context.ts';

const key = createContextKey('test');
const other = createContextKey('other');
const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
const context = ROOT_CONTEXT.setValue(key, 'value');
const active = (): unknown => activeContext().getValue(key);

describe('the active context', () => {
  test('is the root one at first', () => expect(activeContext()).toBe(ROOT_CONTEXT));

  test('is the given one while a function runs, and what was before it afterwards', () => {
    const seen = runIn(context, () => [active(), runIn(ROOT_CONTEXT, active), active()]);
    expect([seen, active()]).toEqual([['value', undefined, 'value'], undefined]);
  });

  test.each<[string, (then: () => void) => void]>([
    ['a promise', (then) => void Promise.resolve().then(then)],
    ['setTimeout', (then) => setTimeout(then, 1)],
    ['setImmediate', (then) => setImmediate(then)],
    ['nextTick', (then) => process.nextTick(then)],
    ['queueMicrotask', (then) => queueMicrotask(then)],
  ])('comes along through %s', async (_, later) => {
    const seen = await runIn(context, () => new Promise((resolve) => later(() => resolve(active()))));
    expect(seen).toBe('value');
  });

  test('stays apart in what runs at the same time', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((value) =>
        runIn(ROOT_CONTEXT.setValue(key, value), async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          return active();
        }),
      ),
    );
    expect(seen).toEqual(['a', 'b']);
  });

  test('can be entered for the rest of what runs, and for nothing beside it', async () => {
    const inside = await new Promise((resolve) => {
      setImmediate(() => {
        enterContext(context);
        setImmediate(() => resolve(active()));
      });
    });
    expect([inside, active()]).toEqual(['value', undefined]);
  });

  test('suppresses tracing where nothing is to be traced', () => {
    expect(untraced(() => isTracingSuppressed(activeContext()))).toBe(true);
    expect(runIn(context, () => untraced(active))).toBeUndefined();
    expect(isTracingSuppressed(activeContext())).toBe(false);
  });
});

describe('the context manager of the API', () => {
  const manager = new ActiveContexts().enable();

  test('has the same active context', () => {
    expect(runIn(context, () => manager.active())).toBe(context);
    expect(manager.with(context, activeContext)).toBe(context);
  });

  test('passes on this, arguments and the result', () => {
    function sum(this: { readonly base: number }, a: number, b: number): number {
      return this.base + a + b;
    }
    expect(manager.with(context, sum, { base: 1 }, 2, 3)).toBe(6);
  });

  test('binds a function to a context', () => {
    const bound = manager.bind(context, (more: string) => [active(), more]);
    expect([bound('x'), runIn(ROOT_CONTEXT.setValue(key, 'else'), () => bound('y')), active()]).toEqual([
      ['value', 'x'],
      ['value', 'y'],
      undefined,
    ]);
  });

  test('binds listeners of an event emitter to a context', () => {
    const emitter = manager.bind(context, new EventEmitter());
    const seen: unknown[] = [];
    const listener = (): unknown => seen.push(active());
    emitter.on('event', listener).once('event', () => seen.push(active()));
    emitter.emit('event');
    emitter.removeListener('event', listener);
    emitter.emit('event');
    expect([seen, active()]).toEqual([['value', 'value'], undefined]);
  });

  test('gives what is neither function nor emitter back as it is', () => {
    const value = { a: 1 };
    expect(manager.bind(context, value)).toBe(value);
  });

  test('is the root context again once it is switched off, and works when it is used anew', () => {
    const seen = manager.with(context, () => {
      manager.disable();
      return active();
    });
    expect([seen, manager.with(context, active)]).toEqual([undefined, 'value']);
  });
});

describe('a context', () => {
  const metadata: RequestMetadata = {
    type: 'http',
    span: Object.assign(span, { traceId: '' }),
    requestId: undefined,
    caller: undefined,
  };

  function check(what: string, make: (parent: Context) => Context): void {
    test(`${what} has its own values and those of its parent`, () => {
      const parent = make(context);
      const child = parent.setValue(other, 1);
      expect([child.getValue(key), child.getValue(other), parent.getValue(other)]).toEqual(['value', 1, undefined]);
      const grandchild = child.setValue(other, 2).setValue(key, 'new');
      expect([grandchild.getValue(key), grandchild.getValue(other), child.getValue(key)]).toEqual(['new', 2, 'value']);
      const without = grandchild.deleteValue(other).deleteValue(key);
      expect([without.getValue(key), without.getValue(other), grandchild.getValue(other)]).toEqual([undefined, undefined, 2]);
      expect(parent.deleteValue(key).getValue(key)).toBeUndefined();
    });
  }

  check('of a span', (parent) => withSpan(parent, span));
  check('of a request', (parent) => new RequestContext(parent, metadata));

  test('with a span is as the API makes it', () => {
    const child = withSpan(context, span);
    expect([trace.getSpan(child), trace.getSpan(context), child.getValue(key)]).toEqual([span, undefined, 'value']);
    expect(trace.getSpan(trace.deleteSpan(child))).toBeUndefined();
    const second = trace.wrapSpanContext({ ...span.spanContext(), spanId: '3'.repeat(16) });
    expect(trace.getSpan(trace.setSpan(child, second))).toBe(second);
    expect(trace.getSpan(withSpan(child, second))).toBe(second);
  });

  test('of a request has its span and its metadata, for frameworks to say the route', () => {
    const request = new RequestContext(context, metadata);
    expect(trace.getSpan(request)).toBe(span);
    const found = getRPCMetadata(request);
    expect(found).toBe(metadata);
    if (found !== undefined) found.route = '/users/:id';
    expect(metadata.route).toBe('/users/:id');
  });

  test('of a request passes both on to its children, until they set others', () => {
    const request = new RequestContext(context, metadata);
    const child = propagation.setBaggage(request, propagation.createBaggage({ user: { value: '7' } }));
    expect([trace.getSpan(child), getRPCMetadata(child)]).toEqual([span, metadata]);
    const others = { type: RPCType.HTTP, span } as const;
    expect(getRPCMetadata(setRPCMetadata(child, others))).toBe(others);
    expect(getRPCMetadata(child)).toBe(metadata);
    expect(propagation.getBaggage(child)?.getEntry('user')?.value).toBe('7');
  });
});

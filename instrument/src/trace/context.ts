/**
 * The active context: OpenTelemetry's context manager over Node's AsyncLocalStorage, and contexts that are a chain of single values.
 * A request has one object more than without them, where the API's own copies a map.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, createContextKey, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const storage = new AsyncLocalStorage<Context>();

/** The key under which the API keeps the active span: learnt from the API itself, which does not export it. */
const spanKey: symbol = keyOf((probe) => trace.setSpan(probe, {} as Span));
/** The key under which frameworks' instrumentations look for the request's metadata, to say its route (`setRPCMetadata` of core). */
const rpcMetadataKey = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

function keyOf(set: (probe: Context) => unknown): symbol {
  let key: symbol | undefined;
  const probe: Context = {
    getValue: () => undefined,
    setValue: (name) => {
      key = name;
      return probe;
    },
    deleteValue: () => probe,
  };
  set(probe);
  if (key === undefined) throw new Error('impossible: setSpan of OpenTelemetry’s API sets no value');
  return key;
}

class LinkedContext implements Context {
  private readonly parent: Context;
  private readonly key: symbol;
  private readonly value: unknown;

  constructor(parent: Context, key: symbol, value: unknown) {
    this.parent = parent;
    this.key = key;
    this.value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.key ? this.value : this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LinkedContext(this, key, undefined);
  }
}

/** Who asks, as far as a service has made sure of it. */
export interface Caller {
  readonly id: string;
  readonly name?: string;
  readonly roles?: readonly string[];
}

/** What is known of a server's request: its span, its route once a framework has found it, who asks. */
export interface RequestMetadata {
  readonly type: 'http';
  readonly span: Span & { readonly traceId: string };
  route?: string | undefined;
  /** What its handler threw, where the framework tells. */
  error?: unknown;
  /** The id that it came with. */
  readonly requestId: string | undefined;
  /** Who asks, once the service knows. */
  caller: Caller | undefined;
  /** Nobody wants to read about it: neither span nor metrics are kept. Said by its handler. */
  leavesNoTrace?: boolean;
}

/** The context of a request that a server handles. */
export class RequestContext implements Context {
  readonly metadata: RequestMetadata;
  private readonly parent: Context;

  constructor(parent: Context, metadata: RequestMetadata) {
    this.parent = parent;
    this.metadata = metadata;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.metadata.span;
    return key === rpcMetadataKey ? this.metadata : this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LinkedContext(this, key, undefined);
  }
}

/** A context with a span, as `trace.setSpan` makes one, for less. */
export function withSpan(context: Context, span: Span): Context {
  return new LinkedContext(context, spanKey, span);
}

export function activeContext(): Context {
  return storage.getStore() ?? ROOT_CONTEXT;
}

export function runIn<T>(context: Context, run: () => T): T {
  return storage.run(context, run);
}

/** From here on, for the rest of the callback that Node is in and what it begins. */
export function enterContext(context: Context): void {
  storage.enterWith(context);
}

/** For `context.setGlobalContextManager`. Binding of functions and event emitters is OpenTelemetry's own. */
export class ActiveContexts extends AsyncLocalStorageContextManager {
  override active(): Context {
    return activeContext();
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return storage.run(context, () => fn.apply(thisArg, args));
  }

  override disable(): this {
    storage.disable();
    return this;
  }
}

const ownKey = createContextKey('@sonde/instrument: of the kit itself');
const ownContext = suppressTracing(new LinkedContext(ROOT_CONTEXT, ownKey, true));

/** Runs what is not to be traced: the kit's own requests. */
export function untraced<T>(run: () => T): T {
  return storage.run(ownContext, run);
}

/** Whether a context is that of the kit's own requests, or came from it. */
export function isOwn(context: Context): boolean {
  return context.getValue(ownKey) === true;
}

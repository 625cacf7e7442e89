/** What the kit knows of a library that talks to a database, beside what OpenTelemetry's instrumentation of it does. */
import type { Attributes } from '@opentelemetry/api';
import type { Instrumentation, PackagePatch } from '../modules/instrumentations.ts';
import type { Watchable } from '../settings.ts';
import type { Pools } from './pools.ts';

export interface DatabaseLibrary {
  readonly name: Watchable;
  /** Packages at whose loading the instrumentation is loaded. */
  readonly packages: readonly string[];
  /** Makes the instrumentation by a `require` that finds it. */
  readonly instrument: (require: (name: string) => unknown) => Instrumentation;
  /** What is patched besides, and before. */
  readonly patches?: (pools: Pools) => readonly PackagePatch[];
  /** Whether a span of this name is about what the library does for itself, such as connecting. */
  readonly isOwn: (spanName: string) => boolean;
  /** What a span that the instrumentation made is about. */
  readonly read: (spanName: string, attributes: Attributes) => Reading;
  /** Codes that the database itself answers with; others are those of the network and of the library. */
  readonly answerCodes?: RegExp;
  /** The same at the head of an error's message, where databases put it there. */
  readonly codeInMessage?: RegExp;
}

/** `connection`: getting one, from a pool or anew. `nothing`: tells nobody anything. */
export type Reading = Operation | 'connection' | 'nothing';

export interface Operation {
  readonly operation: string | undefined;
  readonly collection?: string | undefined;
  readonly summary?: string | undefined;
  /** Without values. */
  readonly text: string | undefined;
}

/** An attribute's value, if it is text. */
export function textOf(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === 'string' ? value : undefined;
}

/** A method of a prototype, as it is to be called. */
export type Method = (this: never, ...args: never[]) => unknown;

/** Puts another method in the place of one that the prototype itself has. */
export function replaceMethod(prototype: object, name: string, replace: (original: Method) => Method): void {
  const methods = prototype as Record<string, Method>;
  const original = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (original !== undefined) methods[name] = Object.assign(replace(original), { [replaced]: original });
}

/** Puts the original back, unless somebody else has replaced the method since. */
export function restoreMethod(prototype: object, name: string): void {
  const methods = prototype as Record<string, Method & { readonly [replaced]?: Method }>;
  const original = methods[name]?.[replaced];
  if (original !== undefined) methods[name] = original;
}

const replaced = Symbol('the method before');

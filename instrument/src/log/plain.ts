/**
 * What applications put into log records, as plain data that can be written anywhere: text, numbers, booleans, bytes, lists and
 * objects, bounded in depth and size, without circles, without what `Secrets` names. Reading a value may run code of the application
 * (getters, `toJSON`, proxies): it runs once, here, and what it throws is told in its place.
 */
import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { types } from 'node:util';
import { redacted } from './secrets.ts';
import type { Secrets } from './secrets.ts';

/** Values nested deeper than this are cut. */
const depthMax = 8;
/** Values within one record: a request object that is logged holds half of the process. Texts and bytes count by their length. */
const nodesMax = 4000;
const lengthPerNode = 256;
/** UTF-16 code units of one text, and bytes of one buffer. */
const lengthMax = 128 << 10;

const cut = '…';

interface Walk {
  readonly secrets: Secrets | undefined;
  /** The objects that the one at hand is in. */
  readonly above: object[];
  nodesLeft: number;
}

function walkWith(secrets: Secrets | undefined): Walk {
  return { secrets, above: [], nodesLeft: nodesMax };
}

/** Attributes as plain data: the object itself when it is that already. */
export function plainAttributes(attributes: AnyValueMap, secrets: Secrets | undefined): AnyValueMap {
  let copy: AnyValueMap | undefined;
  let walk: Walk | undefined;
  for (const key of Object.keys(attributes)) {
    const value: unknown = attributes[key];
    let one: AnyValue;
    if (value !== undefined && secrets?.has(key) === true) one = redacted;
    else if (isSmall(value)) continue;
    else one = plain(value, key, (walk ??= walkWith(secrets)));
    copy ??= { ...attributes };
    copy[key] = one;
  }
  return copy ?? attributes;
}

/** Any value as plain data. */
export function plainValue(value: unknown, secrets: Secrets | undefined): AnyValue {
  return isSmall(value) ? value : plain(value, '', walkWith(secrets));
}

/** What is plain data as it is, and next to nothing. */
function isSmall(value: unknown): value is string | number | boolean | null | undefined {
  if (typeof value === 'string') return value.length <= lengthPerNode;
  return typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null;
}

function plain(value: unknown, at: string, walk: Walk): AnyValue {
  walk.nodesLeft--;
  if (isSmall(value)) return value;
  if (typeof value === 'string') {
    const length = take(value.length, walk);
    return length === value.length ? value : value.slice(0, length) + cut;
  }
  if (typeof value === 'object') return plainObject(value, at, walk);
  if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  return typeof value === 'bigint' || typeof value === 'symbol' ? value.toString() : undefined;
}

/** How much of a text or buffer there is room for. */
function take(length: number, walk: Walk): number {
  const taken = Math.min(length, lengthMax, Math.max(0, walk.nodesLeft) * lengthPerNode);
  walk.nodesLeft -= Math.floor(taken / lengthPerNode);
  return taken;
}

function plainObject(value: object, at: string, walk: Walk): AnyValue {
  if (walk.above.includes(value)) return '[Circular]';
  if (walk.above.length >= depthMax || walk.nodesLeft <= 0) return cut;
  walk.above.push(value);
  try {
    return contents(value, at, walk);
  } catch (thrown) {
    return unreadable(thrown);
  } finally {
    walk.above.pop();
  }
}

function contents(value: object, at: string, walk: Walk): AnyValue {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, take(value.byteLength, walk));
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value, 0, take(value.byteLength, walk));
  if (Array.isArray(value) || types.isSet(value)) return plainItems(value, at, walk);
  if (types.isMap(value)) return plainEntries(value, at, walk);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (isError(value)) return plain(`${value.name}: ${value.message}`, at, walk);
  if (types.isRegExp(value)) return String(value);
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return plain(Reflect.apply(toJSON, value, [at]), at, walk);
  return plainEntries(keysOf(value), at, walk);
}

/** Errors of other realms, such as those of a test runner, too. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function plainItems(items: Iterable<unknown>, at: string, walk: Walk): AnyValue[] {
  const list: AnyValue[] = [];
  for (const item of items) {
    if (walk.nodesLeft <= 0) {
      list.push(cut);
      break;
    }
    list.push(plain(item, at, walk));
  }
  return list;
}

function plainEntries(entries: Iterable<[unknown, unknown]>, at: string, walk: Walk): AnyValueMap {
  const { secrets } = walk;
  const map: AnyValueMap = {};
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    if (walk.nodesLeft <= 0) {
      map[cut] = cut;
      break;
    }
    const key = typeof name === 'string' ? name : keyOf(plain(name, at, walk));
    const within = at === '' || secrets?.usesPaths !== true ? key : `${at}.${key}`;
    const one = secrets?.has(key, at) === true ? redacted : plain(value, within, walk);
    // `__proto__` as a key is a key like any other.
    if (key === '__proto__') Object.defineProperty(map, key, { value: one, enumerable: true });
    else map[key] = one;
  }
  return map;
}

/** Keys of maps may be anything. */
function keyOf(name: AnyValue): string {
  return typeof name === 'object' && name !== null ? JSON.stringify(name) : String(name);
}

function* keysOf(value: object): Generator<[string, unknown]> {
  for (const key of Object.keys(value)) yield [key, valueAt(value, key)];
}

function valueAt(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch (thrown) {
    return unreadable(thrown);
  }
}

function unreadable(thrown: unknown): string {
  return `(cannot be read: ${thrown instanceof Error ? thrown.message : typeof thrown})`;
}

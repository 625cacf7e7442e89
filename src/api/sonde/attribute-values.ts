/** Attributes as the engine keeps them (model/attributes.ts) back to the values that our JSON shows. */
import type { AttributeType, AttributeValue } from '../../model/attributes.ts';
import type { Attributes } from './contract.ts';

/** A Map column and its column of type letters, as rows give them. */
export type StoredAttributes = readonly (readonly [key: string, value: string])[];

/** OTLP JSON of an AnyValue, as the write path makes it: one field, or none for an empty value. */
interface JsonAnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly JsonAnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly JsonKeyValue[] };
}

interface JsonKeyValue {
  readonly key?: string;
  readonly value?: JsonAnyValue;
}

/** An object without a prototype, so that a key such as `__proto__` is a key. Of keys that repeat, the last one counts. */
export function decodeAttributes(entries: StoredAttributes, types: string): Attributes {
  const attributes: Record<string, AttributeValue> = Object.create(null);
  entries.forEach(([key, text], i) => (attributes[key] = decodeValue(text, types[i])));
  return attributes;
}

/** A stored text by its type letter. */
export function decodeValue(text: string, type: string | undefined): AttributeValue {
  switch (type as AttributeType | undefined) {
    case 'b':
      return text === 'true';
    case 'i':
      return integer(text);
    case 'd':
      return double(text);
    case 'a':
      return (JSON.parse(text) as JsonAnyValue[]).map(fromAnyValue);
    case 'm':
      return fromKeyValues(JSON.parse(text) as JsonKeyValue[]);
    case 'e':
      return null;
    case 's':
    case 'x':
    case undefined:
      return text;
  }
}

function fromAnyValue(value: JsonAnyValue): AttributeValue {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return integer(String(value.intValue));
  if (value.doubleValue !== undefined) return double(String(value.doubleValue));
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(fromAnyValue);
  if (value.kvlistValue !== undefined) return fromKeyValues(value.kvlistValue.values ?? []);
  return null;
}

function fromKeyValues(entries: readonly JsonKeyValue[]): AttributeValue {
  const object: { [key: string]: AttributeValue } = Object.create(null);
  for (const { key = '', value = {} } of entries) object[key] = fromAnyValue(value);
  return object;
}

/** A number when doubles hold it exactly, else its decimal text. */
function integer(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** A number, or the names of those that JSON has no numbers for. */
function double(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

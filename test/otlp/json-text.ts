/** Messages as JSON text, by the tables of a schema and in the forms that SDKs and collectors write. */
import { camelCase } from '../../src/codec/protobuf-schema.ts';
import type { ProtobufSchema } from '../../src/codec/protobuf-schema.ts';
import type { Message, Value } from './wire.ts';

export interface JsonForm {
  /** 64-bit integers in quotes, as the protobuf mapping has them, or bare, as some SDKs write them. */
  readonly longs: 'quoted' | 'bare';
  readonly names: 'camel' | 'original';
  readonly hex: 'lower' | 'upper';
  readonly base64: 'base64' | 'base64url';
  /** Enums by number, as the specification wants them, or by name. */
  readonly enums: 'number' | 'name';
  /** White space between all tokens. */
  readonly space: string;
}

/** What the protobuf mapping and OTLP's specification say. */
export const plainForm: JsonForm = {
  longs: 'quoted',
  names: 'camel',
  hex: 'lower',
  base64: 'base64',
  enums: 'number',
  space: '',
};

export function jsonText(schema: ProtobufSchema, type: string, message: Message, form: JsonForm = plainForm): string {
  const fields = Object.entries(message).map(([name, value]) => {
    const spec = schema.messages[type]?.[name];
    if (spec === undefined) throw new Error(`${type} has no field ${name}`);
    const [, fieldType, repeated] = spec;
    const items = repeated === undefined ? [value] : (value as readonly Value[]);
    const texts = items.map((item) => valueText(schema, fieldType, item, form));
    const text = repeated === undefined ? texts.join('') : sequence('[', texts, ']', form);
    return `"${form.names === 'camel' ? camelCase(name) : name}"${form.space}:${form.space}${text}`;
  });
  return sequence('{', fields, '}', form);
}

function sequence(open: string, items: readonly string[], close: string, { space }: JsonForm): string {
  return `${open}${space}${items.join(`${space},${space}`)}${space}${close}`;
}

function valueText(schema: ProtobufSchema, type: string, value: Value, form: JsonForm): string {
  if (type in schema.messages) return jsonText(schema, type, value as Message, form);
  if (typeof value === 'bigint') return form.longs === 'quoted' ? `"${value}"` : String(value);
  if (value instanceof Uint8Array) return JSON.stringify(bytesText(type, value, form));
  if (type === 'double') return doubleText(value as number);
  const values = schema.enums[type];
  if (values === undefined || form.enums === 'number') return JSON.stringify(value);
  const name = Object.keys(values).find((key) => values[key] === value);
  return JSON.stringify(name ?? value);
}

function bytesText(type: string, value: Uint8Array, form: JsonForm): string {
  if (type !== 'hex') return Buffer.from(value).toString(form.base64);
  const digits = Buffer.from(value).toString('hex');
  return form.hex === 'lower' ? digits : digits.toUpperCase();
}

function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

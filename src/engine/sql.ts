/**
 * SQL as a value: text with typed placeholders, and the values bound to them. User text only ever becomes a value; what is
 * spliced into the text are fragments of our own. A statement has placeholders as ClickHouse's `{name:Type}`, in the place of which
 * the embedded driver mostly writes literals (statement.ts).
 *
 *     const where = sql`service = ${text(name)} AND start_time >= ${time(fromNs)}`;
 *     const statement = sql`SELECT count() AS n FROM spans WHERE ${where}`;
 */
import { assert } from '../base/assert.ts';

/** Text with holes. */
export interface Sql {
  readonly parts: readonly string[];
  readonly holes: readonly (Sql | Bound)[];
}

/** A value to bind, with its engine type. The value is in the engine's text form, not yet escaped. */
export interface Bound {
  readonly type: string;
  readonly value: string | readonly string[];
}

/** What a driver sends: text with `{p0:Type}` placeholders, and the values by name. */
export interface Statement {
  readonly text: string;
  readonly parameters: ReadonlyMap<string, Bound>;
}

export function sql(parts: TemplateStringsArray, ...holes: readonly (Sql | Bound)[]): Sql {
  return { parts, holes };
}

/** A fragment of our own SQL text: never pass anything that came from outside. */
export function raw(ownText: string): Sql {
  return { parts: [ownText], holes: [] };
}

export function text(value: string): Bound {
  return { type: 'String', value };
}

export function texts(values: readonly string[]): Bound {
  return { type: 'Array(String)', value: values };
}

export function int(value: number | bigint): Bound {
  return { type: 'Int64', value: String(value) };
}

export function uint(value: number | bigint): Bound {
  return { type: 'UInt64', value: String(value) };
}

/** A list of whole numbers from 0 on. */
export function uints(values: readonly bigint[]): Bound {
  return { type: 'Array(UInt64)', value: values.map(String) };
}

export function double(value: number): Bound {
  return { type: 'Float64', value: Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf') };
}

/** A time in Unix nanoseconds, as a DateTime64(9, 'UTC') expression. */
export function time(ns: bigint): Sql {
  return sql`fromUnixTimestamp64Nano(${int(ns)}, 'UTC')`;
}

/**
 * An id given as hex text, to be compared with a FixedString of its length: a literal in the text, as hex says nothing else, and a
 * function of constants takes the engine longer to plan.
 */
export function id(hex: string): Sql {
  assert(/^(?:[0-9a-f]{2})+$/i.test(hex), 'an id is hex');
  return raw(`x'${hex}'`);
}

/** Joins fragments with a separator of our own; `empty` when there are none. */
export function join(fragments: readonly (Sql | Bound)[], separator: string, empty = ''): Sql {
  if (fragments.length === 0) return raw(empty);
  return { parts: ['', ...fragments.slice(1).map(() => separator), ''], holes: fragments };
}

/** Conditions joined with AND; `1` when there are none. */
export function and(conditions: readonly Sql[]): Sql {
  return join(
    conditions.map((condition) => sql`(${condition})`),
    ' AND ',
    '1',
  );
}

/** Flattens to text and parameters. */
export function toStatement(fragment: Sql): Statement {
  const parameters = new Map<string, Bound>();
  const write = (part: Sql | Bound): string => {
    if (!('parts' in part)) {
      const name = `p${parameters.size}`;
      parameters.set(name, part);
      return `{${name}:${part.type}}`;
    }
    let out = part.parts[0] ?? '';
    part.holes.forEach((hole, i) => (out += write(hole) + (part.parts[i + 1] ?? '')));
    return out;
  };
  return { text: write(fragment), parameters };
}

/** Conditions in SQL that several lists share. */
import type { Reader } from './reader.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { join, raw, sql, text, texts } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { attributeHashes } from '../../model/attributes.ts';
import type { AttributeFilter } from './parameters.ts';

/**
 * Rows that have the attribute, in any of its places when the key repeats. The index only narrows down where to look: two
 * pairs may have the same hash.
 */
export function hasAttribute(filter: AttributeFilter): Sql {
  const { key, value } = filter;
  return sql`indexHint(has(${raw(attributeHashes)}, cityHash64(${text(key)}, ${text(value)}))) AND ${hasEntry(filter)}`;
}

function hasEntry({ key, value }: AttributeFilter): Sql {
  return sql`arrayExists((k, v) -> k = ${text(key)} AND v = ${text(value)}, mapKeys(attributes), mapValues(attributes))`;
}

/**
 * Conditions on rows with attributes and a resource: each filter matches an attribute of the row or of its resource. Looks up
 * the resources first, so that the index over the rows serves where no resource has the attribute.
 */
export async function attributeConditions(
  reader: Reader,
  range: TimeRange | undefined,
  filters: readonly AttributeFilter[],
): Promise<readonly Sql[]> {
  return Promise.all(
    filters.map(async (filter) => {
      const found = await reader.rows<{ id: string }>(
        range,
        sql`SELECT DISTINCT id FROM resources WHERE ${hasEntry(filter)} LIMIT 100000`,
      );
      const own = hasAttribute(filter);
      if (found.length === 0) return own;
      return sql`(${own}) OR resource_id IN ${numbersIn(found.map(({ id }) => id))}`;
    }),
  );
}

/** The set of 64-bit numbers given as decimal texts, for `x IN`. */
export function numbersIn(decimals: readonly string[]): Sql {
  return sql`(SELECT toUInt64(arrayJoin(${texts(decimals)})))`;
}

/** The set of trace ids given as hex, for `trace_id IN`. */
export function traceIdsIn(hexes: readonly string[]): Sql {
  return sql`(SELECT toFixedString(unhex(arrayJoin(${texts(hexes)})), 16))`;
}

/** `column IN (…)` over texts. */
export function isOneOf(column: Sql, values: readonly string[]): Sql {
  return sql`${column} IN (${join(values.map(text), ', ')})`;
}

/** Text that a column contains, without regard to case. */
export function contains(column: Sql, part: string): Sql {
  const pattern = `%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return sql`${column} ILIKE ${text(pattern)}`;
}

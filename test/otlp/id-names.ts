/**
 * Ids as names made of what they identify: so that what is expected of a decoder knows nothing of how ids are hashed, and what is told
 * apart is all that is compared.
 */
import type { Row } from './rows.ts';

export type Entry = readonly [key: string, value: string, type: string];

/** Gives the rows of a decoder the same names for ids. Throws when two things share an id, or one thing has two. */
export function nameIds(rows: Record<string, Row[]>): Record<string, Row[]> {
  const names = new Map<string, string>();
  const nameOfId = (table: string, id: Row[string]): string => names.get(`${table} ${String(id)}`) ?? `unknown ${table}`;
  const named = (row: Row): Row => {
    const copy = { ...row };
    if ('resource_id' in copy) copy['resource_id'] = nameOfId('resources', row['resource_id']!);
    if ('scope_id' in copy) copy['scope_id'] = nameOfId('scopes', row['scope_id']!);
    if ('series_id' in copy) copy['series_id'] = nameOfId('series', row['series_id']!);
    return copy;
  };
  for (const table of ['resources', 'scopes', 'series']) {
    const idOfName = new Map<string, string>();
    for (const row of rows[table] ?? []) {
      const name = nameOf(table, named(row));
      const key = `${table} ${String(row['id'])}`;
      if ((names.get(key) ?? name) !== name) throw new Error(`two of ${table} share the id ${String(row['id'])}`);
      if ((idOfName.get(name) ?? key) !== key) throw new Error(`${name} has two ids`);
      names.set(key, name);
      idOfName.set(name, key);
    }
  }
  const entriesOf = Object.entries(rows).map(([table, list]): [string, Row[]] => [
    table,
    list.map((row) =>
      table === 'resources' || table === 'scopes' || table === 'series'
        ? { ...named(row), id: nameOfId(table, row['id']!) }
        : named(row),
    ),
  ]);
  return Object.fromEntries(entriesOf);
}

/** What a resource, scope or series is told apart by; the order of attributes does not count. */
export function nameOf(table: string, row: Row): string {
  const { id: _, day: __, service: ___, description: ____, metadata: _____, attributes, ...all } = row;
  // What follows from the rest.
  const { metric_id: ______, name, labels: _______, ...others } = all;
  const rest = table === 'series' || name === undefined ? others : { ...others, name };
  const set = (attributes as Entry[]).map((entry) => JSON.stringify(entry)).toSorted();
  return `${table} ${JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)))} ${set.join()}`;
}

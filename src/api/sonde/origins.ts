/**
 * Where telemetry comes from: resources and scopes by id. An id is a hash of the content and of the tenant, so what was read
 * once stays true, and is kept in memory up to a number of them; the least recently used goes first. The tenant is part of
 * the key all the same: a cache is no place to lean on hashes.
 */
import { sql } from '../../engine/sql.ts';
import { decodeAttributes } from './attribute-values.ts';
import type { StoredAttributes } from './attribute-values.ts';
import type { InstrumentationScope, Resource } from './contract.ts';
import { numbersIn } from './filters.ts';
import type { Reader } from './reader.ts';

const entriesMax = 10_000;
/** So that a statement stays short. */
const idsPerRead = 5000;

const noResource: Resource = { attributes: {}, droppedAttributes: 0, schemaUrl: '' };
const noScope: InstrumentationScope = { name: '', version: '', attributes: {}, droppedAttributes: 0, schemaUrl: '' };

interface ResourceRow {
  readonly id: string;
  readonly attributes: StoredAttributes;
  readonly types: string;
  readonly dropped: number;
  readonly schema_url: string;
}

interface ScopeRow extends ResourceRow {
  readonly name: string;
  readonly version: string;
}

/** What rows refer to; an id that is not stored gives an empty one. */
export interface OriginsOfRows {
  resource(id: string): Resource;
  scope(id: string): InstrumentationScope;
}

/** One per process. */
export class Origins {
  readonly #resources = new Map<string, Resource>();
  readonly #scopes = new Map<string, InstrumentationScope>();

  /** The resources and scopes that rows refer to. */
  async of(reader: Reader, rows: readonly { readonly resource_id: string; readonly scope_id: string }[]): Promise<OriginsOfRows> {
    const [resources, scopes] = await Promise.all([
      this.resources(reader, new Set(rows.map((row) => row.resource_id))),
      lookUp(this.#scopes, reader, new Set(rows.map((row) => row.scope_id)), readScopes),
    ]);
    return { resource: (id) => resources.get(id) ?? noResource, scope: (id) => scopes.get(id) ?? noScope };
  }

  /** Resources by id. */
  async resources(reader: Reader, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Resource>> {
    return lookUp(this.#resources, reader, ids, readResources);
  }
}

async function lookUp<V>(
  cache: Map<string, V>,
  reader: Reader,
  ids: ReadonlySet<string>,
  read: (reader: Reader, ids: readonly string[]) => Promise<ReadonlyMap<string, V>>,
): Promise<ReadonlyMap<string, V>> {
  const found = new Map<string, V>();
  const missing: string[] = [];
  for (const id of ids) {
    const value = touch(cache, keyOf(reader, id));
    if (value === undefined) missing.push(id);
    else found.set(id, value);
  }
  for (let at = 0; at < missing.length; at += idsPerRead) {
    for (const [id, value] of await read(reader, missing.slice(at, at + idsPerRead))) {
      found.set(id, value);
      keep(cache, keyOf(reader, id), value);
    }
  }
  return found;
}

function keyOf(reader: Reader, id: string): string {
  return `${id} ${reader.request.tenant}`;
}

function touch<V>(cache: Map<string, V>, key: string): V | undefined {
  const value = cache.get(key);
  if (value === undefined) return undefined;
  cache.delete(key);
  cache.set(key, value);
  return value;
}

function keep<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.set(key, value);
  if (cache.size <= entriesMax) return;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    return;
  }
}

async function readResources(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Resource>> {
  const rows = await reader.rows<ResourceRow>(
    undefined,
    sql`SELECT id, attributes, attributes_types AS types, dropped_attributes AS dropped, schema_url
      FROM resources WHERE id IN ${numbersIn(ids)} LIMIT 1 BY id`,
  );
  return new Map(rows.map((row) => [row.id, toResource(row)]));
}

async function readScopes(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, InstrumentationScope>> {
  const rows = await reader.rows<ScopeRow>(
    undefined,
    sql`SELECT id, name, version, attributes, attributes_types AS types, dropped_attributes AS dropped, schema_url
      FROM scopes WHERE id IN ${numbersIn(ids)} LIMIT 1 BY id`,
  );
  return new Map(rows.map((row) => [row.id, { name: row.name, version: row.version, ...toResource(row) }]));
}

function toResource({ attributes, types, dropped, schema_url }: ResourceRow): Resource {
  return { attributes: decodeAttributes(attributes, types), droppedAttributes: dropped, schemaUrl: schema_url };
}

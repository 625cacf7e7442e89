/**
 * Brings a store to the schema of this program, at every start: numbered steps, forward only, each noted in the table
 * `migrations` when it is done. A step is made of statements that are safe to run again, so a start that was interrupted is
 * simply repeated. Then the TTLs are brought to the retention settings, which costs no rewrite of data.
 */
import { SondeError } from '../base/errors.ts';
import { rollups } from '../model/rollups.ts';
import type { Engine } from './engine.ts';
import { createStatements, localName, storedTables, ttl } from './schema.ts';
import type { RetentionMs, SchemaOptions } from './schema.ts';
import { int, raw, sql, text } from './sql.ts';

export interface MigrateOptions {
  /** How long rows are kept, by signal. */
  readonly retentionMs: RetentionMs;
  /** Whether rows are on the disk itself before an insert returns: docs/decisions/durability.md. */
  readonly syncToDisk?: boolean;
}

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: (options: SchemaOptions) => readonly string[];
}

/**
 * Never change one that was released: add another. One that was not gets another name when it changes, by which data that
 * it made before is known.
 */
const migrations: readonly Migration[] = [
  { number: 1, name: 'first tables, spans with extra, packed buckets, points in blocks', statements: createStatements },
];

/** Throws `schema_too_new` when a newer program has changed the store, `schema_too_old` when one did from before the first release. */
export async function migrate(engine: Engine, { retentionMs, syncToDisk = false }: MigrateOptions): Promise<void> {
  const known = await engine.adminRows<{ name: string }>(sql`SELECT name FROM system.merge_tree_settings`);
  const names = new Set(known.map((setting) => setting.name));
  const options: SchemaOptions = { dialect: engine.dialect, retentionMs, knows: (name) => names.has(name) };
  const done = await doneMigrations(engine);
  for (const migration of migrations) {
    if (done.has(migration.number)) continue;
    for (const statement of migration.statements(options)) await engine.command(raw(statement));
    await engine.command(
      sql`INSERT INTO migrations (number, name, at) SELECT ${int(migration.number)}, ${text(migration.name)}, now64(3, 'UTC')`,
    );
  }
  await applySettings(engine, options, syncToDisk);
}

async function doneMigrations(engine: Engine): Promise<Set<number>> {
  const { onCluster, cluster } = engine.dialect;
  const kind = cluster === undefined ? 'MergeTree' : "ReplicatedMergeTree('/clickhouse/tables/{uuid}/all', '{replica}')";
  await engine.command(
    raw(
      `CREATE TABLE IF NOT EXISTS migrations${onCluster} (number UInt32, name String, at DateTime64(3, 'UTC')) ENGINE = ${kind} ORDER BY number`,
    ),
  );
  const rows = await engine.adminRows<{ number: number; name: string }>(
    sql`SELECT number, any(name) AS name FROM migrations GROUP BY number ORDER BY number`,
  );
  const newest = rows.at(-1);
  const last = migrations.at(-1)?.number ?? 0;
  if (newest !== undefined && newest.number > last) {
    throw new SondeError(
      'schema_too_new',
      `The data was written by a newer Sonde: its schema is number ${newest.number} (${newest.name}), this program knows up to ${last}. Start that newer Sonde, or another data directory.`,
    );
  }
  const unknown = rows.find(({ number, name }) => migrations.some((one) => one.number === number && one.name !== name));
  if (unknown !== undefined) {
    throw new SondeError(
      'schema_too_old',
      `The data was written by a Sonde from before its first release, with a schema (${unknown.number}, ${unknown.name}) that this program does not know. Start with another data directory.`,
    );
  }
  return new Set(rows.map((row) => row.number));
}

/** Settings by which a part is on the disk, and its name in its folder, before an insert or a merge counts as done. */
const syncSettings = ['fsync_after_insert', 'fsync_part_directory', 'min_rows_to_fsync_after_merge'];

/** Alters each table whose TTL or settings are not what is wanted. The engine then only drops parts by a TTL; it rewrites none. */
async function applySettings(engine: Engine, { dialect, retentionMs }: SchemaOptions, syncToDisk: boolean): Promise<void> {
  const rows = await engine.adminRows<{ name: string; engine_full: string }>(
    sql`SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()`,
  );
  const inForce = new Map(rows.map((row) => [row.name, row.engine_full]));
  for (const table of [...storedTables, ...rollups]) {
    const name = localName(table.name, dialect);
    const definition = inForce.get(name) ?? '';
    const wanted = ttl(table.time, table.retention, retentionMs);
    const alter = (change: string): Promise<void> => engine.command(raw(`ALTER TABLE ${name}${dialect.onCluster} ${change}`));
    if (!definition.includes(`TTL ${wanted} `)) await alter(`MODIFY TTL ${wanted}`);
    if (definition.includes('fsync_after_insert = 1') === syncToDisk) continue;
    await alter(
      syncToDisk
        ? `MODIFY SETTING ${syncSettings.map((setting) => `${setting} = 1`).join(', ')}`
        : `RESET SETTING ${syncSettings.join(', ')}`,
    );
  }
}

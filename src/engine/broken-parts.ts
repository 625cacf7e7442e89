/**
 * Parts that a full disk has broken. A merge that ends there may pass for done although a file of its part was left empty; whoever
 * reads the part fails, deletes too. What it was merged from stays on disk for eight minutes (`old_parts_lifetime`), and counts again
 * when the table is loaded anew: the engine puts a broken part aside and takes those that it covered.
 *
 * Of the embedded engine: a server is not ours to take tables from.
 */
import { checkRoom } from './disk-room.ts';
import type { Engine } from './engine.ts';
import { raw } from './sql.ts';

/** Of older ones nothing is left that could take their place. */
const oldestMinutes = 8;

/** Checks what was made lately, and loads tables anew that have broken parts. Throws `unavailable` while the disk is full. */
export async function mendParts(engine: Engine): Promise<void> {
  if (engine.kind !== 'embedded') return;
  await attachDetached(engine);
  const parts = await engine.adminRows<{ table: string; part: string }>(
    raw(
      'SELECT table, name AS part FROM system.parts WHERE database = currentDatabase() AND active' +
        ` AND modification_time > now() - INTERVAL ${oldestMinutes} MINUTE`,
    ),
  );
  const broken = new Set<string>();
  for (const { table, part } of parts) {
    if (!broken.has(table) && (await isBroken(engine, table, part))) broken.add(table);
  }
  for (const table of broken) {
    await checkRoom(engine);
    await engine.command(raw(`DETACH TABLE ${table} SYNC`));
    await engine.command(raw(`ATTACH TABLE ${table}`));
  }
}

/** Tables that were taken away and could not be loaded again. */
async function attachDetached(engine: Engine): Promise<void> {
  const detached = await engine.adminRows<{ table: string }>(
    raw('SELECT table FROM system.detached_tables WHERE database = currentDatabase()'),
  );
  for (const { table } of detached) await engine.command(raw(`ATTACH TABLE ${table}`));
}

async function isBroken(engine: Engine, table: string, part: string): Promise<boolean> {
  const check = raw(`CHECK TABLE ${table} PART '${part}' SETTINGS check_query_single_value_result = 0`);
  try {
    const results = await engine.adminRows<{ is_passed: boolean | number }>(check);
    return results.some(({ is_passed }) => !is_passed);
  } catch {
    // One that was merged meanwhile is gone. One that is still there and can not be checked is no better than a broken one.
    const still = raw(
      `SELECT name FROM system.parts WHERE database = currentDatabase() AND active AND table = '${table}' AND name = '${part}'`,
    );
    return (await engine.adminRows(still)).length > 0;
  }
}

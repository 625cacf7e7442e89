import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { faultsOf, toSubmission } from '../../test/commit/load.ts';
import type { LoadRequest } from '../../test/commit/load.ts';
import { openCommitter, openStore, temporaryDirectory } from '../../test/commit/store.ts';
import { mendParts } from './broken-parts.ts';
import { raw } from './sql.ts';

const directory = temporaryDirectory('broken-parts');
const engine = await openStore(directory.path);
afterAll(async () => {
  await engine.close();
  directory.remove();
});

const countSpans = async (): Promise<number> => {
  const [found] = await engine.adminRows<{ n: string }>(raw("SELECT countIf(name != '') AS n FROM spans"));
  return Number(found?.n);
};

test('a table with a part that a merge left broken has all its rows again, and takes more', { timeout: 60_000 }, async () => {
  const committer = await openCommitter(engine);
  const requests = Array.from({ length: 4 }, (_, i): LoadRequest => ({
    signal: 'traces',
    client: 1,
    sequence: i,
    rows: 100,
    atMs: Date.now(),
  }));
  for (const request of requests.slice(0, 3)) await committer.submit(toSubmission(request));
  const rows = await countSpans();
  expect(rows).toBe(300);
  await mendParts(engine);
  await engine.command(raw('OPTIMIZE TABLE spans FINAL'));
  const parts = await engine.adminRows<{ path: string }>(
    raw("SELECT path FROM system.parts WHERE database = currentDatabase() AND table = 'spans' AND active"),
  );
  for (const { path } of parts) truncateSync(join(path, 'data.cmrk4'), 0);
  await engine.command(raw('SYSTEM DROP MARK CACHE'));
  await expect(countSpans()).rejects.toThrow(/marks file/);
  await mendParts(engine);
  expect(await countSpans()).toBe(rows);
  for (const request of requests.slice(3)) await committer.submit(toSubmission(request));
  await committer.close();
  expect(await faultsOf(engine, requests)).toEqual([]);
});

test('a table that could not be loaded again is loaded later', async () => {
  await engine.command(raw('DETACH TABLE logs SYNC'));
  await expect(engine.adminRows(raw('SELECT count() FROM logs'))).rejects.toThrow(/logs/);
  await mendParts(engine);
  expect(await engine.adminRows(raw('SELECT count() AS n FROM logs'))).toHaveLength(1);
});

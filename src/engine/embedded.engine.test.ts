/** The embedded driver: the contract of all drivers, and what a data directory of its own brings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { batchOf, count, failure, span } from '../../test/engine/contract/subject.ts';
import { engineContract } from '../../test/engine/engine.contract.ts';
import { embeddedStore, limits, startHttpFixture } from '../../test/engine/store.ts';
import { spans } from '../model/spans.ts';
import { openEmbedded } from './embedded.ts';
import { sql } from './sql.ts';

engineContract('embedded', embeddedStore);

describe('a data directory', () => {
  const store = embeddedStore();
  afterAll(store.remove);

  test('has its rows, and knows its tokens, when it is opened again', async () => {
    const batch = batchOf(spans, [span({})]);
    const first = await store.open();
    await first.insert(batch, 'token of before');
    await first.close();
    const second = await store.open();
    await second.insert(batch, 'token of before');
    expect(await count(second, { tenant: 'acme' }, 'spans')).toBe(1);
    expect(await count(second, { tenant: 'acme' }, 'traces')).toBe(1);
    await second.close();
  });

  test('lets what runs end before it is closed, and takes nothing after', async () => {
    const engine = await store.open();
    const running = engine.rows<{ n: string }>({ tenant: 'acme' }, sql`SELECT count() AS n, sleep(0.5) AS s FROM numbers(1)`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = engine.close();
    expect((await failure(engine.rows({ tenant: 'acme' }, sql`SELECT 1`))).code).toBe('unavailable');
    expect((await failure(engine.insert(batchOf(spans, [span({})]), 'too late'))).code).toBe('unavailable');
    expect(await running).toMatchObject([{ n: '1' }]);
    await closing;
  });

  test('that another process has open is refused, with its path and what to do', async () => {
    const fixture = await startHttpFixture();
    const thrown = await failure(openEmbedded({ path: fixture.path, memoryBytesMax: 1 << 30, limits }));
    await fixture.stop();
    expect(thrown.code).toBe('data_directory_locked');
    expect(thrown.message).toContain(fixture.path);
    expect(thrown.message).toMatch(/^Process \d+ has .* Stop it/);
  });

  test('that can not be a directory is refused', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'sonde-engine-'));
    const file = join(parent, 'file');
    writeFileSync(file, 'text');
    const thrown = await failure(openEmbedded({ path: join(file, 'data'), memoryBytesMax: 1 << 30, limits }));
    rmSync(parent, { recursive: true });
    expect(thrown.code).toBe('config');
    expect(thrown.message).toContain(file);
  });
});

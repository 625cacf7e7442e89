import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { loadSite } from './static.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-site-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<title>Sonde</title>');
writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'console.log(1)');
afterAll(() => rmSync(folder, { recursive: true }));

test('files by their path, pages by index.html, hashed files for good', async () => {
  const site = await loadSite(folder);
  const page = await site({ path: '/traces/0a1b', headers: {} });
  expect([page.status, Buffer.from(page.body as Uint8Array).toString(), page.headers?.['cache-control']]).toEqual([
    200,
    '<title>Sonde</title>',
    'no-cache',
  ]);
  expect(page.headers?.['content-security-policy']).toContain("default-src 'self'");
  const script = await site({ path: '/assets/app-1a2b.js', headers: {} });
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect((await site({ path: '/assets/gone.js', headers: {} })).status).toBe(404);
});

test('compressed for those who take it', async () => {
  const site = await loadSite(folder);
  const { body, headers } = await site({ path: '/', headers: { 'accept-encoding': 'gzip, br' } });
  expect(headers?.['content-encoding']).toBe('br');
  expect(brotliDecompressSync(body as Uint8Array).toString()).toBe('<title>Sonde</title>');
});

test('a UI that was not built says how to build it', async () => {
  const site = await loadSite(join(folder, 'none'));
  expect((await site({ path: '/', headers: {} })).body).toContain('npm run build');
});

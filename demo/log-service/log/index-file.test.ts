import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IndexFile } from './index-file.js';

let folder: string;
let path: string;
let index: IndexFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-index-'));
  path = join(folder, '0.index');
  index = await IndexFile.open(path);
});
afterEach(async () => {
  await index.close();
  await rm(folder, { recursive: true });
});

test('an entry is the number of a record and where it begins', async () => {
  await index.write(0, [0, 20]);
  await index.write(2, [0xfedcba98]);
  expect((await readFile(path)).toString('hex')).toBe('0000000000000000000000010000001400000002fedcba98');
  expect([await index.positionOf(0), await index.positionOf(1), await index.positionOf(2)]).toEqual([0, 20, 0xfedcba98]);
  expect(await index.count()).toBe(3);
});

test('an entry that is not there, or that of another record, says nothing', async () => {
  await writeFile(path, Buffer.from('00000000000000000000000200000014000000', 'hex'));
  expect(await index.positionOf(1)).toBeUndefined();
  expect(await index.positionOf(2)).toBeUndefined();
  expect(await index.positionOf(3)).toBeUndefined();
  expect(await index.count()).toBeUndefined();
});

test('entries are replaced', async () => {
  await index.write(0, [0, 20, 40]);
  await index.rewrite([0, 30]);
  expect(await index.count()).toBe(2);
  expect(await index.positionOf(1)).toBe(30);
  await index.rewrite([]);
  expect(await index.count()).toBe(0);
});

test('a file that is there is opened as it is', async () => {
  await index.write(0, [0, 20]);
  const again = await IndexFile.open(path);
  expect(await again.positionOf(1)).toBe(20);
  await again.close();
});

import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAt, writeAt } from './file.js';

let folder: string;
let file: FileHandle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-file-'));
  file = await open(join(folder, 'file'), 'w+');
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

/** Does at most three bytes in one go. */
const slow = {
  read: (bytes: Buffer, at: number, length: number, position: number) => file.read(bytes, at, Math.min(3, length), position),
  write: (bytes: Buffer, at: number, length: number, position: number) => file.write(bytes, at, Math.min(3, length), position),
} as FileHandle;

test('all is written and read, however little the system does in one go', async () => {
  await writeAt(slow, Buffer.from('0123456789'), 0);
  await writeAt(slow, Buffer.from('abcd'), 4);
  expect((await readAt(slow, 1, 8)).toString()).toBe('123abcd8');
});

test('reading ends with the file', async () => {
  expect((await readAt(slow, 8, 100)).toString()).toBe('89');
  expect(await readAt(slow, 100, 5)).toHaveLength(0);
});

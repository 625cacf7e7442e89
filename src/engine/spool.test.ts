import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commits } from '../model/commits.ts';
import { createBatch } from '../model/batch.ts';
import { wireBatch } from './encoding.ts';
import type { WireBatch } from './encoding.ts';
import { appendJournalRow } from './journal.ts';
import { Spool } from './spool.ts';

let folder: string;
/** Numbers of the commits in the table. */
let stored: number[];
let refusal: Error | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-spool-'));
  stored = [];
  refusal = undefined;
});
afterEach(() => rmSync(folder, { recursive: true }));

function openSpool(syncToDisk = false): Spool {
  const insert = async (rows: WireBatch): Promise<void> => {
    await Promise.resolve();
    if (refusal !== undefined) throw refusal;
    stored.push(...numbersOf(rows));
  };
  return new Spool({ folder, insert, syncToDisk });
}

function rowsOf(...numbers: readonly number[]): WireBatch {
  const batch = createBatch(commits);
  for (const number of numbers) {
    const requests = Array.from({ length: number % 5 }, (_, i) => `${number}${i}`.padStart(16, '·'));
    appendJournalRow(batch, { writer: `w${number}`, number: BigInt(number), state: 'settled', settled: 0n, requests });
  }
  return wireBatch(batch);
}

function numbersOf({ rows, columns }: WireBatch): number[] {
  const bytes = columns.find(({ name }) => name === 'number')?.bytes ?? new Uint8Array();
  const writers = columns.find(({ name }) => name === 'writer');
  if (writers?.type !== 'String') throw new Error('no writers');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: rows }, (_, row) => {
    const number = Number(view.getBigUint64(row * 8, true));
    const writer = Buffer.from(writers.bytes.subarray(writers.offsets[row], writers.offsets[row + 1])).toString();
    expect(writer).toBe(`w${number}`);
    return number;
  });
}

test('rows wait in the file and go to the table together, each once', async () => {
  const spool = openSpool();
  await Promise.all([spool.append(rowsOf(1)), spool.append(rowsOf(2, 3)), spool.append(rowsOf(4))]);
  expect(stored).toEqual([]);
  await spool.flush();
  expect(stored).toEqual([1, 2, 3, 4]);
  expect(readdirSync(folder)).toEqual([]);
  await spool.append(rowsOf(5));
  await spool.close();
  expect(stored).toEqual([1, 2, 3, 4, 5]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a thousand do not wait', async () => {
  const spool = openSpool();
  for (let number = 0; number < 1000; number++) await spool.append(rowsOf(number));
  await spool.append(rowsOf(1000));
  expect(stored).toHaveLength(1000);
  await spool.close();
});

test('what a process left that was killed is taken up by the next, of several files in their order', async () => {
  refusal = new Error('full');
  const first = openSpool(true);
  await first.append(rowsOf(1));
  await expect(first.flush()).rejects.toThrow('full');
  await first.append(rowsOf(2));
  await first.close();
  const second = openSpool();
  await second.append(rowsOf(3));
  expect(readdirSync(folder)).toEqual(['1', '2', '3']);
  refusal = undefined;
  const third = openSpool();
  await third.append(rowsOf(4));
  await third.flush();
  expect(stored).toEqual([1, 2, 3, 4]);
  expect(readdirSync(folder)).toEqual([]);
});

test('rows that the table does not take stay, and rows that came meanwhile go with them', async () => {
  const spool = openSpool();
  await spool.append(rowsOf(1));
  refusal = new Error('full');
  await expect(spool.flush()).rejects.toThrow('full');
  await Promise.all([expect(spool.flush()).rejects.toThrow('full'), spool.append(rowsOf(2))]);
  refusal = undefined;
  await spool.flush();
  expect(stored).toEqual([1, 2]);
});

test('a record does not wait for those that are on their way to the table', async () => {
  let begin = (): void => undefined;
  let letGo = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const mayEnd = new Promise<void>((resolve) => (letGo = resolve));
  const insert = async (rows: WireBatch): Promise<void> => {
    begin();
    await mayEnd;
    stored.push(...numbersOf(rows));
  };
  const spool = new Spool({ folder, insert, syncToDisk: false });
  await spool.append(rowsOf(1));
  const flushing = spool.flush();
  await begun;
  await spool.append(rowsOf(2));
  expect(stored).toEqual([]);
  letGo();
  await flushing;
  expect(stored).toEqual([1]);
  expect(readdirSync(folder)).toEqual(['2']);
});

test('of a file cut at any length the whole records count', async () => {
  const ends: number[] = [];
  const spool = openSpool();
  const path = join(folder, '1');
  for (const number of [1, 2, 3]) {
    await spool.append(rowsOf(number));
    ends.push(readFileSync(path).length);
  }
  const whole = readFileSync(path);
  for (let length = 0; length <= whole.length; length++) {
    stored = [];
    writeFileSync(path, whole.subarray(0, length));
    await openSpool().flush();
    expect(stored).toEqual([1, 2, 3].filter((_, i) => length >= (ends[i] ?? 0)));
  }
});

test('what follows the last record, of one that a full disk cut short, does not count', async () => {
  const spool = openSpool();
  await spool.append(rowsOf(1));
  appendFileSync(join(folder, '1'), Buffer.alloc(300, 0x5a));
  await openSpool().flush();
  expect(stored).toEqual([1]);
});

test('a record that could not be written is not there, and the next one is', async () => {
  const spool = openSpool();
  rmSync(folder, { recursive: true });
  await expect(spool.append(rowsOf(1))).rejects.toThrow('ENOENT');
  folder = mkdtempSync(join(tmpdir(), 'sonde-spool-'));
  const again = openSpool();
  await again.append(rowsOf(2));
  await again.flush();
  expect(stored).toEqual([2]);
});

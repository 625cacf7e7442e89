import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Segment, baseOf } from './segment.js';

const base = 7;
const values = ['one', '', 'three is longer', 'four'].map((text) => Buffer.from(text));

let folder: string;
let store: string;
let index: string;
let opened: Segment[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-segment-'));
  [store, index] = [join(folder, '00000000000000000007.store'), join(folder, '00000000000000000007.index')];
  opened = [];
});
afterEach(async () => {
  for (const segment of opened) await segment.close();
  await rm(folder, { recursive: true });
});

async function open(isNewest = true): ReturnType<typeof Segment.open> {
  const found = await Segment.open({ folder, base, isNewest });
  opened.push(found.segment);
  return found;
}

async function fill(): Promise<Segment> {
  const { segment } = await open();
  await segment.append(values.slice(0, 1));
  await segment.append(values.slice(1));
  return segment;
}

async function expectAll(segment: Segment): Promise<void> {
  expect(segment.next).toBe(base + values.length);
  for (const [i, value] of values.entries()) expect(await segment.read(base + i)).toEqual(value);
}

test('files are named after the first offset', async () => {
  await fill();
  expect((await readdir(folder)).toSorted()).toEqual(['00000000000000000007.index', '00000000000000000007.store']);
  expect(baseOf('00000000000000000007.store')).toBe(7);
  expect(['7.store', '00000000000000000007.index', 'notes.store'].map(baseOf)).toEqual([undefined, undefined, undefined]);
});

test('records are read by offset, in the same process and in the next', async () => {
  const segment = await fill();
  expect(segment.bytes).toBe(4 * 16 + 22);
  await expectAll(segment);
  const again = await open();
  expect(again.bytesCut).toBe(0);
  await expectAll(again.segment);
  await again.segment.append([Buffer.from('five')]);
  expect(await again.segment.read(base + 4)).toEqual(Buffer.from('five'));
});

describe('the newest segment', () => {
  test('cut at any byte has all whole records before the cut, and goes on there', async () => {
    await fill();
    const whole = await readFile(store);
    const ends = values.map((_, i) => values.slice(0, i + 1).reduce((sum, { length }) => sum + 16 + length, 0));
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(store, whole.subarray(0, length));
      const { segment, bytesCut } = await Segment.open({ folder, base, isNewest: true });
      const left = ends.filter((end) => end <= length);
      expect([segment.next, bytesCut]).toEqual([base + left.length, length - (left.at(-1) ?? 0)]);
      await segment.append([Buffer.from('next')]);
      expect(await segment.read(segment.next - 1)).toEqual(Buffer.from('next'));
      await segment.close();
    }
  });

  test('ends before what is not as it was written', async () => {
    await fill();
    const bytes = await readFile(store);
    bytes[20]! ^= 1;
    await writeFile(store, bytes);
    const { segment, bytesCut } = await open();
    expect([segment.next, bytesCut]).toEqual([base + 1, bytes.length - 19]);
    expect(await readFile(store)).toHaveLength(19);
  });

  test('may be followed by zeros, as after a power cut', async () => {
    await fill();
    await writeFile(store, Buffer.alloc(4096), { flag: 'a' });
    const { segment, bytesCut } = await open();
    expect(bytesCut).toBe(4096);
    await expectAll(segment);
  });
});

describe('a sealed segment', () => {
  test.each([
    ['as it should be', (bytes: Buffer) => bytes],
    ['empty', () => Buffer.alloc(0)],
    ['too short', (bytes: Buffer) => bytes.subarray(0, 16)],
    ['torn', (bytes: Buffer) => bytes.subarray(0, 27)],
    ['too long', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('00000004000000ff', 'hex')])],
    ['of something else', (bytes: Buffer) => Buffer.from(bytes).fill(9, 24)],
  ])('has all its records when its index is %s', async (_, change) => {
    await fill();
    const before = await readFile(index);
    await writeFile(index, change(before));
    const { segment } = await open(false);
    await expectAll(segment);
    expect(await readFile(index)).toEqual(before);
  });

  test('has all its records when its index is gone', async () => {
    await fill();
    await rm(index);
    await expectAll((await open(false)).segment);
  });

  test('that ends too early is damage, and is left as it is', async () => {
    await fill();
    const whole = await readFile(store);
    await writeFile(store, whole.subarray(0, -1));
    await expect(open(false)).rejects.toThrow(`record 10 of ${folder} is damaged`);
    expect(await readFile(store)).toHaveLength(whole.length - 1);
  });

  test('says which record is damaged when it is read, and gives the others', async () => {
    await fill();
    const bytes = await readFile(store);
    bytes[20]! ^= 1;
    await writeFile(store, bytes);
    const { segment } = await open(false);
    await expect(segment.read(8)).rejects.toThrow('record 8 is damaged');
    expect(await segment.read(9)).toEqual(values[2]);
  });
});

test('is gone when it was removed', async () => {
  const segment = await fill();
  opened = [];
  await segment.remove();
  expect(await readdir(folder)).toEqual([]);
  await expect(segment.read(9)).rejects.toThrow('file closed');
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileName, hasStart, startOfName } from './file-name.ts';
import { FileRow } from './file-row.ts';
import type { FileRowOptions } from './file-row.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-row-'));
  warnings = [];
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const rowOf = (more: Partial<FileRowOptions> = {}): FileRow =>
  new FileRow({
    folder,
    service: 'shop',
    signal: 'traces',
    bytesMax: 1000,
    ageMaxMs: Infinity,
    kept: 5,
    warn: (message) => warnings.push(message),
    ...more,
  });
const names = (): string[] => readdirSync(folder).toSorted();
const contents = (): string[] => names().map((name) => readFileSync(join(folder, name), 'utf8'));
const append = (row: FileRow, ...lines: string[]): void => {
  for (const line of lines) row.append(Buffer.from(`${line}\n`));
};

describe('a name', () => {
  test('has service, signal, time and process', () => {
    const start = startOfName('shop', 'traces');
    const name = fileName(start, Date.UTC(2026, 0, 31, 12, 0, 0, 123));
    expect(name).toBe(`shop.traces.20260131T120000.123Z.${process.pid}.jsonl`);
    expect(hasStart(name, start)).toBe(true);
  });

  test.each([
    ['my shop/../etc', 'my_shop_etc.logs.'],
    ['unknown_service:node', 'unknown_service_node.logs.'],
    ['Ünï.code', '_n_code.logs.'],
    ['x'.repeat(500), `${'x'.repeat(100)}.logs.`],
  ])('of %s stays in its folder', (service, expected) => {
    expect(startOfName(service, 'logs')).toBe(expected);
  });

  test.each([
    'shop.logs.20260131T120000.123Z.1.jsonl',
    'shop2.traces.20260131T120000.123Z.1.jsonl',
    'shop.traces.20260131T120000.123Z.1.jsonl.gz',
    'shop.traces.notes.jsonl',
    'shop.traces.',
  ])('%s is not one of traces of shop', (name) => {
    expect(hasStart(name, startOfName('shop', 'traces'))).toBe(false);
  });
});

describe('lines', () => {
  test('are in the file as the call returns, which nobody else may read', () => {
    const row = rowOf({ folder: join(folder, 'a', 'b') });
    append(row, 'one', 'two');
    const [name = ''] = readdirSync(join(folder, 'a', 'b'));
    const path = join(folder, 'a', 'b', name);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
    row.close();
  });

  test('make no file before the first of them', () => {
    rowOf().close();
    expect(names()).toEqual([]);
  });

  test('begin another file when one is full, to the byte', () => {
    const row = rowOf({ bytesMax: 8 });
    append(row, 'abc', 'def', 'ghi', 'much longer than a file', 'x');
    expect(contents()).toEqual(['abc\ndef\n', 'ghi\n', 'much longer than a file\n', 'x\n']);
    row.close();
  });

  test('begin another file when one is old', () => {
    const row = rowOf({ ageMaxMs: 0 });
    append(row, 'a', 'b');
    expect(contents()).toEqual(['a\n', 'b\n']);
    row.close();
  });

  test('never go into a file of another process, whatever it left', () => {
    const first = rowOf();
    append(first, 'torn');
    first.close();
    const second = rowOf();
    append(second, 'whole');
    expect(contents()).toEqual(['torn\n', 'whole\n']);
    second.close();
  });

  test('go on in a new file when theirs was removed, or the whole folder', () => {
    const row = rowOf();
    append(row, 'a');
    rmSync(join(folder, names()[0] ?? ''));
    append(row, 'b');
    expect(contents()).toEqual(['b\n']);
    rmSync(folder, { recursive: true });
    append(row, 'c');
    expect(contents()).toEqual(['c\n']);
    row.close();
  });

  test('throw while the folder is a file, and go on when it is not', () => {
    const row = rowOf();
    append(row, 'a');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(() => append(row, 'b')).toThrow('EEXIST');
    rmSync(folder);
    mkdirSync(folder);
    append(row, 'c');
    expect(contents()).toEqual(['c\n']);
    row.close();
  });

  test('go on where their file was moved to', () => {
    const row = rowOf();
    append(row, 'a');
    const moved = join(folder, 'moved');
    renameSync(join(folder, names()[0] ?? ''), moved);
    append(row, 'b');
    expect(readFileSync(moved, 'utf8')).toBe('a\nb\n');
    row.close();
  });
});

describe('old files', () => {
  test('are removed but for the newest, the one that is written among them', () => {
    const row = rowOf({ bytesMax: 1, kept: 2 });
    append(row, 'a', 'b', 'c', 'd');
    expect(contents()).toEqual(['c\n', 'd\n']);
    row.close();
  });

  test('are kept one at least', () => {
    const row = rowOf({ bytesMax: 1, kept: 0 });
    append(row, 'a', 'b');
    expect(contents()).toEqual(['b\n']);
    row.close();
  });

  test('of other processes are removed once nobody has written them for ten minutes; other files never', () => {
    const put = (name: string, ageMs: number): void => {
      writeFileSync(join(folder, name), '');
      const seconds = (Date.now() - ageMs) / 1000;
      utimesSync(join(folder, name), seconds, seconds);
    };
    const over = 'shop.traces.20200101T000000.000Z.1.jsonl';
    const written = 'shop.traces.20200101T000000.000Z.2.jsonl';
    const others = ['shop.logs.20200101T000000.000Z.1.jsonl', 'cart.traces.20200101T000000.000Z.1.jsonl', 'notes.txt'];
    for (const name of [over, ...others]) put(name, 700_000);
    put(written, 500_000);
    const row = rowOf({ kept: 1 });
    append(row, 'a');
    expect(names()).not.toContain(over);
    expect(names()).toEqual(expect.arrayContaining([written, ...others]));
    expect([existsSync(join(folder, over)), warnings]).toEqual([false, []]);
    row.close();
  });
});

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Exporter } from '../send/exporter.ts';
import { fileExporter } from './file-exporter.ts';

let folder: string;
let warnings: string[];
let nowMs: number;
let exporter: Exporter;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'file-exporter-')), 'out');
  warnings = [];
  nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  exporter = fileExporter({
    settings: { folder, intervalMs: 1000, bytesMax: 1000, ageMaxMs: Infinity, kept: 5 },
    service: 'shop',
    toJson: (signal, body) => {
      const text = Buffer.from(body).toString();
      if (text === 'bad') throw new RangeError('out of bytes');
      return JSON.stringify({ [signal]: text });
    },
    warn: (message) => warnings.push(message.replaceAll(folder, 'out')),
  });
});
afterEach(() => {
  exporter.close();
  vi.restoreAllMocks();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

type Signal = keyof Exporter['outlets'];
const push = (text: string, count = 1, signal: Signal = 'traces'): void =>
  exporter.outlets[signal]?.destination.push(Buffer.from(text), count);
const lines = (signal: Signal = 'traces'): string =>
  readdirSync(folder)
    .filter((name) => name.includes(`.${signal}.`))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
const counts = (signal: Signal = 'traces'): unknown => exporter.outlets[signal]?.destination.counts;

/** As if the disk could not be written: where the folder was is a file. */
const breakFolder = (): void => {
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, '');
};
const mendFolder = (): void => {
  rmSync(folder);
  mkdirSync(folder);
};

test('each signal has its own file, a line for each request', () => {
  push('a');
  push('b', 1, 'logs');
  push('c', 1, 'metrics');
  push('d');
  expect([lines('traces'), lines('logs'), lines('metrics')]).toEqual([
    '{"traces":"a"}\n{"traces":"d"}\n',
    '{"logs":"b"}\n',
    '{"metrics":"c"}\n',
  ]);
  expect([counts('traces'), warnings]).toEqual([{ sent: 2, refused: 0, givenUp: 0 }, []]);
});

test('metrics wait for nothing but that they are complete', () => {
  const delays = Object.values(exporter.outlets).map(({ delayMs }) => delayMs);
  expect(delays).toEqual([1000, 1000, Infinity]);
});

test('what cannot be JSON is refused, and told', () => {
  push('bad');
  push('a');
  expect(lines()).toBe('{"traces":"a"}\n');
  expect(counts()).toEqual({ sent: 1, refused: 1, givenUp: 0 });
  expect(warnings).toEqual(['traces: a request cannot be written as JSON: out of bytes']);
});

describe('a folder that cannot be written', () => {
  const because = 'traces: out cannot be written: EEXIST';

  test('is told once, and not tried again at once', () => {
    breakFolder();
    push('a', 3);
    mendFolder();
    nowMs = 999;
    push('b', 4);
    expect([lines(), warnings]).toEqual(['', [expect.stringContaining(because)]]);
    breakFolder();
    nowMs = 1000;
    push('c');
    expect(warnings).toHaveLength(1);
    expect(counts()).toEqual({ sent: 0, refused: 0, givenUp: 3 });
  });

  test('is written again when it can be, and what was lost is told', () => {
    breakFolder();
    push('a', 3);
    push('b', 4);
    mendFolder();
    nowMs = 1000;
    push('c', 2);
    push('d', 2);
    expect(lines()).toBe('{"traces":"c"}\n{"traces":"d"}\n');
    expect(warnings.slice(1)).toEqual(['traces: out is written again; 7 records were lost']);
    breakFolder();
    push('e');
    expect([warnings.length, warnings.at(-1)]).toEqual([3, expect.stringContaining(because)]);
  });

  test.each([
    ['at exit', () => exporter.flushAtExit?.()],
    ['when it is flushed', () => exporter.outlets.traces?.destination.flush(0)],
    ['when it is closed', () => exporter.close()],
  ])('is told with what was lost %s', async (_, end) => {
    breakFolder();
    push('a', 3);
    await end();
    await end();
    expect(warnings.slice(1)).toEqual(['traces: out could not be written; 3 records were lost']);
  });

  test('is no matter to other signals', () => {
    push('a', 1, 'logs');
    breakFolder();
    push('b');
    expect([counts('traces'), counts('logs')]).toMatchObject([{ givenUp: 1 }, { givenUp: 0 }]);
  });
});

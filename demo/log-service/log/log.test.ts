import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommitLog } from './log.js';
import type { LogOptions } from './log.js';

let folder: string;
let log: CommitLog;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'sonde-log-')), 'deep', 'log');
});
afterEach(async () => {
  await log.close();
  await rm(join(folder, '..', '..'), { recursive: true, force: true });
});

async function open(options: Partial<LogOptions> = {}): Promise<CommitLog> {
  log = await CommitLog.open({ folder, ...options });
  return log;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const stores = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith('.store')).toSorted();

describe('a log', () => {
  test('begins with offset 0 and says what it has', async () => {
    await open();
    expect(log.bounds).toEqual({ oldest: 0, next: 0 });
    await expect(log.read(0)).rejects.toThrow('offset 0 is out of range: the log is empty, its next record will be 0');
    expect([await log.append(bytes('a')), await log.append(bytes('b'))]).toEqual([0, 1]);
    expect(await log.read(1)).toEqual(bytes('b'));
    for (const offset of [2, -1, 0.5, NaN, 2 ** 64])
      await expect(log.read(offset)).rejects.toThrow(`offset ${offset} is out of range: the log has 0 to 1`);
  });

  test('gives offsets in the order of the appends, also of those at once', async () => {
    await open({ segmentBytes: 500 });
    const texts = Array.from({ length: 200 }, (_, i) => `record ${i}`);
    const offsets = await Promise.all(texts.map((text) => log.append(bytes(text))));
    expect(offsets).toEqual(texts.map((_, i) => i));
    for (const [i, text] of texts.entries()) expect(await log.read(i)).toEqual(bytes(text));
  });

  test('shows nothing that is not acknowledged yet', async () => {
    await open();
    const appended = log.append(bytes('a'));
    await expect(log.read(0)).rejects.toThrow('is empty');
    await appended;
    expect(await log.read(0)).toEqual(bytes('a'));
  });

  test('refuses a record that is too large, and goes on', async () => {
    await open({ valueBytesMax: 10 });
    await expect(log.append(Buffer.alloc(11))).rejects.toThrow('a record has at most 10 bytes, this one has 11');
    expect(await log.append(Buffer.alloc(10))).toBe(0);
  });

  test.each([0, -1, 2 ** 31, NaN])('refuses segments of %d bytes', async (segmentBytes) => {
    await expect(open({ segmentBytes })).rejects.toThrow(`a segment of ${segmentBytes} bytes cannot be`);
  });
});

describe('segments', () => {
  test('are followed by the next at their size', async () => {
    await open({ segmentBytes: 40 });
    for (let i = 0; i < 5; i++) await log.append(Buffer.alloc(4));
    expect(await stores()).toEqual(['00000000000000000000.store', '00000000000000000002.store', '00000000000000000004.store']);
  });

  test('are removed from the oldest on, beyond the size of all; the newest stays', async () => {
    await open({ segmentBytes: 20, bytesMax: 50 });
    for (let i = 0; i < 5; i++) await log.append(Buffer.alloc(4));
    await log.close();
    expect(await stores()).toEqual(['00000000000000000003.store', '00000000000000000004.store']);
    await open({ segmentBytes: 20, bytesMax: 1 });
    await expect(log.read(2)).rejects.toThrow('offset 2 is out of range: the log has 3 to 4');
    await log.append(Buffer.alloc(100));
    await log.close();
    await open();
    expect(log.bounds).toEqual({ oldest: 5, next: 6 });
  });

  test('that are removed while they are read are out of range from then on', async () => {
    await open({ segmentBytes: 1, bytesMax: 1 });
    const readUntilGone = async (offset: number): Promise<string> => {
      for (let text = 'x'; ; text = (await log.read(offset).catch((error: Error) => error.name)).toString())
        if (text !== 'x') return text;
    };
    for (let i = 0; i < 50; i++) {
      const offset = await log.append(bytes('x'));
      const ends = Promise.all(Array.from({ length: 8 }, () => readUntilGone(offset)));
      await log.append(bytes('y'));
      expect(new Set(await ends)).toEqual(new Set(['OutOfRangeError']));
    }
  });

  test('that lack one between them are damage', async () => {
    await open({ segmentBytes: 1 });
    for (let i = 0; i < 3; i++) await log.append(bytes('x'));
    await log.close();
    await rm(join(folder, '00000000000000000001.store'));
    await expect(open()).rejects.toThrow(`after record 0 of ${folder} comes record 2`);
  });

  test('that a crash had half removed, or just begun, are no trouble; other files are left alone', async () => {
    await open({ segmentBytes: 1 });
    for (let i = 0; i < 3; i++) await log.append(bytes('x'));
    await log.close();
    await rm(join(folder, '00000000000000000000.store'));
    await writeFile(join(folder, '00000000000000000003.store'), '');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await open();
    expect(log.bounds).toEqual({ oldest: 1, next: 3 });
    expect(await readdir(folder)).not.toContain('00000000000000000000.index');
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(await log.append(bytes('y'))).toBe(3);
  });
});

describe('following', () => {
  const stopping = new AbortController();
  /** Follows until there are so many. */
  async function take(from: number, count: number): Promise<string[]> {
    const leaving = new AbortController();
    const got: string[] = [];
    for await (const { offset, value } of log.follow(from, leaving.signal)) {
      got.push(`${offset} ${value.toString()}`);
      if (got.length === count) leaving.abort();
    }
    return got;
  }

  test('gives what is there and then what comes, to many at once', async () => {
    await open({ segmentBytes: 30 });
    await log.append(bytes('a'));
    const taking = Array.from({ length: 20 }, () => take(0, 4));
    for (const text of ['b', 'c', 'd', 'e']) await log.append(bytes(text));
    for (const taken of taking) expect(await taken).toEqual(['0 a', '1 b', '2 c', '3 d']);
    expect(await take(2, 2)).toEqual(['2 c', '3 d']);
  });

  test('may begin with the next record, and not beyond it', async () => {
    await open();
    const taking = take(0, 1);
    await log.append(bytes('first'));
    expect(await taking).toEqual(['0 first']);
    await expect(take(2, 1)).rejects.toThrow('offset 2 is out of range: the log has 0 to 0');
  });

  test('ends when nobody wants more, while it waits', async () => {
    await open();
    const leaving = new AbortController();
    const next = log.follow(0, leaving.signal).next();
    leaving.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('says why nothing more will come', async () => {
    await open();
    const [next] = await Promise.allSettled([log.follow(0, stopping.signal).next(), log.close()]);
    expect(next).toMatchObject({ reason: { message: 'the log is closed' } });
  });

  test('says so when it is overtaken by the removal of what it has not read', async () => {
    await open({ segmentBytes: 1, bytesMax: 1 });
    await log.append(bytes('a'));
    const following = log.follow(0, stopping.signal);
    await following.next();
    for (let i = 0; i < 5; i++) await log.append(bytes('b'));
    while (log.bounds.oldest < 5) await new Promise((resolve) => setImmediate(resolve));
    await expect(following.next()).rejects.toThrow('offset 1 is out of range: the log has 5 to 5');
  });
});

describe('an end', () => {
  test('comes after all that was taken is on disk', async () => {
    await open();
    const appended = Promise.all(Array.from({ length: 50 }, () => log.append(bytes('x'))));
    await log.close();
    expect((await appended).at(-1)).toBe(49);
    await expect(log.append(bytes('y'))).rejects.toThrow('the log is closed');
    await open();
    expect(log.bounds).toEqual({ oldest: 0, next: 50 });
  });

  test('comes when a write fails: nothing more is taken, and what is there can be read', async () => {
    await open({ segmentBytes: 1 });
    await log.append(bytes('a'));
    const cannot = 'the log cannot be written';
    // There is no place for the next segment any more.
    await rm(folder, { recursive: true });
    const following = log.follow(1, new AbortController().signal).next();
    const failed = await Promise.allSettled([following, log.append(bytes('b')), log.append(bytes('c'))]);
    for (const one of failed) expect(one).toMatchObject({ reason: { message: cannot, cause: { code: 'ENOENT' } } });
    await expect(log.append(bytes('d'))).rejects.toThrow(cannot);
    expect(await log.read(0)).toEqual(bytes('a'));
  });
});

interface Sizes {
  readonly segmentBytes: number;
  readonly bytesMax: number;
}

/** The log as it should be, in memory. */
class Model {
  readonly values: Buffer[] = [];
  readonly #segments: { base: number; bytes: number }[] = [{ base: 0, bytes: 0 }];
  readonly #options: Sizes;

  constructor(options: Sizes) {
    this.#options = options;
  }

  get bounds(): { oldest: number; next: number } {
    return { oldest: this.#segments[0]!.base, next: this.values.length };
  }

  append(value: Buffer): void {
    if (this.#segments.at(-1)!.bytes >= this.#options.segmentBytes) this.#segments.push({ base: this.values.length, bytes: 0 });
    this.#segments.at(-1)!.bytes += 16 + value.length;
    this.values.push(value);
    const sum = (): number => this.#segments.reduce((total, { bytes }) => total + bytes, 0);
    while (sum() > this.#options.bytesMax && this.#segments.length > 1) this.#segments.shift();
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), value: fc.uint8Array({ maxLength: 60 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('read' as const), share: fc.double({ min: -0.2, max: 1.2, noNaN: true }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), dropIndexes: fc.boolean() }) },
  // What a crash leaves: some bytes that are no record, after the last one.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tear' as const), tail: fc.uint8Array({ maxLength: 40 }) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does a step to both; gives what should be the same of both. */
async function take(one: Step, model: Model, sizes: Sizes): Promise<[got: unknown, expected: unknown]> {
  switch (one.kind) {
    case 'append':
      model.append(Buffer.from(one.value));
      return [await log.append(one.value), model.values.length - 1];
    case 'read':
      return both(model, Math.floor(one.share * model.values.length));
    case 'reopen':
      await log.close();
      if (one.dropIndexes) await dropIndexes();
      await open(sizes);
      return [log.bounds.next, model.values.length];
    case 'tear':
      await log.close();
      await writeFile(join(folder, (await stores()).at(-1) ?? ''), one.tail, { flag: 'a' });
      await open(sizes);
      return [log.bytesCut, one.tail.length];
  }
}

/** What a log and its model have under an offset. */
async function both(model: Model, offset: number): Promise<[got: unknown, expected: unknown]> {
  const { oldest, next } = model.bounds;
  const got = await log.read(offset).catch((error: Error) => error.name);
  const isThere = offset >= oldest && offset < next;
  return [got, isThere ? model.values[offset] : 'OutOfRangeError'];
}

test('does what a log in memory does, over restarts, lost indexes and torn tails', async () => {
  await open();
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 40 }),
    fc.record({ segmentBytes: fc.integer({ min: 1, max: 200 }), bytesMax: fc.integer({ min: 1, max: 800 }) }),
    async (steps, sizes) => {
      await log.close();
      await rm(folder, { recursive: true });
      await open(sizes);
      const model = new Model(sizes);
      for (const one of steps) {
        const [got, expected] = await take(one, model, sizes);
        expect([one, got]).toEqual([one, expected]);
      }
      await log.close();
      await open(sizes);
      expect(log.bounds).toEqual(model.bounds);
      for (let offset = -1; offset <= model.values.length; offset++) {
        const [got, expected] = await both(model, offset);
        expect([offset, got]).toEqual([offset, expected]);
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

async function dropIndexes(): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((one) => one.endsWith('.index'))) await truncate(join(folder, name), 0);
}

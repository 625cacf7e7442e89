import { beforeAll, describe, expect, test } from 'vitest';
import { LineReader } from './decode.ts';
import { Names } from './names.ts';

const line = new LineReader();

function read(text: string): LineReader {
  line.begin(Buffer.from(text));
  expect(line.next()).toBe(true);
  expect(line.refusal).toBeUndefined();
  return line;
}

describe('a line', () => {
  const check = (text: string, isKnown: boolean): void => {
    const names = new Names<string>(10);
    names.add(read('page:1|c|#a:b,c'), 'series', 0);
    expect(names.find(read(text))?.series).toBe(isKnown ? 'series' : undefined);
  };

  test('has the name of one with another value and rate', () => check('page:22|c|@0.5|#a:b,c', true));
  test('has another name by a letter', () => check('pagf:1|c|#a:b,c', false));
  test('has another name by a tag', () => check('page:1|c|#a:b,d', false));
  test('has another name by its type', () => check('page:1|g|#a:b,c', false));
  test('has another name without its tags', () => check('page:1|c', false));
  test('has another name where the tags begin elsewhere', () => check('pag:1|c|#ea:b,c', false));
});

describe('among very many names', () => {
  // So many that some share a hash of 32 bits: ten pairs on average.
  const count = 300_000;
  const datagrams: Uint8Array[] = [];
  beforeAll(() => {
    for (let i = 0; i < count; i++) datagrams.push(Buffer.from(`n${i}:1|c`));
  });
  const next = (i: number): LineReader => {
    line.begin(datagrams[i]!);
    line.next();
    return line;
  };

  test('each finds its own series, also when half of them are forgotten', () => {
    const names = new Names<number>(count);
    for (let i = 0; i < count; i++) if (names.find(next(i)) === undefined) names.add(line, i, i % 2);
    expect(names.count).toBe(count);
    let wrong = 0;
    for (let i = 0; i < count; i++) if (names.find(next(i))?.series !== i) wrong++;
    names.forget(({ heardMs }) => heardMs === 1);
    for (let i = 0; i < count; i++) if (names.find(next(i))?.series !== (i % 2 === 1 ? undefined : i)) wrong++;
    expect(wrong).toBe(0);
    expect(names.count).toBe(count / 2);
  });

  test('those that share a hash with more than there may be have no room', () => {
    const names = new Names<number>(count, 1);
    let refused = 0;
    for (let i = 0; i < count; i++) {
      if (names.hasRoom(next(i))) names.add(line, i, 0);
      else refused++;
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(40);
  });
});

describe('room', () => {
  const long = 'a'.repeat(900);
  test('is for a number of names', () => {
    const names = new Names<number>(1);
    names.add(read('a:1|c'), 1, 0);
    expect(names.hasRoom(read('b:1|c'))).toBe(false);
  });
  test('is for 512 bytes each on average, and comes back', () => {
    const names = new Names<number>(2);
    names.add(read(`${long}:1|c`), 1, 0);
    expect(names.hasRoom(read(`${'b'.repeat(125)}:1|c`))).toBe(false);
    expect(names.hasRoom(read(`${'b'.repeat(124)}:1|c`))).toBe(true);
    names.forget(() => true);
    expect(names.hasRoom(read(`${long}:1|c|#a`))).toBe(true);
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyBytesMax, LineReader } from './decode.ts';
import type { LineKind, Refusal } from './decode.ts';

interface ReadLine {
  readonly head: string;
  readonly kind: LineKind;
  readonly tags: string;
  readonly weight: number;
  /** Numbers, those with a sign as text; or the value of a set. */
  readonly values: readonly (number | string)[] | string;
}

function readAll(datagram: string | Uint8Array): (ReadLine | Refusal)[] {
  const bytes = typeof datagram === 'string' ? Buffer.from(datagram) : datagram;
  const text = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString();
  const lines = new LineReader();
  const read: (ReadLine | Refusal)[] = [];
  lines.begin(bytes);
  while (lines.next()) {
    const values = Array.from(lines.values.subarray(0, lines.count), (value, i) =>
      lines.isSigned[i] === 1 ? `${value < 0 ? '' : '+'}${value}` : value,
    );
    read.push(
      lines.refusal ?? {
        head: text(lines.headStart, lines.headEnd),
        kind: lines.kind,
        tags: text(lines.tagsStart, lines.tagsEnd),
        weight: lines.weight,
        values: lines.kind === 'set' ? text(lines.valueStart, lines.valueEnd) : values,
      },
    );
  }
  return read;
}

const plain = { head: 'a', kind: 'counter', tags: '', weight: 1, values: [1] } as const;

describe('a line', () => {
  const check = (line: string, expected: Partial<ReadLine>): void => expect(readAll(line)).toEqual([{ ...plain, ...expected }]);

  test('is a name, a value and a type', () => check('a:1|c', {}));
  test('may be a gauge', () => check('a:1.5|g', { kind: 'gauge', values: [1.5] }));
  test('may be a timer', () => check('a:320|ms', { kind: 'timer', values: [320] }));
  test('may be a histogram', () => check('a:1|h', { kind: 'histogram' }));
  test('may be a distribution, which is a histogram', () => check('a:1|d', { kind: 'histogram' }));
  test('may be a set', () => check('a:user 7|s', { kind: 'set', values: 'user 7' }));
  test('of a set has all that follows the first colon', () => check('a:b:c|s', { kind: 'set', values: 'b:c' }));
  test('has signs where a gauge is changed', () => check('a:+3:-4:5|g', { kind: 'gauge', values: ['+3', '-4', 5] }));
  test('counts for more by its sample rate', () => check('a:1|c|@0.1', { weight: 10 }));
  test('may have a whole rate', () => check('a:1|c|@1', {}));
  test('may have a rate with an exponent', () => check('a:1|c|@1e-2', { weight: 100 }));
  test('has tags', () => check('a:1|c|#x:1,y', { tags: 'x:1,y' }));
  test('has tags and a rate in either order', () => check('a:1|c|#x:1|@0.5', { tags: 'x:1', weight: 2 }));
  test('may have no tag in its tags', () => check('a:1|c|#', {}));
  test('has tags of other kinds in its name', () => check('a,x=1;y=2:1|c', { head: 'a,x=1;y=2' }));
  test('has several values', () => check('a:1:2.5:1e3|ms', { kind: 'timer', values: [1, 2.5, 1000] }));
  test('says where it came from', () => check('a:1|c|#x:1|c:ci-83c0a99c|e:it-false,cn-a|card:low', { tags: 'x:1' }));
  test('may have any bytes in its name', () => check('größe/a b:1|c', { head: 'größe/a b' }));
  test('has a value of many digits, rounded once', () => check('a:0.1000000000000000055511151231257827|c', { values: [0.1] }));
  test('holds more values than there was room for', () =>
    check(`a:${'7:'.repeat(99)}7|h`, { kind: 'histogram', values: Array<number>(100).fill(7) }));
});

describe('a line that is refused', () => {
  const check = (line: string, reason: Refusal): void => expect(readAll(line)).toEqual([reason]);

  test('an event', () => check('_e{5,4}:title|text|#a:1', 'event'));
  test('a service check', () => check('_sc|redis|0|#a:1', 'service_check'));
  test('no colon', () => check('a|c', 'form'));
  test('no type', () => check('a:1', 'form'));
  test('no name', () => check(':1|c', 'form'));
  test('a colon that stands behind the bar', () => check('a|c:1', 'form'));
  test('an empty type', () => check('a:1|', 'type'));
  test('an unknown type', () => check('a:1|x', 'type'));
  test('a longer type', () => check('a:1|cc', 'type'));
  test("Etsy's repetition", () => check('a:1|c:2|c', 'type'));
  test('no value', () => check('a:|c', 'value'));
  test('no value among others', () => check('a:1::2|ms', 'value'));
  test('a word for a value', () => check('a:one|g', 'value'));
  test('a value that is no number', () => check('a:NaN|g', 'value'));
  test('an infinite value', () => check('a:+Inf|g', 'value'));
  test('a value that no double holds', () => check('a:1e999|g', 'value'));
  test('a space before the value', () => check('a: 1|g', 'value'));
  test('a set without a value', () => check('a:|s', 'value'));
  test('a counter that falls', () => check('a:-1|c', 'negative'));
  test('a counter that falls among others', () => check('a:1:-1|c', 'negative'));
  test('a rate of zero', () => check('a:1|c|@0', 'rate'));
  test('a rate above one', () => check('a:1|c|@1.5', 'rate'));
  test('a rate below zero', () => check('a:1|c|@-0.5', 'rate'));
  test('an empty rate', () => check('a:1|c|@', 'rate'));
  test('two rates', () => check('a:1|c|@0.5|@0.5', 'field'));
  test('tags twice', () => check('a:1|c|#|#x', 'field'));
  test('a field of no known form', () => check('a:1|c|?', 'field'));
  test('an empty field', () => check('a:1|c||#x', 'field'));
  test('a bar at the end', () => check('a:1|c|', 'field'));
  test('a time of its own', () => check('a:1|c|T1656581400', 'timestamp'));
  test('too much of a name', () => check(`${'a'.repeat(keyBytesMax + 1)}:1|c`, 'too_long'));
  test('too much of a name and tags together', () => check(`${'a'.repeat(keyBytesMax)}:1|c|#x`, 'too_long'));
});

describe('a datagram', () => {
  const check = (datagram: string, expected: readonly (Partial<ReadLine> | Refusal)[]): void =>
    expect(readAll(datagram)).toEqual(expected.map((line) => (typeof line === 'string' ? line : { ...plain, ...line })));

  test('holds lines', () => check('a:1|c\nb:2|c', [{}, { head: 'b', values: [2] }]));
  test('may end with a newline', () => check('a:1|c\n', [{}]));
  test('may have the line ends of Windows', () => check('a:1|c\r\na:1|c\r\n', [{}, {}]));
  test('may have empty lines', () => check('\n\n\r\na:1|c\n\n', [{}]));
  test('may be empty', () => check('', []));
  test('keeps a wrong line from the others', () => check('a:1|c\nnothing\n:|\na:1|c', [{}, 'form', 'form', {}]));
  test('keeps the tags and rate of a line from the next', () => check('a:1|c|@0.5|#x\na:1|c', [{ tags: 'x', weight: 2 }, {}]));
  test('may end anywhere', () => {
    const whole = 'a.b:1:22|ms|@0.5|#x:1,y|c:ci-1\n_e{1,1}:a|b\nc,x=1:+3|g';
    for (let length = 0; length <= whole.length; length++) readAll(whole.slice(0, length));
    expect(readAll(whole)).toHaveLength(3);
  });
});

test('what is said of a line is within it, whatever the bytes', () => {
  const part = fc.constantFrom(
    'a',
    ':',
    '|',
    '#',
    '@',
    ',',
    ';',
    '=',
    '\n',
    '\r',
    'c',
    'g',
    'ms',
    '1',
    '-',
    '.',
    'T',
    '_e{',
    '0.5',
    'ÿ',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(part, { maxLength: 40 }).map((parts) => Uint8Array.from(Buffer.from(parts.join('')))),
  );
  fc.assert(
    fc.property(bytes, (datagram) => {
      const lines = new LineReader();
      lines.begin(datagram);
      let from = 0;
      let count = 0;
      while (lines.next()) {
        count++;
        if (lines.refusal !== undefined) continue;
        const { headStart, headEnd, tagsStart, tagsEnd } = lines;
        expect(headStart).toBeGreaterThanOrEqual(from);
        expect(headEnd).toBeGreaterThan(headStart);
        from = Math.max(headEnd, tagsEnd);
        expect(from).toBeLessThan(datagram.length);
        expect(datagram.subarray(headStart, from)).not.toContain(0x0a);
        expect(tagsStart).toBeLessThanOrEqual(tagsEnd);
        expect(lines.kind === 'set' || lines.values.subarray(0, lines.count).every(Number.isFinite)).toBe(true);
      }
      const filled = Buffer.from(datagram)
        .toString('latin1')
        .split('\n')
        .filter((line) => line !== '' && line !== '\r');
      expect(count).toBe(filled.length);
    }),
    { numRuns: 2000 },
  );
});

describe('the time for the largest datagram is short, when it is full of', () => {
  // Looking through the rest of the datagram for each line, or of the line for each field, takes a thousand times as long.
  const check = (part: string): void => {
    const datagram = Buffer.from(part.repeat(65_507 / part.length));
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now();
      readAll(datagram);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(200);
  };

  test('short lines', () => check('a\n'));
  test('colons', () => check(':\n'));
  test('bars', () => check('a|'));
  test('fields', () => check('a:1|c|x:'));
  test('values', () => check('1:'));
  test('rates', () => check('a:1|c|@1|'));
});

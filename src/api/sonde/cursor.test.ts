import { array, assert, bigInt, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { lastTimeNs } from '../../base/time.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { PlaceShape } from './cursor.ts';

const range = { fromNs: 5n, toNs: 10n };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

test('a cursor reads back, whatever its texts hold', () => {
  assert(
    property(bigInt(0n, lastTimeNs - 1n), array(string({ unit: 'binary' }), { maxLength: 3 }), (fromNs, texts) => {
      const cursor = { range: { fromNs, toNs: lastTimeNs }, place: texts };
      const text = encodeCursor('list', cursor);
      expect(text).toMatch(/^[\w-]+$/);
      expect(
        decodeCursor(
          'list',
          texts.map(() => 'text' as const),
          text,
        ),
      ).toEqual(cursor);
    }),
  );
});

function refuses(what: string, shape: PlaceShape, text: string): void {
  test(`refuses ${what}`, () =>
    expect(() => decodeCursor('list', shape, text)).toThrow(/^Parameter `cursor`: expected `next` of the page/));
}

refuses('what is no cursor', [], 'hello');
refuses('bytes that are no text', [], btoa('\xff\xfe'));
refuses('JSON that is no list', [], btoa('{"a":1}'));
refuses('a list of numbers', [], btoa('["list",1,2]'));
refuses('a cursor of another list', ['int'], encodeCursor('other', { range, place: ['1'] }));
refuses('a place that is too short', ['int', 'int'], encodeCursor('list', { range, place: ['1'] }));
refuses('a place that is too long', [], encodeCursor('list', { range, place: ['1'] }));
refuses('a number that is none', ['int'], encodeCursor('list', { range, place: ['1; DROP'] }));
refuses('a number beyond 64 bits', ['int'], encodeCursor('list', { range, place: [String(2n ** 63n)] }));
refuses('a negative one that must not be', ['uint'], encodeCursor('list', { range, place: ['-1'] }));
refuses('an id that is none', ['traceId'], encodeCursor('list', { range, place: [traceId.slice(1)] }));
refuses('a reversed range', ['int'], encodeCursor('list', { range: { fromNs: 10n, toNs: 5n }, place: ['1'] }));
refuses('a range before 1970', ['int'], encodeCursor('list', { range: { fromNs: -1n, toNs: 5n }, place: ['1'] }));
refuses('a very long one', ['text'], encodeCursor('list', { range, place: ['x'.repeat(10_000)] }));

test('takes each kind of place', () => {
  const place = [String(-(2n ** 63n)), String(2n ** 64n - 1n), traceId, ''];
  expect(decodeCursor('list', ['int', 'uint', 'traceId', 'text'], encodeCursor('list', { range, place }))).toEqual({
    range,
    place,
  });
});

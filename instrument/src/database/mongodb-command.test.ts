import { expect, test } from 'vitest';
import { mongodbText } from './mongodb-command.ts';

class ObjectId {
  readonly id = 'secret';
  toJSON(): string {
    return this.id;
  }
}

test.each<[command: unknown, expected: string]>([
  [{ find: 'carts', filter: { owner: 'bob' } }, '{"find":"?","filter":{"owner":"?"}}'],
  [
    { filter: { total: { $in: [1, 2, 3] }, at: new Date(0), _id: new ObjectId() } },
    '{"filter":{"total":{"$in":["?"]},"at":"?","_id":"?"}}',
  ],
  [
    { pipeline: [{ $match: { a: 1 } }, { $limit: 5 }], cursor: {} },
    '{"pipeline":[{"$match":{"a":"?"}},{"$limit":"?"}],"cursor":{}}',
  ],
  [{ ping: 1, lsid: { id: 'x' }, $db: 'shop', txnNumber: 7n }, '{"ping":"?"}'],
  [{ a: null, b: undefined, c: [], d: 7n, e: () => 'x' }, '{"a":"?","b":"?","c":[],"d":"?","e":"?"}'],
  [{ sort: new Map([['a', -1]]) }, '{"sort":{"a":"?"}}'],
  [Object.create(null, { a: { value: 1, enumerable: true } }), '{"a":"?"}'],
  ['secret', '"?"'],
  [undefined, '"?"'],
])('%o', (command, expected) => expect(mongodbText(command)).toBe(expected));

test('what is deep, wide or long is cut, in bounded time', () => {
  type Nested = { inner?: Nested };
  const deep: Nested = {};
  let at = deep;
  for (let depth = 0; depth < 100_000; depth++) at = at.inner = {};
  expect(mongodbText(deep)).toMatch(/^(\{"inner":){8}"…"\}{8}$/);
  const loop: Nested = {};
  loop.inner = loop;
  expect(mongodbText(loop)).toMatch(/"…"\}{8}$/);
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, index]));
  expect(Object.keys(JSON.parse(mongodbText(wide)) as object)).toHaveLength(65);
  const many = { updates: Array.from({ length: 100_000 }, () => ({ q: { a: 1 }, u: { b: 2 } })) };
  expect(mongodbText(many).length).toBeLessThan(2050);
  expect(mongodbText({ ['k'.repeat(10_000)]: 1 })).toHaveLength(2049);
});

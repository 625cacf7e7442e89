import { expect, test } from 'vitest';
import { partialSuccess } from './partial-success.ts';

const bytes = (...numbers: number[]): Uint8Array => Uint8Array.from(numbers);
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

test.each<[what: string, answer: Uint8Array, type: string, expected: object | undefined]>([
  ['nothing', bytes(), 'application/x-protobuf', undefined],
  ['an empty part', bytes(0x0a, 0), 'application/x-protobuf', undefined],
  ['a warning alone', bytes(0x0a, 3, 0x12, 1, 0x61), 'application/x-protobuf', undefined],
  ['three rejected', bytes(0x0a, 5, 0x08, 3, 0x12, 1, 0x61), 'application/x-protobuf', { rejected: 3, why: 'a' }],
  ['300 rejected, without words', bytes(0x0a, 3, 0x08, 0xac, 2), '', { rejected: 300, why: '' }],
  ['nonsense', Buffer.from('<html>'), 'text/html', undefined],
  ['a part that ends too soon', bytes(0x0a, 2, 0x08, 0xff), 'application/x-protobuf', undefined],
  ['JSON of nothing', json({}), 'application/json', undefined],
  [
    'JSON of rejected records',
    json({ partialSuccess: { rejectedLogRecords: '2', errorMessage: 'old' } }),
    'application/json; x',
    { rejected: 2, why: 'old' },
  ],
  ['JSON of rejected spans', json({ partialSuccess: { rejectedSpans: 1 } }), 'application/json', { rejected: 1, why: '' }],
  ['JSON of a warning', json({ partialSuccess: { errorMessage: 'hm' } }), 'application/json', undefined],
  ['JSON that is none', Buffer.from('{'), 'application/json', undefined],
])('%s', (_, answer, type, expected) => {
  expect(partialSuccess(answer, type)).toEqual(expected);
});

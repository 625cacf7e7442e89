import { describe, expect, test } from 'vitest';
import type { SondeError } from '../../base/errors.ts';
import { ByteWriter } from '../../codec/byte-writer.ts';
import { decodeReadRequest } from './read-request.ts';

function message(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.written();
}

const matcher = (type: number, name: string, value: string): Uint8Array =>
  message((writer) => {
    writer.integerField(1, type);
    writer.textField(2, name);
    writer.textField(3, value);
  });

const query = message((writer) => {
  writer.integerField(1, -5000);
  writer.integerField(2, 1_700_000_000_000);
  writer.blockField(3, matcher(0, '__name__', 'up'));
  writer.blockField(3, matcher(3, 'job', 'a|b'));
  writer.blockField(
    4,
    message((hints) => hints.textField(2, 'rate')),
  );
  writer.integerField(99, 1);
});

const request = (accepted: readonly number[]): Uint8Array =>
  message((writer) => {
    writer.blockField(1, query);
    for (const type of accepted) writer.integerField(2, type);
  });

describe('a request is decoded', () => {
  test('with its times and matchers', () => {
    expect(decodeReadRequest(request([])).queries).toEqual([
      {
        startMs: -5000,
        endMs: 1_700_000_000_000,
        matchers: [
          { name: '__name__', operator: '=', value: 'up' },
          { name: 'job', operator: '!~', value: 'a|b' },
        ],
      },
    ]);
  });
  test.each([
    [[], false, true],
    [[0], false, true],
    [[1, 0], true, true],
    [[0, 1], false, true],
    [[1], true, false],
    [[7, 1], true, false],
  ])('accepting types %j', (accepted, prefersChunks, takesSamples) => {
    expect(decodeReadRequest(request(accepted))).toMatchObject({ prefersChunks, takesSamples });
    const packed = message((writer) => writer.blockField(2, Uint8Array.from(accepted)));
    expect(decodeReadRequest(packed)).toMatchObject({ prefersChunks, takesSamples });
  });
});

test('a request cut off anywhere is refused or a shorter one', () => {
  const whole = request([1, 0]);
  const outcomes = Array.from({ length: whole.length }, (_, length) => {
    try {
      return decodeReadRequest(whole.subarray(0, length)).queries.length;
    } catch (thrown) {
      return (thrown as SondeError).code;
    }
  });
  expect(new Set(outcomes)).toEqual(new Set([0, 1, 'malformed_body']));
});

test.each([
  [matcher(4, 'job', 'a'), 'a type from 0 to 3'],
  [matcher(2, 'job', '('), 'no valid regular expression'],
])('a matcher that is none is refused: %#', (bytes, text) => {
  const inner = message((writer) => writer.blockField(3, bytes));
  const body = message((writer) => writer.blockField(1, inner));
  expect(() => decodeReadRequest(body)).toThrow(text);
});

import { describe, expect, test } from 'vitest';
import { createRequestReader, messageBytesMax } from '../services/wire.js';

/** A message with a type, as all but the first are. */
function message(type: string, content = ''): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + content.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(content)]);
}

function untyped(code: number, content = ''): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + content.length);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

const startup = untyped(196608, 'user\0postgres\0\0');
const exchange = (...messages: Buffer[]): unknown => ({ kind: 'exchange', bytes: new Uint8Array(Buffer.concat(messages)) });

describe('what a client sends', () => {
  test('begins with a startup message, after a question for TLS perhaps', () => {
    const read = createRequestReader();
    expect(read(untyped(80877103))).toEqual([{ kind: 'encryption' }]);
    expect(read(startup)).toEqual([exchange(startup)]);
  });

  test('is one exchange up to a Query or a Sync', () => {
    const read = createRequestReader();
    read(startup);
    const parts = [message('P', 'insert'), message('B', 'values'), message('D', 'P'), message('E'), message('S')];
    expect(read(Buffer.concat([...parts, message('Q', 'select 1')]))).toEqual([
      exchange(...parts),
      exchange(message('Q', 'select 1')),
    ]);
  });

  test('is the same however it is cut', () => {
    const parts = [startup, message('P', 'insert'), message('B', 'values'), message('S'), message('Q', 'select 1'), message('X')];
    const all = Buffer.concat(parts);
    const whole = createRequestReader()(all);
    expect(whole.map(({ kind }) => kind)).toEqual(['exchange', 'exchange', 'exchange', 'terminate']);
    for (let cut = 0; cut <= all.length; cut++) {
      const read = createRequestReader();
      expect([...read(all.subarray(0, cut)), ...read(all.subarray(cut))]).toEqual(whole);
    }
  });

  test('may be a request to cancel, which is a connection of its own', () => {
    expect(createRequestReader()(untyped(80877102, '12345678'))).toEqual([{ kind: 'cancel' }]);
  });

  test.each([-1, 3, messageBytesMax + 1])('with a length of %i is refused', (length) => {
    const read = createRequestReader();
    read(startup);
    const wrong = message('Q');
    wrong.writeInt32BE(length, 1);
    expect(() => read(wrong)).toThrow(RangeError);
  });
});

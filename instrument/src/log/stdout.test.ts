import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Stdout } from './stdout.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A pipe with some room, which its reader may make more. */
function pipe(room: number): { room: number; code: string; text: string; write: (bytes: Uint8Array) => number } {
  const made = {
    room,
    code: 'EAGAIN',
    text: '',
    write(bytes: Uint8Array): number {
      if (made.room === 0) throw Object.assign(new Error(made.code), { code: made.code });
      const length = Math.min(bytes.length, made.room);
      made.room -= length;
      made.text += Buffer.from(bytes.subarray(0, length)).toString('utf8');
      return length;
    },
  };
  return made;
}

const never = (message: string): never => {
  throw new Error(message);
};

describe('lines', () => {
  test('are written at once', () => {
    const to = pipe(Infinity);
    const stdout = new Stdout(never, to.write);
    stdout.write('one');
    stdout.write('zwö');
    expect([to.text, vi.getTimerCount()]).toEqual(['one\nzwö\n', 0]);
  });

  test('wait while there is no room, in their order, and go on where they were cut', () => {
    const to = pipe(6);
    const stdout = new Stdout(never, to.write);
    for (const line of ['one', 'two', 'three']) stdout.write(line);
    expect(to.text).toBe('one\ntw');
    vi.advanceTimersByTime(50);
    expect(to.text).toBe('one\ntw');
    to.room = 3;
    vi.advanceTimersByTime(10);
    expect(to.text).toBe('one\ntwo\nt');
    to.room = Infinity;
    stdout.write('four');
    expect(to.text).toBe('one\ntwo\nt');
    vi.advanceTimersByTime(10);
    expect([to.text, vi.getTimerCount()]).toEqual(['one\ntwo\nthree\nfour\n', 0]);
  });

  test('that are too many are dropped, and that is told once there is room', () => {
    const to = pipe(0);
    const warnings: string[] = [];
    const stdout = new Stdout((message) => warnings.push(message), to.write);
    for (let i = 0; i < 10; i++) stdout.write('x'.repeat(1 << 20));
    expect(warnings).toEqual([]);
    to.room = Infinity;
    vi.advanceTimersByTime(10);
    expect([to.text.length, warnings]).toEqual([
      7 * ((1 << 20) + 1),
      ['nobody read stdout for a while: 3 lines of logs were dropped'],
    ]);
    stdout.write('then');
    expect(to.text.endsWith('then\n')).toBe(true);
  });

  test.each(['EPIPE', 'EBADF', 'EIO'])('are given up when there is nobody to read them: %s', (code) => {
    const to = pipe(0);
    const stdout = new Stdout(never, to.write);
    stdout.write('waits');
    to.code = code;
    vi.advanceTimersByTime(10);
    to.room = Infinity;
    stdout.write('x');
    stdout.end();
    expect([to.text, vi.getTimerCount()]).toEqual(['', 0]);
  });

  test('are waited for at the end, and those that come after it', () => {
    const to = pipe(0);
    let attempts = 0;
    const stdout = new Stdout(never, (bytes) => {
      if (++attempts % 3 === 0) to.room = 4;
      return to.write(bytes);
    });
    stdout.write('first');
    stdout.write('second');
    stdout.end();
    expect(to.text).toBe('first\nsecond\n');
    stdout.write('as it exits');
    expect(to.text).toBe('first\nsecond\nas it exits\n');
  });
});

import { array, assert, integer, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyBuffers } from './body-buffers.ts';

const mebibyte = 1 << 20;

describe('buffers for bodies', () => {
  test('one that is done with is used again by a body of about its length', () => {
    const buffers = new BodyBuffers();
    const first = buffers.take(300_000);
    first.done();
    expect(buffers.idleBytes).toBeGreaterThanOrEqual(300_000);
    const second = buffers.take(290_000);
    expect(second.bytes.buffer).toBe(first.bytes.buffer);
    expect(second.bytes).toHaveLength(290_000);
    expect(buffers.idleBytes).toBe(0);
    second.done();
    expect(buffers.take(100_000).bytes.buffer).not.toBe(first.bytes.buffer);
  });

  test('what is done twice is kept once', () => {
    const buffers = new BodyBuffers();
    const one = buffers.take(mebibyte);
    one.done();
    one.done();
    expect(buffers.idleBytes).toBe(mebibyte);
  });

  test('small and huge ones are not kept, and never more than 32 MiB', () => {
    const buffers = new BodyBuffers();
    for (const size of [0, 1, 16_383, 4 * mebibyte + 1]) {
      const { bytes, done } = buffers.take(size);
      expect(bytes).toHaveLength(size);
      done();
    }
    expect(buffers.idleBytes).toBe(0);
    const many = Array.from({ length: 20 }, () => buffers.take(4 * mebibyte));
    for (const { done } of many) done();
    expect(buffers.idleBytes).toBe(32 * mebibyte);
  });

  test('no two bodies in use share memory', () => {
    const step = record({ size: integer({ min: 0, max: 200_000 }), done: nat({ max: 9 }) });
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const buffers = new BodyBuffers();
        const inUse: ReturnType<BodyBuffers['take']>[] = [];
        for (const { size, done } of steps) {
          const taken = buffers.take(size);
          expect(taken.bytes).toHaveLength(size);
          inUse.push(taken);
          const notEmpty = inUse.filter(({ bytes }) => bytes.length > 0);
          expect(new Set(notEmpty.map(({ bytes }) => bytes.buffer)).size).toBe(notEmpty.length);
          if (done < inUse.length) inUse.splice(done, 1)[0]?.done();
        }
      }),
    );
  });
});

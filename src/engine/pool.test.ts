import { describe, expect, test } from 'vitest';
import { Pool } from './pool.ts';

/** A promise and what ends it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe('a pool', () => {
  test('serves as many at a time as it has items, in the order of their coming', async () => {
    const pool = new Pool(['a', 'b']);
    const gates = Array.from({ length: 5 }, gate);
    const begun: number[] = [];
    const done = gates.map((each, i) =>
      pool.use(async (item) => {
        begun.push(i);
        await each.passed;
        return item;
      }),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.open();
    await done[1];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    for (const { open } of gates) open();
    expect((await Promise.all(done)).every((item) => item === 'a' || item === 'b')).toBe(true);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  test('gives an item back when its work fails', async () => {
    const pool = new Pool([1]);
    await expect(pool.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await pool.use((item) => Promise.resolve(item))).toBe(1);
  });

  test('lets one who waits leave the line', async () => {
    const pool = new Pool([1]);
    const first = gate();
    const abort = new AbortController();
    const running = pool.use(() => first.passed);
    const leaves = pool.use(() => Promise.resolve('served'), abort.signal);
    const stays = pool.use(() => Promise.resolve('served'));
    abort.abort();
    await expect(leaves).rejects.toMatchObject({ code: 'query_cancelled' });
    await expect(pool.use(() => Promise.resolve(), abort.signal)).rejects.toMatchObject({ code: 'query_cancelled' });
    first.open();
    await running;
    expect(await stays).toBe('served');
  });

  test('closes when what runs has ended; who waits or comes is refused', async () => {
    const pool = new Pool([1, 2]);
    const first = gate();
    const running = pool.use(() => first.passed);
    const second = pool.use(() => first.passed);
    const waits = pool.use(() => Promise.resolve());
    let closed = false;
    const closing = pool.close().then((items) => {
      closed = true;
      return items;
    });
    await expect(waits).rejects.toMatchObject({ code: 'unavailable' });
    await expect(pool.use(() => Promise.resolve())).rejects.toMatchObject({ code: 'unavailable' });
    expect(closed).toBe(false);
    first.open();
    await Promise.all([running, second]);
    expect(await closing).toEqual([1, 2]);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Bulkhead } from './bulkhead.ts';
import { BulkheadFullError } from './errors.ts';
import { Stop } from './stop.ts';

describe('a bulkhead', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('lets so many in, so many wait in their order, and refuses the rest', async () => {
    const bulkhead = new Bulkhead({ limit: 2, queueMax: 2 }, 'b');
    expect([bulkhead.enter(undefined), bulkhead.enter(undefined)]).toEqual([undefined, undefined]);
    const order: string[] = [];
    void bulkhead.enter(undefined)?.then(() => order.push('first'));
    void bulkhead.enter(undefined)?.then(() => order.push('second'));
    expect(() => bulkhead.enter(undefined)).toThrow(BulkheadFullError);
    expect(() => bulkhead.enter(undefined)).toThrow('b: all places are taken (2 under way, 2 waiting)');
    expect([bulkhead.active, bulkhead.queued]).toEqual([2, 2]);
    bulkhead.leave();
    // The place belongs to the first one already, before it knows.
    expect([bulkhead.active, bulkhead.queued]).toEqual([2, 1]);
    bulkhead.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual(['first', 'second']);
    bulkhead.leave();
    bulkhead.leave();
    expect([bulkhead.active, bulkhead.queued]).toEqual([0, 0]);
  });

  test('lets nobody wait for longer than it says', async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueMax: 5, queueWaitMsMax: 100 }, 'b');
    void bulkhead.enter(undefined);
    const refused = Promise.resolve(bulkhead.enter(undefined)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(99);
    expect(bulkhead.queued).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refused).toMatchObject({ code: 'BULKHEAD_FULL', reason: 'queue_wait' });
    expect([bulkhead.queued, vi.getTimerCount()]).toEqual([0, 0]);
    bulkhead.leave();
    expect(bulkhead.active).toBe(0);
  });

  test('frees the place in the queue of who gives up, at once', async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueMax: 1 }, 'b');
    void bulkhead.enter(undefined);
    const stop = new Stop();
    const given = bulkhead.enter(stop);
    stop.stop(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect([bulkhead.queued, stop.listening]).toEqual([0, 0]);
    await expect(bulkhead.enter(stop)).rejects.toThrow('enough');
    const next = bulkhead.enter(undefined);
    bulkhead.leave();
    await next;
    expect(bulkhead.active).toBe(1);
  });
});

test.each([
  [{ limit: 0 }, 'limit should be a whole number of at least 1, but is 0'],
  [{ limit: 1, queueMax: -1 }, 'queueMax should be a whole number of at least 0, but is -1'],
  [{ limit: 1, queueWaitMsMax: 0 }, 'queueWaitMsMax should be above 0'],
])('%j is refused', (options, message) => {
  expect(() => new Bulkhead(options, 'b')).toThrow(message);
});

import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const forever = { timeoutMs: 60_000, signal: new AbortController().signal };

/** Work that ends when it is told to. */
function openWork(): { readonly work: () => Promise<string>; readonly end: (result: string) => void; readonly fail: () => void } {
  const { promise, resolve, reject } = withResolvers<string>();
  return { work: () => promise, end: resolve, fail: () => reject(new Error('failed')) };
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

test('work beyond the most waits for its turn, in order', async () => {
  const gate = new Gate({ runningMax: 1, waitingMax: 10 });
  const first = openWork();
  const began: string[] = [];
  const run = (name: string): Promise<string> =>
    gate.run(async () => {
      began.push(name);
      return name;
    }, forever);
  const firstRun = gate.run(first.work, forever);
  const rest = [run('b'), run('c')];
  await Promise.resolve();
  expect(began).toEqual([]);
  first.end('a');
  expect(await firstRun).toBe('a');
  expect(await Promise.all(rest)).toEqual(['b', 'c']);
  expect(began).toEqual(['b', 'c']);
});

test('work that fails makes room too', async () => {
  const gate = new Gate({ runningMax: 1, waitingMax: 1 });
  const first = openWork();
  const firstRun = gate.run(first.work, forever);
  const second = gate.run(async () => 'done', forever);
  first.fail();
  await expect(firstRun).rejects.toThrow('failed');
  expect(await second).toBe('done');
  expect(await gate.run(async () => 'again', forever)).toBe('again');
});

test('who waits too long, went away, or finds the queue full is refused, and takes no place', async () => {
  const gate = new Gate({ runningMax: 1, waitingMax: 1 });
  const first = openWork();
  const firstRun = gate.run(first.work, forever);
  const never = async (): Promise<string> => {
    throw new Error('ran');
  };
  await expect(gate.run(never, { ...forever, timeoutMs: 5 })).rejects.toMatchObject({ code: 'query_timeout' });
  await expect(gate.run(never, { ...forever, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'query_cancelled' });
  const gone = new AbortController();
  const waiting = gate.run(never, { ...forever, signal: gone.signal });
  await expect(gate.run(never, forever)).rejects.toMatchObject({ code: 'overloaded' });
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'query_cancelled' });
  first.end('a');
  expect(await firstRun).toBe('a');
  expect(await gate.run(async () => 'b', forever)).toBe('b');
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CheckState } from './check-state.ts';
import type { Check } from './checks.ts';
import { CheckRunner } from './check-runner.ts';

let ended: [status: string, output: string | undefined][];
beforeEach(() => {
  ended = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function runner(check: Omit<Check, 'name'>): CheckRunner {
  return new CheckRunner({ check: { name: 'x', ...check }, ended: ({ status, output }) => ended.push([status, output]) });
}

const check = async (run: Check['run'], more: Partial<Check> = {}): Promise<CheckState> => runner({ run, ...more }).state();

test('what a check returns is its state', async () => {
  const state = await check(() => ({ value: 3, unit: '{item}', details: { max: 5, isFull: false } }), { measurement: 'size' });
  expect(state).toEqual({
    name: 'x',
    status: 'pass',
    isCritical: true,
    output: undefined,
    value: 3,
    unit: '{item}',
    details: { max: 5, isFull: false },
    type: 'component',
    measurement: 'size',
    timeMs: expect.closeTo(Date.now(), -4),
    durationMs: expect.any(Number),
  });
  expect(await check(() => ({ warning: 'ends soon' }))).toMatchObject({ status: 'warn', output: 'ends soon' });
});

const failures: readonly [way: string, run: Check['run'], output: string][] = [
  [
    'throws at once',
    () => {
      throw new Error('no such table');
    },
    'no such table',
  ],
  ['rejects', () => Promise.reject(new RangeError('too far')), 'too far'],
  ['rejects with a text', () => Promise.reject('not today'), 'not today'],
  ['rejects with nothing', () => Promise.reject(), 'undefined was thrown'],
  ['rejects with what cannot be a text', () => Promise.reject(Object.create(null)), 'object was thrown'],
  ['has an error without a message', () => Promise.reject(new TypeError('')), 'TypeError'],
  [
    'is refused at all addresses of a host',
    () => Promise.reject(new AggregateError([new Error('connect ECONNREFUSED ::1:1')])),
    'connect ECONNREFUSED ::1:1',
  ],
  ['says too much', () => Promise.reject(new Error('x'.repeat(5000))), `${'x'.repeat(999)}…`],
  [
    'returns what throws when it is read',
    () => ({
      get value(): number {
        throw new Error('do not look');
      },
    }),
    'do not look',
  ],
];

test.each(failures)('a check that %s fails with its message', async (_, run, output) => {
  expect(await check(run)).toMatchObject({ status: 'fail', output, value: undefined, details: {} });
});

test('a check that is not critical only warns', async () => {
  expect(await check(() => Promise.reject(new Error('gone')), { isCritical: false })).toMatchObject({
    status: 'warn',
    output: 'gone',
  });
});

test('of what a check returns, only what can be told is kept', async () => {
  const nested = { rows: [1], own: { a: 1 } };
  expect(await check(() => nested as object)).toMatchObject({ value: undefined, unit: undefined, details: {} });
  expect(await check(() => 'PONG' as never)).toMatchObject({ status: 'pass', value: undefined });
  const details = { big: 12n, not: NaN, deep: {}, none: null, long: 'y'.repeat(2000), yes: true } as never;
  expect((await check(() => ({ value: Infinity, details }))).details).toEqual({
    big: '12',
    long: `${'y'.repeat(999)}…`,
    yes: true,
  });
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
  expect(Object.keys((await check(() => ({ details: many }))).details)).toHaveLength(32);
});

test('a hundred who ask at once share one run', async () => {
  let runs = 0;
  let answer: () => void = () => undefined;
  const one = runner({ run: () => (runs++, new Promise((resolve) => (answer = () => resolve(undefined)))) });
  const asked = Array.from({ length: 100 }, () => one.state());
  expect(runs).toBe(1);
  answer();
  const states = await Promise.all(asked);
  expect(new Set(states).size).toBe(1);
  expect(ended).toEqual([['pass', undefined]]);
});

test('a result is given again until it is too old', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
  let runs = 0;
  const one = runner({ run: () => ({ value: ++runs }), cacheMs: 100 });
  const valueAfter = async (ms: number): Promise<unknown> => {
    vi.advanceTimersByTime(ms);
    return (await one.state()).value;
  };
  expect(await valueAfter(0)).toBe(1);
  expect(await valueAfter(99)).toBe(1);
  expect(await valueAfter(1)).toBe(2);
  expect(await valueAfter(99)).toBe(2);
});

test('a check that does not answer in time fails, and is told to give up', async () => {
  let signal: AbortSignal | undefined;
  const state = await check((given) => ((signal = given), new Promise(() => undefined)), { timeoutMs: 20 });
  expect(state).toMatchObject({ status: 'fail', output: 'no answer within 20 ms' });
  expect(signal?.aborted).toBe(true);
});

test('a check that answers in time is not told to give up', async () => {
  let signal: AbortSignal | undefined;
  await check((given) => void (signal = given));
  expect(signal?.aborted).toBe(false);
});

test('a check that hangs is not run again before it has answered, and is well when it is again', async () => {
  let runs = 0;
  let answer: () => void = () => undefined;
  const one = runner({
    run: () => (++runs === 1 ? new Promise((resolve) => (answer = () => resolve(undefined))) : undefined),
    timeoutMs: 10,
    cacheMs: 0,
  });
  for (let i = 0; i < 20; i++) expect(await one.state()).toMatchObject({ status: 'fail', output: 'no answer within 10 ms' });
  expect(runs).toBe(1);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await one.state()).toMatchObject({ status: 'pass' });
  expect(runs).toBe(2);
  expect(ended).toHaveLength(2);
});

test('a run that never answers is taken for lost after a minute; of those there are three at most', async () => {
  vi.useFakeTimers();
  let runs = 0;
  const one = runner({ run: () => (runs++, new Promise(() => undefined)), timeoutMs: 10, cacheMs: 0 });
  const runsAfter = async (ms: number): Promise<number> => {
    await vi.advanceTimersByTimeAsync(ms);
    const asked = one.state();
    await vi.advanceTimersByTimeAsync(20);
    await asked;
    return runs;
  };
  expect(await runsAfter(0)).toBe(1);
  expect(await runsAfter(50_000)).toBe(1);
  expect(await runsAfter(15_000)).toBe(2);
  expect(await runsAfter(15_000)).toBe(2);
  expect(await runsAfter(60_000)).toBe(3);
  expect(await runsAfter(600_000)).toBe(3);
});

test('a late failure of a run that was given up bothers nobody', async () => {
  let fail: () => void = () => undefined;
  const one = runner({ run: () => new Promise((_, reject) => (fail = () => reject(new Error('too late')))), timeoutMs: 5 });
  await one.state();
  fail();
  await new Promise((resolve) => setImmediate(resolve));
  expect(one.last?.output).toBe('no answer within 5 ms');
});

test('an answer that came while the event loop was held up is in time', async () => {
  const state = await check(
    () =>
      new Promise((resolve) => {
        setImmediate(() => {
          const until = performance.now() + 40;
          while (performance.now() < until);
        });
        setTimeout(resolve, 25);
      }),
    { timeoutMs: 20 },
  );
  // Both timers were due at once; the answer was there before anybody could look.
  expect(state.status).toBe('pass');
});

test('a check that may fail now and then warns first', async () => {
  const answers = [false, true, false, false, false, true];
  const one = runner({
    run: () => {
      if (answers.shift() !== true) throw new Error('flaps');
    },
    failuresMin: 3,
    cacheMs: 0,
  });
  const statuses: string[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await one.state()).status);
  expect(statuses).toEqual(['warn', 'pass', 'warn', 'warn', 'fail', 'pass']);
});

import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import type { BreakerOptions, BreakerState, BreakerVerdict } from './breaker.ts';
import { BreakerOpenError } from './errors.ts';

/** A breaker with a clock that is set by hand, and all its changes. */
function breakerOf(options: BreakerOptions): {
  breaker: Breaker;
  changes: string[];
  wait: (ms: number) => void;
  end: (...verdicts: BreakerVerdict[]) => void;
} {
  let nowMs = 0;
  const changes: string[] = [];
  const breaker = new Breaker(options, {
    policy: 'tested',
    changed: (from, to) => changes.push(`${from} → ${to}`),
    nowMs: () => nowMs,
  });
  return {
    breaker,
    changes,
    wait: (ms) => (nowMs += ms),
    end(...verdicts) {
      for (const verdict of verdicts) breaker.leave(breaker.enter(), verdict);
    },
  };
}

describe('a breaker', () => {
  test('opens after so many failures in a row, and only then', () => {
    const { breaker, end } = breakerOf({ kind: 'consecutive', failures: 3 });
    end('failed', 'failed', 'well', 'failed', 'failed', 'nothing');
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('open');
  });

  test('opens at its share of the last calls, not before there were enough, and forgets older ones', () => {
    const { breaker, end } = breakerOf({ kind: 'count', calls: 10, callsMin: 4, failureRatio: 0.5 });
    end('failed', 'failed', 'failed');
    expect(breaker.state).toBe('closed');
    end('well', 'well', 'well', 'well', 'well', 'well', 'well');
    // Ten calls with three failures; the next six push those out.
    end('well', 'well', 'well', 'failed', 'failed', 'failed', 'failed');
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('open');
  });

  test('opens at its share of the last seconds, however long nobody has called', () => {
    const { breaker, end, wait } = breakerOf({ kind: 'sampling', windowMs: 1000, callsMin: 4, failureRatio: 0.5 });
    end('failed', 'failed', 'failed');
    wait(3_600_000);
    end('failed', 'failed', 'failed');
    expect(breaker.state).toBe('closed');
    wait(999);
    end('failed');
    expect(breaker.state).toBe('open');
  });

  test('lets nothing pass while it is open, and says for how long', () => {
    const { breaker, end, wait } = breakerOf({ kind: 'consecutive', failures: 1, openMs: 1000 });
    end('failed');
    wait(400);
    for (const pass of [() => breaker.check(), () => breaker.enter()]) {
      expect(pass).toThrow(BreakerOpenError);
      expect(pass).toThrow('tested: the breaker is open, for 600 ms more at least');
    }
    wait(600);
    expect(() => breaker.check()).not.toThrow();
    // Looking does not change it.
    expect(breaker.state).toBe('open');
  });

  test('lets its probes pass and no more, and closes when all went well', () => {
    const { breaker, changes, end, wait } = breakerOf({ kind: 'consecutive', failures: 1, openMs: 1000, probes: 3 });
    end('failed');
    wait(1000);
    const probes = [breaker.enter(), breaker.enter(), breaker.enter()];
    expect(() => breaker.enter()).toThrow(BreakerOpenError);
    breaker.leave(probes[0]!, 'well');
    // Its place is not free: it went well, and three in all must.
    expect(() => breaker.enter()).toThrow(BreakerOpenError);
    breaker.leave(probes[1]!, 'nothing');
    // This one's is, as it said nothing.
    const another = breaker.enter();
    expect(() => breaker.check()).toThrow(BreakerOpenError);
    breaker.leave(probes[2]!, 'well');
    expect(breaker.state).toBe('half_open');
    breaker.leave(another, 'well');
    expect(changes).toEqual(['closed → open', 'open → half_open', 'half_open → closed']);
  });

  test('opens again with the first probe that fails, and hears no more of the others', () => {
    const { breaker, changes, end, wait } = breakerOf({ kind: 'consecutive', failures: 2, openMs: 1000, probes: 3 });
    end('failed', 'failed');
    wait(1000);
    const [one, two, three] = [breaker.enter(), breaker.enter(), breaker.enter()];
    breaker.leave(one, 'well');
    breaker.leave(two, 'failed');
    expect(breaker.state).toBe('open');
    wait(1000);
    const next = breaker.enter();
    breaker.leave(three, 'failed');
    expect(breaker.state).toBe('half_open');
    breaker.leave(next, 'well');
    end('well', 'well');
    expect(breaker.state).toBe('closed');
    expect(changes).toHaveLength(5);
  });

  test('does not count calls that began before its last change', () => {
    const { breaker, end, wait } = breakerOf({ kind: 'consecutive', failures: 2, openMs: 1000 });
    const slow = [breaker.enter(), breaker.enter(), breaker.enter()];
    end('failed', 'failed');
    wait(1000);
    end('well');
    for (const round of slow) breaker.leave(round, 'failed');
    expect(breaker.state).toBe('closed');
  });

  test('gives up probes that never end', () => {
    const { breaker, end, wait } = breakerOf({ kind: 'consecutive', failures: 1, openMs: 1000 });
    end('failed');
    wait(1000);
    const lost = breaker.enter();
    wait(999);
    expect(() => breaker.enter()).toThrow('for 1 ms more');
    wait(1);
    const probe = breaker.enter();
    breaker.leave(lost, 'failed');
    breaker.leave(probe, 'well');
    expect(breaker.state).toBe('closed');
  });

  test.each<[BreakerOptions, string]>([
    [{ kind: 'consecutive', failures: 0 }, 'failures should be a whole number of at least 1, but is 0'],
    [{ kind: 'count', failureRatio: 1.5 }, 'failureRatio should be above 0 and at most 1, but is 1.5'],
    [{ kind: 'count', calls: 5, callsMin: 6 }, 'callsMin should be at most calls (5), but is 6'],
    [{ kind: 'sampling', windowMs: Infinity }, 'windowMs should be above 0'],
    [{ kind: 'count', openMs: 0 }, 'openMs should be above 0'],
    [{ kind: 'count', probes: 0 }, 'probes should be a whole number'],
  ])('of %j is refused', (options, message) => {
    expect(() => breakerOf(options)).toThrow(message);
  });
});

/** A breaker that keeps all calls in a list, and works everything out from it. */
class Model {
  state: BreakerState = 'closed';
  private readonly options: BreakerOptions;
  private sinceMs = 0;
  private calls: { id: number; endMs: number | undefined; verdict: BreakerVerdict | undefined }[] = [];

  constructor(options: BreakerOptions) {
    this.options = options;
  }

  passes(nowMs: number): boolean {
    const { openMs = 0, probes = 1 } = this.options;
    if (this.state === 'closed') return true;
    if (nowMs - this.sinceMs >= openMs) return true;
    return this.state === 'half_open' && this.calls.filter(({ verdict }) => verdict !== 'nothing').length < probes;
  }

  enter(id: number, nowMs: number): void {
    const { openMs = 0, probes = 1 } = this.options;
    const out = this.calls.filter(({ verdict }) => verdict !== 'nothing').length;
    if (this.state === 'open') this.to('half_open', nowMs);
    else if (this.state === 'half_open' && out >= probes && nowMs - this.sinceMs >= openMs) this.to('half_open', nowMs);
    this.calls.push({ id, endMs: undefined, verdict: undefined });
  }

  leave(id: number, verdict: BreakerVerdict, nowMs: number): void {
    const call = this.calls.find((one) => one.id === id);
    if (call === undefined) return;
    call.verdict = verdict;
    call.endMs = nowMs;
    // In the order of their ends.
    this.calls = [...this.calls.filter((one) => one !== call), call];
    if (this.state === 'closed') {
      if (verdict === 'failed' && this.isTooMuch(nowMs)) this.to('open', nowMs);
      return;
    }
    if (verdict === 'failed') this.to('open', nowMs);
    else if (this.calls.filter((one) => one.verdict === 'well').length >= (this.options.probes ?? 1)) this.to('closed', nowMs);
  }

  private to(state: BreakerState, nowMs: number): void {
    this.state = state;
    this.sinceMs = nowMs;
    this.calls = [];
  }

  private isTooMuch(nowMs: number): boolean {
    const ended = this.calls.filter(({ verdict }) => verdict === 'well' || verdict === 'failed');
    const failedOf = (calls: typeof ended): number => calls.filter(({ verdict }) => verdict === 'failed').length;
    const { options } = this;
    switch (options.kind) {
      case 'consecutive':
        return ended.length >= options.failures! && ended.slice(-options.failures!).every(({ verdict }) => verdict === 'failed');
      case 'count': {
        const last = ended.slice(-options.calls!);
        return last.length >= options.callsMin! && failedOf(last) / last.length >= options.failureRatio!;
      }
      case 'sampling': {
        const slotMs = options.windowMs! / 10;
        const last = ended.filter(({ endMs }) => Math.floor(endMs! / slotMs) > Math.floor(nowMs / slotMs) - 10);
        return last.length >= options.callsMin! && failedOf(last) / last.length >= options.failureRatio!;
      }
    }
  }
}

const breakerOptions: fc.Arbitrary<BreakerOptions> = fc
  .tuple(
    fc.oneof(
      fc.record({ kind: fc.constant('consecutive' as const), failures: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        kind: fc.constant('count' as const),
        calls: fc.integer({ min: 4, max: 12 }),
        callsMin: fc.integer({ min: 1, max: 4 }),
        failureRatio: fc.constantFrom(0.25, 0.5, 1),
      }),
      fc.record({
        kind: fc.constant('sampling' as const),
        windowMs: fc.constantFrom(100, 1000),
        callsMin: fc.integer({ min: 1, max: 6 }),
        failureRatio: fc.constantFrom(0.25, 0.5, 1),
      }),
    ),
    fc.record({ openMs: fc.constantFrom(50, 500), probes: fc.integer({ min: 1, max: 4 }) }),
  )
  .map(([rule, rest]) => ({ ...rule, ...rest }));

const verdict = fc.constantFrom<BreakerVerdict>('well', 'failed', 'failed', 'nothing');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('enter' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.constantFrom(0, 0, 0, 1, 2, 5), verdict }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 50, 120, 600, 600) }) },
);

test('a breaker does what a model does that works everything out from a list of calls', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(breakerOptions, fc.array(step, { minLength: 40, maxLength: 200 }), (options, steps) => {
      const { breaker, wait, changes } = breakerOf(options);
      const model = new Model(options);
      let nowMs = 0;
      let ids = 0;
      const under: { id: number; round: number }[] = [];
      for (const one of steps) {
        if (one.do === 'wait') {
          nowMs += one.ms;
          wait(one.ms);
        } else if (one.do === 'enter') {
          const passes = model.passes(nowMs);
          if (passes) {
            breaker.check();
            under.push({ id: ++ids, round: breaker.enter() });
            model.enter(ids, nowMs);
          } else {
            assert.throws(() => breaker.check(), BreakerOpenError);
            assert.throws(() => breaker.enter(), BreakerOpenError);
          }
        } else if (under.length > 0) {
          const [{ id, round }] = under.splice(-1 - (one.which % under.length), 1) as [{ id: number; round: number }];
          breaker.leave(round, one.verdict);
          model.leave(id, one.verdict, nowMs);
        }
        expect(breaker.state).toBe(model.state);
      }
      for (const change of changes) reached.add(change);
    }),
    { numRuns: 500 },
  );
  expect([...reached].toSorted()).toEqual(['closed → open', 'half_open → closed', 'half_open → open', 'open → half_open']);
});

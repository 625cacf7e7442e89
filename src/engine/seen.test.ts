import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Claims, firstMark, Seen } from './seen.ts';

/** What the set means, in the plainest form: key to `known` or to the commit that claimed it. */
type Model = Map<string, 'known' | number>;

const key = fc.record({
  table: fc.integer({ min: 0, max: 2 }),
  low: fc.integer({ min: 0, max: 60 }),
  high: fc.integer({ min: 0, max: 1 }),
  day: fc.integer({ min: 20_000, max: 20_002 }),
});
type Key = typeof key extends fc.Arbitrary<infer K> ? K : never;

/** A request asks for keys; then it fails (its claims are released), or it stays; after it, the commit may be stored. */
const request = fc.record({
  keys: fc.array(key, { maxLength: 40 }),
  fails: fc.boolean(),
  commitEnds: fc.constantFrom('stays open', 'is stored', 'is lost'),
});

function claim(seen: Seen, claims: Claims, mark: number, { table, low, high, day }: Key): boolean {
  return seen.claim(claims, mark, table, low, high, day);
}

describe('what was seen', () => {
  it('agrees with a Map as long as it is not full', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
        const seen = new Seen();
        const model: Model = new Map();
        let mark = firstMark;
        let claims = new Claims();
        for (const { keys, fails, commitEnds } of requests) {
          const before = claims.length;
          const claimed: string[] = [];
          for (const wanted of keys) {
            const name = JSON.stringify(wanted);
            const was = model.get(name);
            const expected = was !== 'known' && was !== mark;
            expect(claim(seen, claims, mark, wanted)).toBe(expected);
            if (!expected) continue;
            claimed.push(name);
            model.set(name, mark);
          }
          if (fails) {
            seen.release(claims, before, mark);
            for (const name of claimed) model.delete(name);
          }
          if (commitEnds === 'stays open') continue;
          if (commitEnds === 'is stored') {
            seen.confirm(claims);
            for (const [name, state] of model) if (state === mark) model.set(name, 'known');
          }
          mark++;
          claims = new Claims();
        }
      }),
    );
  });

  it('never takes a row for stored that is not, however small it is', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), fc.constantFrom(2, 4, 16, 64), (requests, entriesMax) => {
        const seen = new Seen(entriesMax);
        const stored = new Set<string>();
        let mark = firstMark;
        let claims = new Claims();
        let written = new Set<string>();
        for (const { keys, fails, commitEnds } of requests) {
          const before = claims.length;
          const added: string[] = [];
          for (const wanted of keys) {
            const name = JSON.stringify(wanted);
            const isWritten = stored.has(name) || written.has(name) || added.includes(name);
            const isNew = claim(seen, claims, mark, wanted);
            expect(isNew || isWritten).toBe(true);
            if (isNew) added.push(name);
          }
          if (fails) seen.release(claims, before, mark);
          else for (const name of added) written.add(name);
          if (commitEnds === 'stays open') continue;
          if (commitEnds === 'is stored') {
            seen.confirm(claims);
            for (const name of written) stored.add(name);
          }
          mark++;
          claims = new Claims();
          written = new Set();
        }
      }),
    );
  });

  it('remembers the half that was asked for last, and stays within its memory', () => {
    const entriesMax = 1 << 10;
    const seen = new Seen(entriesMax);
    let mark = firstMark;
    const store = (id: number): boolean => {
      const claims = new Claims();
      const isNew = seen.claim(claims, mark++, 1, Math.imul(id, 0x9e3779b1), id, 20_000);
      seen.confirm(claims);
      return isNew;
    };
    for (let id = 0; id < 10_000; id++) {
      expect(store(id)).toBe(true);
      // Asked for again and again, so it survives every change of generations.
      expect(store(0)).toBe(false);
      expect(store(Math.max(0, id - 100))).toBe(false);
    }
    for (let back = 0; back < entriesMax / 2 - 1; back++) expect(store(9_999 - back)).toBe(false);
    expect(seen.byteLength).toBeLessThanOrEqual(32 * entriesMax);
  });

  it('lets a commit claim what another one in flight has claimed, until one of them is stored', () => {
    const seen = new Seen();
    const first = new Claims();
    const second = new Claims();
    expect(seen.claim(first, firstMark, 0, 7, 8, 20_000)).toBe(true);
    expect(seen.claim(first, firstMark, 0, 7, 8, 20_000)).toBe(false);
    expect(seen.claim(second, firstMark + 1, 0, 7, 8, 20_000)).toBe(true);
    seen.confirm(first);
    expect(seen.claim(new Claims(), firstMark + 2, 0, 7, 8, 20_000)).toBe(false);
  });

  it('takes signed halves for the same id as unsigned ones', () => {
    const seen = new Seen();
    const claims = new Claims();
    expect(seen.claim(claims, firstMark, 0, -1, -2, 20_000)).toBe(true);
    expect(seen.claim(claims, firstMark, 0, 0xffffffff, 0xfffffffe, 20_000)).toBe(false);
    seen.confirm(claims);
    expect(seen.claim(claims, firstMark + 1, 0, -1, 0xfffffffe, 20_000)).toBe(false);
  });

  it('knows which rows are stored: those of commits that are, and no others', () => {
    const seen = new Seen();
    const check = (day: number, expected: boolean): void => expect(seen.has(1, -5, 6, day)).toBe(expected);
    const claims = new Claims();
    seen.claim(claims, firstMark, 1, -5, 6, 20_000);
    check(20_000, false);
    seen.confirm(claims);
    check(20_000, true);
    check(20_001, false);
    expect(seen.has(2, -5, 6, 20_000)).toBe(false);
    const lost = new Claims();
    seen.claim(lost, firstMark + 1, 1, -5, 6, 20_001);
    seen.claim(lost, firstMark + 1, 1, -5, 6, 20_000);
    seen.release(lost, 0, firstMark + 1);
    check(20_001, false);
    check(20_000, true);
  });
});

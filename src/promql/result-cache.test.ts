import { assert, asyncProperty, array, boolean, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { QueryResult } from './evaluate/evaluate.ts';
import { ResultCache } from './result-cache.ts';
import type { QueryGrid } from './result-cache.ts';

/** What a query says, by time and series: it changes only where a commit says so. */
class Truth {
  readonly changes: { readonly fromMs: number; readonly by: number }[] = [];
  asked: QueryGrid[] = [];

  value(timeMs: number): number {
    return this.changes.filter(({ fromMs }) => fromMs <= timeMs).reduce((sum, { by }) => sum + by, timeMs);
  }

  evaluate(grid: QueryGrid): QueryResult {
    this.asked.push(grid);
    const times: number[] = [];
    for (let timeMs = grid.startMs; timeMs <= grid.endMs; timeMs += grid.stepMs) times.push(timeMs);
    const series = ['even', 'odd'].flatMap((half, i) => {
      const points = times
        .filter((timeMs) => Math.floor(timeMs / 10) % 2 === i)
        .map((timeMs) => ({ timeMs, value: this.value(timeMs) }));
      return points.length === 0 ? [] : [{ labels: ['half', half], points }];
    });
    return { type: 'matrix', series, warnings: [], infos: [] };
  }
}

const range = (startMs: number, endMs: number, stepMs = 10): QueryGrid => ({ startMs, endMs, stepMs });

async function ask(cache: ResultCache, truth: Truth, grid: QueryGrid): Promise<readonly QueryGrid[]> {
  truth.asked = [];
  const answer = await cache.answer('q', grid, async (part) => truth.evaluate(part));
  const asked = [...truth.asked];
  expect(answer).toEqual(truth.evaluate(grid));
  return asked;
}

test('an answer is given again, and only what is new is worked out', async () => {
  const [cache, truth] = [new ResultCache(1000), new Truth()];
  expect(await ask(cache, truth, range(100, 200))).toEqual([range(100, 200)]);
  expect(await ask(cache, truth, range(100, 200))).toEqual([]);
  expect(await ask(cache, truth, range(120, 220))).toEqual([range(210, 220)]);
  expect(await ask(cache, truth, range(100, 190))).toEqual([range(100, 110)]);
  expect(await ask(cache, truth, range(105, 195))).toEqual([range(105, 195)]);
  expect(await ask(cache, truth, range(100, 200, 20))).toEqual([range(100, 200, 20)]);
});

test('a commit takes away what its samples could change, also while an answer is being worked out', async () => {
  const [cache, truth] = [new ResultCache(1000), new Truth()];
  await ask(cache, truth, range(100, 200));
  truth.changes.push({ fromMs: 185, by: 7 });
  cache.noteStored(185);
  expect(await ask(cache, truth, range(100, 200))).toEqual([range(190, 200)]);
  const during = cache.answer('q', range(300, 400), async (part) => {
    const seen = truth.evaluate(part);
    truth.changes.push({ fromMs: 350, by: 1 });
    cache.noteStored(350);
    return seen;
  });
  await during;
  expect(await ask(cache, truth, range(300, 370))).toEqual([range(350, 370)]);
});

test('answers stay right whatever is asked and stored in whatever order', async () => {
  const step = record({ start: integer({ min: 0, max: 30 }), length: integer({ min: 0, max: 30 }), stores: boolean() });
  await assert(
    asyncProperty(array(step, { maxLength: 30 }), async (steps) => {
      const [cache, truth] = [new ResultCache(60), new Truth()];
      for (const { start, length, stores } of steps) {
        if (stores) {
          truth.changes.push({ fromMs: start * 10 + 3, by: length });
          cache.noteStored(start * 10 + 3);
        }
        await ask(cache, truth, range(start * 10, (start + length) * 10));
      }
    }),
  );
});

test('answers with annotations are given again whole, and never put together', async () => {
  const [cache, truth] = [new ResultCache(1000), new Truth()];
  const evaluate = async (grid: QueryGrid): Promise<QueryResult> => ({
    ...truth.evaluate(grid),
    warnings: [`over ${grid.endMs}`],
  });
  await cache.answer('q', range(0, 100), evaluate);
  truth.asked = [];
  await cache.answer('q', range(0, 100), evaluate);
  expect(truth.asked).toEqual([]);
  const { warnings } = await cache.answer('q', range(0, 110), evaluate);
  expect(warnings).toEqual(['over 110']);
});

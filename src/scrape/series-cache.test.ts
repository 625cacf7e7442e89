import { expect, test } from 'vitest';
import { takeAtOnce } from '../base/steps.ts';
import { droppedKey, SeriesCache, unknownKey } from './series-cache.ts';

/** Shows a scrape of series by number, each with one key; a cache that has forgotten says how series were renumbered. */
function scrape(cache: SeriesCache, number: number, from: number, to: number): Int32Array | undefined {
  cache.begin(number);
  for (let i = from; i < to; i++) {
    const key = Buffer.from(`series ${i}`);
    const found = cache.find(key, 0, key.length);
    const series = found === unknownKey ? cache.series({ idLow: i, idHigh: 7, metricId: i % 3 }, false) : found;
    if (found === unknownKey) cache.addKey(key, 0, key.length, series);
    cache.note(series, number * 1000);
  }
  return takeAtOnce(cache.end(number - 1));
}

const lookUp = (cache: SeriesCache, i: number): number => {
  const key = Buffer.from(`series ${i}`);
  return cache.find(key, 0, key.length);
};

test('a key is known from the scrape after', () => {
  const cache = new SeriesCache();
  expect(scrape(cache, 1, 0, 3)).toBeUndefined();
  const id = { idLow: 0, idHigh: 0, metricId: 0 };
  cache.readId(lookUp(cache, 2), id);
  expect(id).toEqual({ idLow: 2, idHigh: 7, metricId: 2 });
  expect(lookUp(cache, 3)).toBe(unknownKey);
});

test('two keys may stand for one series, and a key for none', () => {
  const cache = new SeriesCache();
  cache.begin(1);
  const id = { idLow: 1, idHigh: 2, metricId: 3 };
  expect(cache.series(id, true)).toBe(cache.series(id, false));
  expect(cache.isHistogram(0)).toBe(true);
  const key = Buffer.from('dropped');
  expect(cache.find(key, 0, 7)).toBe(unknownKey);
  cache.addKey(key, 0, 7, droppedKey);
  expect(cache.find(key, 0, 7)).toBe(droppedKey);
});

test('series that change with every scrape do not fill the memory', () => {
  const cache = new SeriesCache();
  for (let number = 1; number <= 50; number++) scrape(cache, number, number * 2000, number * 2000 + 2000);
  expect(cache.byteLength).toBeLessThan(2 << 20);
});

test('what is forgotten is learned anew, what the last two scrapes had stays', () => {
  const cache = new SeriesCache();
  scrape(cache, 1, 0, 5000);
  expect(scrape(cache, 2, 4990, 5000)).toBeUndefined();
  const numbers = scrape(cache, 3, 4995, 5000);
  expect(numbers?.[4999]).toBe(9);
  expect(numbers?.[4989]).toBe(-1);
  expect(lookUp(cache, 4990)).toBe(0);
  expect(lookUp(cache, 4989)).toBe(unknownKey);
  expect([cache.seenBy(0), cache.seenBy(9), cache.lastMs(9)]).toEqual([2, 3, 3000]);
});

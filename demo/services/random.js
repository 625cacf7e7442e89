// @ts-check
/**
 * A stream of numbers in [0, 1) that is the same for the same seed (mulberry32), so that two runs of the demo do the same.
 * @param {number} seed An integer.
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @template T
 * @param {readonly [T, ...T[]]} items
 * @param {() => number} random
 */
export function pick(items, random) {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

/** Random numbers that are the same every time: a seed gives a source of numbers from 0 to 1 (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

/** A duration in nanoseconds around a middle, with the long tail that real ones have. */
export function around(random, middleNs) {
  return Math.round(middleNs * Math.exp((random() + random() + random() - 1.5) * 0.9) * (random() < 0.02 ? 6 : 1));
}

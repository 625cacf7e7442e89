// Makes so many calls per second, evenly, whatever becomes of them: a call that is late because others are slow counts from when it was
// due, as whoever waits for it would count.

const stepMs = 1;

/** `call` resolves when it has been answered. Gives how long calls took, in milliseconds, ascending. */
export async function paced({ perSecond, seconds, call }) {
  const tookMs = [];
  const under = new Set();
  const beganMs = performance.now();
  const all = Math.floor(perSecond * seconds);
  let made = 0;
  while (made < all) {
    const due = Math.min(all, Math.floor(((performance.now() - beganMs) / 1000) * perSecond));
    for (; made < due; made++) {
      const dueMs = beganMs + (made / perSecond) * 1000;
      const one = timed(call, dueMs, tookMs).finally(() => under.delete(one));
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  await Promise.all(under);
  return tookMs.toSorted((a, b) => a - b);
}

async function timed(call, dueMs, tookMs) {
  await call();
  tookMs.push(performance.now() - dueMs);
}

export function p99(ascending) {
  return ascending[Math.floor(ascending.length * 0.99)];
}

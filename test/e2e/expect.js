// What a case can ask of a page. Each waits as a person would, and says what it waited for.
import { setTimeout as pause } from 'node:timers/promises';

const patienceMs = 10_000;

/** Waits until the element is there and can be seen. */
export async function seen(locator) {
  await locator.first().waitFor({ state: 'visible' });
}

/** Waits until the element has gone. */
export async function gone(locator) {
  await locator.first().waitFor({ state: 'hidden' });
}

/** Waits until what `read` answers satisfies `test`. */
export async function until(what, read, test) {
  const endMs = performance.now() + patienceMs;
  let last = await read();
  while (!test(last)) {
    if (performance.now() > endMs) throw new Error(`${what}: waited ${patienceMs} ms, last was ${JSON.stringify(last)}`);
    await pause(50);
    last = await read();
  }
  return last;
}

export function check(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

/** The address without the origin. */
export function addressOf(page) {
  const { pathname, search } = new URL(page.url());
  return pathname + decodeURIComponent(search);
}

/** Waits until the address matches. */
export function arrived(page, pattern) {
  return until(
    `the address ${pattern}`,
    async () => addressOf(page),
    (address) => pattern.test(address),
  );
}

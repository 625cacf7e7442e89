/** Answers of the last minute, by their address: the back button shows a list as it was, without asking again. */
interface Kept {
  readonly answer: unknown;
  readonly atMs: number;
}

const keptMax = 24;
const freshMs = 60_000;
const kept = new Map<string, Kept>();

/** Keeps an answer; the oldest go first. */
export function keep(url: string, answer: unknown, nowMs: number): void {
  kept.delete(url);
  kept.set(url, { answer, atMs: nowMs });
  for (const oldest of kept.keys()) {
    if (kept.size <= keptMax) break;
    kept.delete(oldest);
  }
}

/** The answer to an address when it is no older than a minute. */
export function recent(url: string, nowMs: number): unknown {
  const found = kept.get(url);
  return found !== undefined && nowMs - found.atMs < freshMs ? found.answer : undefined;
}

/** Forgets everything: somebody asked for fresh answers. */
export function forget(): void {
  kept.clear();
}

/** What Sonde says about itself: its version, and whether it has anything to show yet. */
import { signal } from '@preact/signals';
import type { StatusAnswer } from '../../../src/api/sonde/contract.ts';
import { getJson } from '../api/client.ts';
import { statusUrl } from '../api/endpoints.ts';
import { learnClock, refresh } from './range.ts';

export const status = signal<StatusAnswer | undefined>(undefined);

/** Asks once, and, as long as there is no data, every two seconds, so that the first span appears by itself. */
export async function watchStatus(): Promise<void> {
  for (;;) {
    const answer = await askStatus();
    if (answer?.hasData === true) return;
    await new Promise((resolve) => {
      globalThis.setTimeout(resolve, 2000);
    });
  }
}

async function askStatus(): Promise<StatusAnswer | undefined> {
  try {
    const answer = await getJson<StatusAnswer>(statusUrl, AbortSignal.timeout(10_000));
    const appeared = status.peek()?.hasData === false && answer.hasData;
    learnClock(answer.nowNs);
    status.value = answer;
    if (appeared) refresh();
    return answer;
  } catch {
    // The page's own requests tell what is wrong; this one only tries again.
    return undefined;
  }
}

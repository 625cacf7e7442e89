/**
 * Long work in steps of at most about a millisecond: a generator that yields between them. Whoever runs it decides whether all
 * of it happens at once, or in slices that leave the event loop to others in between.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

const sliceMs = 8;

/** Takes all steps at once. */
export function takeAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Takes steps for about 8 ms at a time. Works in slices take turns, one slice each time that the event loop comes round: many of
 * them make each other slow, and nothing else. `afterSlice` may wait for something, and may throw, which ends the work.
 */
export async function takeInSlices<T>(steps: Steps<T>, afterSlice: () => Promise<void> | void = () => {}): Promise<T> {
  try {
    for (;;) {
      await nextTurn();
      const endMs = performance.now() + sliceMs;
      do {
        const { done, value } = steps.next();
        if (done === true) return value;
      } while (performance.now() < endMs);
      await afterSlice();
    }
  } finally {
    // Not left in the middle: a generator may have something to put right.
    steps.return(undefined as never);
  }
}

/** There is one event loop, and so one line of those that wait for it. */
let lastTurn: Promise<void> = Promise.resolve();

function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
  return lastTurn;
}

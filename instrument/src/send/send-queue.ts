/**
 * Requests on their way out, oldest first, one at a time for each signal. While the backend is away they wait, with longer and longer
 * pauses between attempts (OTLP specification, "OTLP/HTTP Throttling"); when they take more room than allowed, the oldest are given
 * up and counted. Nothing here keeps the process alive, and nothing is ever thrown into the application.
 */
import type { Destination, RequestCounts } from './exporter.ts';
import type { Signal } from './signals.ts';
import type { Outcome, Transport, Unsent } from './transport.ts';

const pauseAtFirstMs = 1000;
const pauseMaxMs = 30_000;

export interface SendQueueOptions {
  readonly signal: Signal;
  readonly transport: Transport;
  /** Bytes that may wait. */
  readonly bytesMax: number;
  /** Told in words why requests were not taken; the same reason is not told twice in a row. */
  readonly warn: (message: string) => void;
  /** Told of each request that will not be sent any more. */
  readonly onDone?: (body: Uint8Array, outcome: Exclude<Outcome, { kind: 'later' }>) => void;
}

export class SendQueue implements Destination {
  readonly counts: RequestCounts = { sent: 0, refused: 0, givenUp: 0 };
  readonly #options: SendQueueOptions;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #pumping: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #tellAway: (() => void) | undefined;
  #isClosing = false;
  #lastWarning = '';

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(body: Uint8Array): void {
    this.#waiting.push(body);
    this.#bytes += body.length;
    // The first may be on its way right now: it is not given up, unless it is the only one.
    while (this.#bytes > this.#options.bytesMax && this.#waiting.length > 1) this.#giveUp(this.#pumping === undefined ? 0 : 1);
    this.#pumping ??= this.#pump();
  }

  /** Tries at once; resolves when nothing waits, when the backend is away, or when the time is over. Says whether nothing waits. */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const away = new Promise<void>((resolve) => {
      this.#tellAway = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#pumping, away]);
    clearTimeout(timer);
    return this.#waiting.length === 0;
  }

  /** Takes away all that waits, for `sendAtExit`. What is on its way right now is among it: a backend may see it twice. */
  takeUnsent(): Unsent[] {
    this.#isClosing = true;
    const { signal } = this.#options;
    this.#bytes = 0;
    return this.#waiting.splice(0).map((body) => ({ signal, body }));
  }

  #giveUp(at: number): void {
    const [body] = this.#waiting.splice(at, 1);
    if (body === undefined) return;
    this.#bytes -= body.length;
    this.counts.givenUp++;
    this.#warn(`more than ${this.#options.bytesMax} bytes wait for the backend: the oldest request was given up`);
  }

  async #pump(): Promise<void> {
    let pauseMs = pauseAtFirstMs;
    // The request is made on the next turn: whoever recorded something has its answer sent first.
    await new Promise((resolve) => setImmediate(resolve));
    for (let body = this.#waiting[0]; body !== undefined && !this.#isClosing; body = this.#waiting[0]) {
      const outcome = await this.#options.transport.send(this.#options.signal, body);
      if (outcome.kind === 'later') {
        this.#warn(outcome.why);
        this.#tellAway?.();
        await this.#pause(outcome.afterMs ?? pauseMs * (0.8 + 0.4 * Math.random()));
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
        continue;
      }
      pauseMs = pauseAtFirstMs;
      this.#done(body, outcome);
    }
    this.#pumping = undefined;
  }

  #done(body: Uint8Array, outcome: Exclude<Outcome, { kind: 'later' }>): void {
    if (this.#waiting[0] === body) {
      this.#waiting.shift();
      this.#bytes -= body.length;
    }
    this.#options.onDone?.(body, outcome);
    const why = outcome.kind === 'sent' ? outcome.part : outcome.why;
    this.counts[outcome.kind]++;
    if (why === undefined) this.#lastWarning = '';
    else this.#warn(why);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #warn(why: string): void {
    if (why === this.#lastWarning) return;
    this.#lastWarning = why;
    this.#options.warn(`${this.#options.signal}: ${why}`);
  }
}

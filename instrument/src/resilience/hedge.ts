/**
 * Hedging: when an attempt takes longer than most, a second one goes beside it, and the first of the two that ends well is the answer
 * (Dean and Barroso, "The Tail at Scale", 2013). The other one is aborted. An attempt that fails waits for the other one.
 */
import { discardAnswer } from './answers.ts';
import { isTransient } from './end.ts';
import type { End } from './end.ts';
import { Stop } from './stop.ts';

export interface HedgeOptions {
  /** A time, or the percentile of what the last attempts took; with that, none is hedged before 32 of them. */
  readonly afterMs: number | 'p50' | 'p90' | 'p95' | 'p99';
}

export interface Hedge<T> {
  readonly stop: Stop | undefined;
  /** From the moment when the first one is sent, not while it waits in a queue of this process. */
  readonly afterMs: number;
  /** Asked when it is time for the second. */
  readonly mayHedge: () => boolean;
  /** Never rejects. `sent` is called as it is sent. */
  readonly attempt: (stop: Stop, isHedge: boolean, sent: () => void) => Promise<End<T>>;
  readonly ended: (outcome: 'won' | 'lost') => void;
}

/** Attempts with a second one beside it, if that comes to be. */
export function hedged<T>(hedge: Hedge<T>): Promise<End<T>> {
  return new Promise((resolve, reject) => {
    const race = new Race(hedge, resolve, reject);
    race.start(false);
  });
}

class Race<T> {
  private readonly hedge: Hedge<T>;
  private readonly resolve: (end: End<T>) => void;
  private readonly reject: (error: unknown) => void;
  private readonly running = new Set<Stop>();
  private timer: NodeJS.Timeout | undefined;
  private isHedged = false;
  private isOver = false;
  /** How the one ended that failed while the other is under way. */
  private spare: { readonly end: End<T>; readonly isHedge: boolean } | undefined;

  constructor(hedge: Hedge<T>, resolve: (end: End<T>) => void, reject: (error: unknown) => void) {
    this.hedge = hedge;
    this.resolve = resolve;
    this.reject = reject;
  }

  start(isHedge: boolean): void {
    const { attempt, afterMs } = this.hedge;
    const stop = new Stop(this.hedge.stop);
    this.running.add(stop);
    const sent = (): void => {
      if (!isHedge) this.timer = setTimeout(() => this.second(), afterMs).unref();
    };
    attempt(stop, isHedge, sent).then((end) => this.ended(end, stop, isHedge), this.reject);
  }

  private second(): void {
    if (!this.hedge.mayHedge()) return;
    this.isHedged = true;
    this.start(true);
  }

  private ended(end: End<T>, stop: Stop, isHedge: boolean): void {
    stop.release();
    this.running.delete(stop);
    if (this.isOver) {
      if (end.kind === 'answer') discardAnswer(end.answer);
      return;
    }
    const { spare } = this;
    // A failure of the peer says more than that a second attempt could not be made.
    if (spare !== undefined && end.kind === 'refused') return this.finish(spare.end, spare.isHedge);
    if (this.running.size > 0 && (isTransient(end) || end.kind === 'refused')) {
      this.spare = { end, isHedge };
      return;
    }
    if (spare?.end.kind === 'answer') discardAnswer(spare.end.answer);
    this.finish(end, isHedge);
  }

  private finish(end: End<T>, isHedge: boolean): void {
    this.isOver = true;
    clearTimeout(this.timer);
    if (this.isHedged) this.hedge.ended(isHedge && end.kind === 'answer' ? 'won' : 'lost');
    this.resolve(end);
    for (const stop of this.running) stop.stop(new DOMException('another attempt was faster', 'AbortError'));
  }
}

/**
 * Records whose makers wait until the backend has taken them: a queue of their own, so that nothing else keeps them waiting, and none
 * is given up to make room for others. What comes when there is no room is not taken, and its maker is told at once.
 */
import type { AcknowledgedOutlet, Receipt } from './exporter.ts';
import { SendQueue } from './send-queue.ts';
import type { SendQueueOptions } from './send-queue.ts';
import type { Outcome } from './transport.ts';

type AcknowledgedDestination = AcknowledgedOutlet['destination'];
type Waiter = (receipt: Receipt) => void;

export class AcknowledgedQueue implements AcknowledgedDestination {
  readonly queue: SendQueue;
  readonly #bytesMax: number;
  /** Of records that are not in a request yet. */
  #waiters: Waiter[] = [];
  readonly #waitersOf = new Map<Uint8Array, readonly Waiter[]>();

  constructor(options: Omit<SendQueueOptions, 'onDone'>) {
    this.#bytesMax = options.bytesMax;
    this.queue = new SendQueue({ ...options, bytesMax: Infinity, onDone: (body, outcome) => this.#done(body, outcome) });
  }

  get counts(): SendQueue['counts'] {
    return this.queue.counts;
  }

  receiptOf(write: () => boolean): Promise<Receipt> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (write()) return;
      this.#waiters = this.#waiters.filter((waiter) => waiter !== resolve);
      resolve({ isAcknowledged: false, why: 'the record could not be written' });
    });
  }

  push(body: Uint8Array): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    if (this.queue.bytes + body.length > this.#bytesMax) {
      this.counts.givenUp++;
      tell(waiters, { isAcknowledged: false, why: `more than ${this.#bytesMax} bytes wait for the backend` });
      return;
    }
    this.#waitersOf.set(body, waiters);
    this.queue.push(body);
  }

  flush(timeoutMs: number): Promise<boolean> {
    return this.queue.flush(timeoutMs);
  }

  #done(body: Uint8Array, outcome: Exclude<Outcome, { kind: 'later' }>): void {
    const waiters = this.#waitersOf.get(body) ?? [];
    this.#waitersOf.delete(body);
    tell(waiters, receiptFor(outcome));
  }
}

function tell(waiters: readonly Waiter[], receipt: Receipt): void {
  for (const waiter of waiters) waiter(receipt);
}

/** Of a request that was taken in part nobody knows which records are missing. */
function receiptFor(outcome: Exclude<Outcome, { kind: 'later' }>): Receipt {
  if (outcome.kind === 'refused') return { isAcknowledged: false, why: outcome.why };
  return outcome.part === undefined ? { isAcknowledged: true } : { isAcknowledged: false, why: outcome.part };
}

/** Ways for telemetry to leave the process: over the network, into files, onto the terminal. Several may run at once. */
import type { Signal } from './signals.ts';

/** What became of requests. */
export interface RequestCounts {
  sent: number;
  refused: number;
  givenUp: number;
}

/** Where the requests of one signal go. */
export interface Destination {
  readonly counts: Readonly<RequestCounts>;
  /** Takes an OTLP request in protobuf that has so many records. Never throws. */
  readonly push: (body: Uint8Array, count: number) => void;
  /** Says whether nothing waits any more, when that is so or the time is over. */
  readonly flush: (timeoutMs: number) => Promise<boolean>;
}

/** A destination, and what it wants a request to be. */
export interface Outlet {
  readonly destination: Destination;
  /** How long a record waits for others. 0: each is a request of its own. Infinity: until somebody says that they are complete. */
  readonly delayMs: number;
  /** When so many bytes wait, they are a request. */
  readonly requestBytesMax: number;
}

/** What became of a record. */
export type Receipt = { readonly isAcknowledged: true } | { readonly isAcknowledged: false; readonly why: string };

export interface AcknowledgedOutlet extends Outlet {
  readonly destination: Destination & {
    /** Runs `write`, which writes one record on its way here and says whether it did, and tells what becomes of the record. */
    readonly receiptOf: (write: () => boolean) => Promise<Receipt>;
  };
}

export interface Exporter {
  readonly name: 'otlp' | 'files' | 'terminal';
  /** For the signals that it takes. */
  readonly outlets: Readonly<Partial<Record<Signal, Outlet>>>;
  /** For log records whose makers wait until they are taken; absent where nobody takes them. */
  readonly audits?: AcknowledgedOutlet | undefined;
  /** As the process exits, when no promise runs any more: returns when all is gone that can go. */
  readonly flushAtExit?: () => void;
  readonly close: () => void;
}

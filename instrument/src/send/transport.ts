/** What brings requests to a backend: over HTTP, gRPC, or into a file. */
import type { Signal } from './signals.ts';

/** What became of a request. */
export type Outcome =
  /** `part`: not all records of it were taken, and why. */
  | { readonly kind: 'sent'; readonly part?: string | undefined }
  /** The backend will not take this request, however often it comes. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It may take it later. */
  | { readonly kind: 'later'; readonly why: string; readonly afterMs?: number | undefined };

export interface Transport {
  /** Sends one OTLP request in protobuf. Never throws and never takes longer than its time limit. */
  readonly send: (signal: Signal, body: Uint8Array) => Promise<Outcome>;
  /**
   * Sends what is left while the process exits, when no promise runs any more: returns when it has, or when it took too long, and
   * says whether all of it was taken. Absent where `send` has finished as it returns.
   */
  readonly sendAtExit?: (requests: readonly Unsent[]) => boolean;
  readonly close: () => void;
}

export interface Unsent {
  readonly signal: Signal;
  readonly body: Uint8Array;
}

/** What the evaluator does otherwise than a script of Prometheus expects, each with the reason. An entry that passes has to go. */
export interface KnownFailure {
  /** The name of the script. */
  readonly file: string;
  /** The line of the `eval`, from 1. */
  readonly line: number;
  readonly reason: string;
}

export const knownFailures: readonly KnownFailure[] = [];

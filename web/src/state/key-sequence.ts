/** Keyboard commands of one key (`r`) or of two in a row (`g t`), matched without a document so that they can be tested. */
export interface KeyCommand {
  /** Keys with a space between them, as `KeyboardEvent.key` names them. */
  readonly keys: string;
  readonly doc: string;
  readonly run: () => void;
}

/** How long the second key may take. */
export const sequenceTimeoutMs = 1200;

export interface Pending {
  readonly key: string;
  readonly atMs: number;
}

export interface KeyMatch {
  readonly command: KeyCommand | undefined;
  /** The first key of a sequence that is not complete yet. */
  readonly pending: Pending | undefined;
}

/** What a pressed key means: of commands with the same keys, the one registered last. */
export function matchKey(commands: readonly KeyCommand[], pending: Pending | undefined, key: string, nowMs: number): KeyMatch {
  const inTime = pending !== undefined && nowMs - pending.atMs <= sequenceTimeoutMs;
  if (inTime) {
    const pair = commands.findLast(({ keys }) => keys === `${pending.key} ${key}`);
    if (pair !== undefined) return { command: pair, pending: undefined };
  }
  const command = commands.findLast(({ keys }) => keys === key);
  if (command !== undefined) return { command, pending: undefined };
  const starts = commands.some(({ keys }) => keys.startsWith(`${key} `));
  return { command: undefined, pending: starts ? { key, atMs: nowMs } : undefined };
}

/** What a command is. To add one: a file, and a line in commands.ts. */
export interface Command {
  readonly name: string;
  /** What follows the name, for the help. */
  readonly usage: string;
  readonly doc: string;
  /** Runs to the end; the number is the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** What became of all lines: counted, and told line by line where something was not taken. */
import { nouns } from './import-request.ts';
import type { Signal } from './import-request.ts';

/** Problems that are told one by one; more are only counted. */
const toldMax = 100;

interface SignalCounts {
  lines: number;
  taken: number;
  refused: number;
}

export interface Lines {
  readonly file: string;
  readonly first: number;
  readonly last: number;
  /** When the last line is in another file. */
  readonly lastFile?: string;
}

export class ImportReport {
  readonly counts: Record<Signal, SignalCounts> = {
    traces: { lines: 0, taken: 0, refused: 0 },
    logs: { lines: 0, taken: 0, refused: 0 },
    metrics: { lines: 0, taken: 0, refused: 0 },
  };
  badLines = 0;
  tornLines = 0;
  unreadFiles = 0;
  /** Lines that were read and are not known to be taken, as the import ended before. */
  unsentLines = 0;
  readonly #tell: (line: string) => void;
  #told = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** Whether everything was taken that could be read; a torn last line was never whole. */
  get isComplete(): boolean {
    return this.badLines + this.unreadFiles + this.unsentLines === 0 && this.#refused === 0;
  }

  badLine(lines: Lines, reason: string): void {
    this.badLines++;
    this.#tellOf(`${placeOf(lines)} ${reason}`);
  }

  tornLine(lines: Lines, reason: string): void {
    this.tornLines++;
    this.#tellOf(`${placeOf(lines)} is the last and was cut off while it was written (it ${reason})`);
  }

  unreadFile(file: string, reason: string): void {
    this.unreadFiles++;
    this.#tellOf(`${nameOf(file)} cannot be read to its end: ${reason}`);
  }

  taken(signal: Signal, lines: number, count: number): void {
    this.counts[signal].lines += lines;
    this.counts[signal].taken += count;
  }

  refused(signal: Signal, count: number, lines: Lines, reason: string): void {
    this.counts[signal].refused += count;
    this.#tellOf(`${placeOf(lines)}: ${counted(count, nouns[signal])} refused: ${reason}`);
  }

  /** What the server says of what it took. */
  note(lines: Lines, message: string): void {
    this.#tellOf(`${placeOf(lines)}: ${message}`);
  }

  unsent(lines: Lines, count: number): void {
    this.unsentLines += count;
    this.#tell(`${placeOf(lines)}: not known to be taken`);
  }

  #tellOf(text: string): void {
    this.#told++;
    if (this.#told <= toldMax) this.#tell(text);
    if (this.#told === toldMax) this.#tell('More of this is counted, and told no longer.');
  }

  /** Counts of everything, in lines for people. */
  summary(): string[] {
    const signals = (Object.keys(this.counts) as Signal[]).filter((signal) => this.counts[signal].lines > 0);
    const lines = signals.map((signal) => {
      const { lines: count, taken, refused } = this.counts[signal];
      const more = refused === 0 ? '' : `, ${whole(refused)} refused`;
      return `${signal}: ${counted(taken, nouns[signal])} taken${more}, of ${counted(count, 'line')}`;
    });
    const others = [
      [this.badLines, 'bad line'],
      [this.tornLines, 'torn last line'],
      [this.unreadFiles, 'file', ' not read to the end'],
      [this.unsentLines, 'line', ' read but not known to be taken'],
    ] as const;
    lines.push(...others.filter(([count]) => count > 0).map(([count, noun, more = '']) => counted(count, noun) + more));
    return lines.length === 0 ? ['There was nothing to send.'] : lines;
  }

  get #refused(): number {
    return Object.values(this.counts).reduce((sum, { refused }) => sum + refused, 0);
  }
}

/** `a.jsonl:7`, `a.jsonl:7-12`, `a.jsonl:7 to b.jsonl:3`. */
function placeOf({ file, first, last, lastFile }: Lines): string {
  if (lastFile !== undefined) return `${nameOf(file)}:${first} to ${nameOf(lastFile)}:${last}`;
  return `${nameOf(file)}:${first}${last === first ? '' : `-${last}`}`;
}

const nameOf = (file: string): string => (file === '-' ? '(standard input)' : file);

const whole = (count: number): string => count.toLocaleString('en-US');
const counted = (count: number, noun: string): string => `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

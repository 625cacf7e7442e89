/** Variables of the environment, read as what they should be. What makes no sense is told in words, and counts as not said. */
import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Reader {
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => string[] | undefined;
  readonly flag: (name: string) => boolean;
  /** A whole number of at least zero. */
  readonly count: (name: string, otherwise: number) => number;
  readonly choice: <T extends string>(name: string, choices: readonly T[]) => T | undefined;
  /** One of the two that applications may give a meaning. */
  readonly signal: (name: string) => 'SIGUSR1' | 'SIGUSR2' | undefined;
  /** What is in a file. */
  readonly file: (name: string) => string | undefined;
}

export function readerOf(environment: Environment, problems: string[]): Reader {
  // An empty value is none (specification, "Parsing empty value").
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const choice: Reader['choice'] = (name, choices) => {
    const given = text(name)?.toLowerCase();
    const found = choices.find((choice) => choice === given);
    if (given !== undefined && found === undefined) {
      problems.push(`${name} should be one of ${choices.join(', ')}, but is "${given}"`);
    }
    return found;
  };
  return {
    text,
    list: (name) =>
      text(name)
        ?.split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    flag: (name) => text(name)?.toLowerCase() === 'true',
    count(name, otherwise) {
      const given = text(name);
      if (given === undefined) return otherwise;
      if (/^\d+$/.test(given)) return Number(given);
      problems.push(`${name} should be a whole number, but is "${given}"; ${otherwise} is taken`);
      return otherwise;
    },
    choice,
    signal(name) {
      const given = choice(name, ['sigusr1', 'sigusr2']);
      return given === undefined ? undefined : signals[given];
    },
    file(name) {
      const path = text(name);
      if (path === undefined) return undefined;
      try {
        return readFileSync(path, 'utf8');
      } catch (thrown) {
        problems.push(`${name} names a file that cannot be read: ${(thrown as Error).message}`);
        return undefined;
      }
    },
  };
}

const signals = { sigusr1: 'SIGUSR1', sigusr2: 'SIGUSR2' } as const;

/** Reads `--name value`, `--name=value` and `--name` (which means true). */
import { SondeError } from '../base/errors.ts';

export interface Arguments {
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** `switches` are the flags that take no value. */
export function readArguments(args: readonly string[], switches: ReadonlySet<string>): Arguments {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('--')) {
      rest.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = arg.slice(2, equals === -1 ? undefined : equals);
    if (equals !== -1) flags.set(name, arg.slice(equals + 1));
    else if (switches.has(name)) flags.set(name, 'true');
    else flags.set(name, valueAfter(args, i++));
  }
  return { flags, rest };
}

function valueAfter(args: readonly string[], at: number): string {
  const value = args[at + 1];
  if (value === undefined) throw new SondeError('config', `${args[at]} expects a value.`);
  return value;
}

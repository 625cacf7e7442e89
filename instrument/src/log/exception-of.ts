/** The exception that a record of an application's logger is about, where loggers and people put it. */
import { isError } from './plain.ts';

const usualKeys: readonly string[] = ['err', 'error'];

/**
 * Looks under the keys for an Error, or for what serializers make of one ({ message, stack … }): that is given back with the names
 * that an Error has. Undefined when there is none.
 */
export function exceptionIn(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[] = usualKeys,
): { readonly exception: unknown; readonly key: string } | undefined {
  for (const key of keys) {
    const exception = exceptionOf(record[key]);
    if (exception !== undefined) return { exception, key };
  }
  return undefined;
}

function exceptionOf(value: unknown): unknown {
  if (isError(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, name, code, message, stack } = value as Readonly<Record<string, unknown>>;
  if (typeof stack !== 'string') return undefined;
  return { name: typeof type === 'string' ? type : name, code, message, stack };
}

/**
 * Why an operation failed, as `error.type` and `db.response.status_code` (semantic conventions for database spans). Instrumentations
 * keep no more of an error than its message, so patches note errors just before that.
 */
import type { RecordedSpan } from '../trace/span.ts';
import { exceptionAttributes } from '../trace/span.ts';
import type { DatabaseLibrary } from './library.ts';

let noted: { readonly message: string; readonly code: string | undefined } | undefined;

/** Remembers an error until the next one: the span that it ends has the same message. */
export function noteError(error: unknown): void {
  if (!(error instanceof Error)) return;
  noted = { message: error.message, code: exceptionAttributes(error)['exception.type'] as string | undefined };
}

/** How the instrumentation of `pg` tells of an error. */
const postgresCode = /^PostgreSQL error .*\(code: (?!UNKNOWN)(.+)\)$/;

/** The code of an error: of the database (`23505`, `ER_DUP_ENTRY`, `WRONGTYPE`), the network (`ECONNREFUSED`) or the library. */
export function errorCode({ statusMessage, extras }: RecordedSpan, { codeInMessage }: DatabaseLibrary): string | undefined {
  const exception = extras?.events.find(({ name }) => name === 'exception')?.attributes ?? {};
  const [, postgres] = postgresCode.exec(String(exception['exception.message'])) ?? [];
  const type = exception['exception.type'];
  return (
    postgres ??
    codeInMessage?.exec(statusMessage)?.[0] ??
    (noted?.message === statusMessage ? noted.code : undefined) ??
    (typeof type === 'string' && type !== 'Error' ? type : undefined)
  );
}

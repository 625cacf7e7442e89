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

/**
 * The code of an error: of the database (`23505`, `ER_DUP_ENTRY`, `WRONGTYPE`), the network (`ECONNREFUSED`) or the library; and whether
 * the database has answered with it.
 */
export function errorOf({ statusMessage, extras }: RecordedSpan, library: DatabaseLibrary): ErrorFacts {
  const exception = extras?.events.find(({ name }) => name === 'exception')?.attributes ?? {};
  const first = library.codeInMessage?.exec(statusMessage)?.[0];
  if (first !== undefined) return { type: first, isAnswer: true };
  const [, postgres] = postgresCode.exec(String(exception['exception.message'])) ?? [];
  const type = exception['exception.type'];
  const known = noted?.message === statusMessage ? noted.code : undefined;
  const code = postgres ?? known ?? (typeof type === 'string' && type !== 'Error' ? type : undefined);
  return { type: code ?? '_OTHER', isAnswer: code !== undefined && library.answerCodes?.test(code) === true };
}

export interface ErrorFacts {
  readonly type: string;
  readonly isAnswer: boolean;
}

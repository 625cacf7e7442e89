import type { Attributes, Span } from '../../../src/api/sonde/contract.ts';

import { attributeText } from './find.ts';

/** Why a span failed, as its status, its exceptions and the database say it. */
export interface Failure {
  /** The kind of it: an exception's type, an error code. Empty when nothing names it. */
  readonly kind: string;
  readonly message: string;
  /** Empty when there is none. */
  readonly stack: string;
}

/** What the database itself calls the error: its SQLSTATE, its number. */
const databaseCode = 'db.response.status_code';

const codeKeys = [databaseCode, 'rpc.grpc.status_code', 'http.response.status_code', 'http.status_code', 'error.type'];

/** The failures of a span, each said once: exceptions first, then the status when it adds something. Empty when it did not fail. */
export function failuresOf(span: Span): Failure[] {
  const failures = span.events
    .filter((event) => event.name === 'exception')
    .map(({ attributes }) => ({
      kind: [textOf(attributes, 'exception.type'), textOf(span.attributes, databaseCode)].filter((part) => part !== '').join(' '),
      message: textOf(attributes, 'exception.message'),
      stack: textOf(attributes, 'exception.stacktrace'),
    }))
    .filter(
      (failure, index, all) =>
        all.findIndex(({ message, kind }) => message === failure.message && kind === failure.kind) === index,
    );
  if (span.status.code !== 'error') return failures;
  const said = failures.some(({ message }) => message !== '' && message.includes(span.status.message));
  if (!said && span.status.message !== '')
    failures.push({ kind: codeOf(span.attributes), message: span.status.message, stack: '' });
  if (failures.length === 0)
    failures.push({ kind: codeOf(span.attributes), message: 'This span failed and does not say why.', stack: '' });
  return failures;
}

function codeOf(attributes: Attributes): string {
  const key = codeKeys.find((each) => attributes[each] !== undefined);
  return key === undefined ? '' : `${key} ${textOf(attributes, key)}`;
}

function textOf(attributes: Attributes, key: string): string {
  const value = attributes[key];
  return value === undefined || value === null ? '' : attributeText(value);
}

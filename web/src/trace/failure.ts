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

/** Attributes that name an error, the most telling first, and how to say them. */
const codes: readonly { readonly key: string; readonly say: (value: string) => string }[] = [
  { key: 'db.response.status_code', say: (value) => `Database error ${value}` },
  { key: 'rpc.grpc.status_code', say: (value) => `gRPC status ${value}` },
  { key: 'http.response.status_code', say: (value) => `HTTP ${value}` },
  { key: 'http.status_code', say: (value) => `HTTP ${value}` },
  { key: 'error.type', say: (value) => value },
];

/**
 * The failures of a span, each said once: its status, then what its exceptions add. A status that only repeats an exception
 * is left to the exception, which has the stack. Empty when it did not fail.
 */
export function failuresOf(span: Span): Failure[] {
  const exceptions = span.events
    .filter((event) => event.name === 'exception')
    .map(({ attributes }) => ({
      kind: textOf(attributes, 'exception.type') || 'Exception',
      message: textOf(attributes, 'exception.message'),
      stack: textOf(attributes, 'exception.stacktrace'),
    }))
    .filter((one, index, all) => all.findIndex(({ message, kind }) => message === one.message && kind === one.kind) === index);
  const { code, message } = span.status;
  if (code !== 'error' || exceptions.some((exception) => exception.message !== '' && exception.message.includes(message)))
    return exceptions;
  const status = { kind: codeOf(span.attributes), message: message === '' ? silent : message, stack: '' };
  return [status, ...exceptions];
}

const silent = 'This span failed and does not say why.';

function codeOf(attributes: Attributes): string {
  const named = codes.find(({ key }) => attributes[key] !== undefined);
  return named === undefined ? '' : named.say(textOf(attributes, named.key));
}

function textOf(attributes: Attributes, key: string): string {
  const value = attributes[key];
  return value === undefined || value === null ? '' : attributeText(value);
}

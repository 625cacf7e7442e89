/**
 * The form of all answers of Prometheus's HTTP API: `{status, data, errorType, error, warnings, infos}`. Errors of our catalogue
 * get the type and the HTTP status that its clients know.
 */
import { toSondeError } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';

export interface Notes {
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

interface ErrorForm {
  readonly type: string;
  readonly status: number;
}

const badData: ErrorForm = { type: 'bad_data', status: 400 };
const internal: ErrorForm = { type: 'internal', status: 500 };

const errorForms: Readonly<Record<ErrorCode, ErrorForm>> = {
  bad_request: badData,
  malformed_body: badData,
  bad_tenant: badData,
  unsupported_encoding: { type: 'bad_data', status: 415 },
  too_large: { type: 'bad_data', status: 413 },
  method_not_allowed: { type: 'bad_data', status: 405 },
  not_found: { type: 'not_found', status: 404 },
  query_failed: { type: 'execution', status: 422 },
  query_too_large: { type: 'execution', status: 422 },
  query_timeout: { type: 'timeout', status: 503 },
  query_cancelled: { type: 'canceled', status: 499 },
  overloaded: { type: 'unavailable', status: 429 },
  unavailable: { type: 'unavailable', status: 503 },
  config: internal,
  data_directory_locked: internal,
  schema_too_new: internal,
  schema_too_old: internal,
  internal,
};

export const jsonHeaders = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** An answer whose data is small: values as JSON has them. */
export function renderData(data: unknown, notes: Notes = {}): HttpResponse {
  return { status: 200, headers: jsonHeaders, body: `${successHead}${JSON.stringify(data)}${successTail(notes)}` };
}

/** What stands before and after the JSON of the data, for answers that are written in parts. */
export const successHead = '{"status":"success","data":';

export function successTail({ warnings = [], infos = [] }: Notes): string {
  const listed = (name: string, notes: readonly string[]): string =>
    notes.length === 0 ? '' : `,"${name}":${JSON.stringify(notes)}`;
  return `${listed('warnings', warnings)}${listed('infos', infos)}}`;
}

/** The error shape of this API. */
export function renderError(thrown: unknown): HttpResponse {
  const { code, message, retryAfterMs } = toSondeError(thrown);
  const retry = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return renderFailure(errorForms[code], message, retry);
}

/** An error of a type and status of its own. */
export function renderFailure({ type, status }: ErrorForm, error: string, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { ...jsonHeaders, ...headers },
    body: JSON.stringify({ status: 'error', errorType: type, error }),
  };
}

/** What the endpoints share: the engine with the request's scope, and the answer's form. */
import { toSondeError } from '../../base/errors.ts';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { Row, Scope, TimeRange } from '../../engine/engine.ts';
import type { Sql } from '../../engine/sql.ts';
import type { ReadContext } from '../api.ts';
import type { ApiError } from './contract.ts';

/** One request's way to the engine: its tenant, its limits, cancelled with it. */
export interface Reader {
  readonly context: ReadContext;
  readonly request: HttpRequest;
  /** Rows of the range, or of all time. */
  rows<R extends object = Row>(time: TimeRange | undefined, query: Sql): Promise<R[]>;
}

/** Makes the reader of a request. */
export function createReader(context: ReadContext, request: HttpRequest): Reader {
  const scope = (time: TimeRange | undefined): Scope => ({
    tenant: request.tenant,
    signal: request.signal,
    limits: context.limits,
    ...(time !== undefined && { time }),
  });
  const { engine } = context;
  return {
    context,
    request,
    rows: (time, query) => engine.rows(scope(time), query),
  };
}

const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export function renderAnswer(answer: unknown): HttpResponse {
  return { status: 200, headers, body: JSON.stringify(answer) };
}

/** The error shape of this API. */
export function renderError(thrown: unknown): HttpResponse {
  const { code, message, position, status, retryAfterMs } = toSondeError(thrown);
  const body: ApiError = { error: { code, message, ...(position !== undefined && { position }) } };
  const retry = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return { status, headers: { ...headers, ...retry }, body: JSON.stringify(body) };
}

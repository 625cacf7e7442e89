/** What the endpoints share: the parameters of a request, and the engine with its tenant, its limits, cancelled with it. */
import type { HttpRequest, HttpResponse, QueryParameters, Route } from '../../base/http.ts';
import type { Row, Scope, TimeRange } from '../../engine/engine.ts';
import type { Sql } from '../../engine/sql.ts';
import type { ReadContext } from '../api.ts';
import type { Gate } from './gate.ts';
import { parametersOf } from './parameters.ts';

export interface Endpoint {
  readonly methods: readonly Route['method'][];
  /** Below /prometheus. */
  readonly path: string;
  readonly doc: string;
  readonly answer: (reader: Reader) => HttpResponse | Promise<HttpResponse>;
  /** The body is no form, and comes in these encodings: the endpoint reads it. */
  readonly body?: Route['contentEncodings'];
}

export interface Reader {
  readonly context: ReadContext;
  readonly request: HttpRequest;
  readonly query: QueryParameters;
  /** Queries pass it, one place each. */
  readonly queries: Gate;
  /** Of a read over a range, or over all time. */
  readonly scope: (time?: TimeRange) => Scope;
  rows<R extends object = Row>(time: TimeRange | undefined, query: Sql): Promise<R[]>;
}

export function createReader(endpoint: Endpoint, context: ReadContext, queries: Gate, request: HttpRequest): Reader {
  const scope = (time?: TimeRange): Scope => ({
    tenant: request.tenant,
    signal: request.signal,
    limits: context.limits,
    ...(time !== undefined && { time }),
  });
  return {
    context,
    request,
    query: endpoint.body === undefined ? parametersOf(request) : request.query,
    queries,
    scope,
    rows: (time, query) => context.engine.rows(scope(time), query),
  };
}

/** format_query and parse_query: a query as text in lines, and as a tree. Neither reads data. */
import type { HttpResponse } from '../../base/http.ts';
import { prettyExpr } from '../../promql/print.ts';
import { renderData } from './envelope.ts';
import { readExpr } from './parameters.ts';
import type { Reader } from './reader.ts';
import { treeOf } from './tree.ts';

export function formatQuery({ query, context }: Reader): HttpResponse {
  return renderData(prettyExpr(readExpr(query, context.promql.experimental)));
}

export function parseQuery({ query, context }: Reader): HttpResponse {
  return renderData(treeOf(readExpr(query, context.promql.experimental)));
}

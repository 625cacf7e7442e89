/** series, labels, label/{name}/values: what there is to select. */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { renderChunks } from './chunks.ts';
import { renderData } from './envelope.ts';
import type { Notes } from './envelope.ts';
import { unescapeName } from './escaped-names.ts';
import { readLimit, readSelectors, readTimeRange, requireSelectors } from './parameters.ts';
import type { Reader } from './reader.ts';
import { renderLabels } from './render-values.ts';
import { findLabelNames, findLabelValues, findSeriesLabels } from './stored-labels.ts';
import type { Found, LabelQuery } from './stored-labels.ts';

export const truncatedWarning = 'results truncated due to limit';

export async function listSeries(reader: Reader): Promise<HttpResponse> {
  const { query } = reader;
  const selectors = requireSelectors(query);
  const found = await findSeriesLabels(reader, { selectors, time: readTimeRange(query), limit: readLimit(query) });
  return renderChunks(listParts(found.items, renderLabels), notesOf(found));
}

export async function listLabelNames(reader: Reader): Promise<HttpResponse> {
  const found = await findLabelNames(reader, labelQuery(reader));
  return renderData(found.items, notesOf(found));
}

export async function listLabelValues(reader: Reader): Promise<HttpResponse> {
  const name = unescapeName(reader.request.params['name'] ?? '');
  if (name === '') throw new SondeError('bad_request', 'invalid label name: expected one that is not empty');
  const found = await findLabelValues(reader, name, labelQuery(reader));
  return renderChunks(
    listParts(found.items, (value) => JSON.stringify(value)),
    notesOf(found),
  );
}

function labelQuery({ query }: Reader): LabelQuery {
  return { selectors: readSelectors(query), time: readTimeRange(query), limit: readLimit(query) };
}

function notesOf({ truncated }: Found<unknown>): Notes {
  return truncated ? { warnings: [truncatedWarning] } : {};
}

/** A JSON list, item by item. */
function* listParts<T>(items: readonly T[], render: (item: T) => string): Generator<string> {
  yield '[';
  for (const [i, item] of items.entries()) yield i === 0 ? render(item) : `,${render(item)}`;
  yield ']';
}

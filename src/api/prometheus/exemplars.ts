/** query_exemplars: the exemplars of all series that an expression selects, with the traces they belong to. */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { sql, uint } from '../../engine/sql.ts';
import { compareLabels, labelsKey, labelsOf, labelValue, metricName, withLabel } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import { areWhole, rowsOf } from '../../promql/store/samples.ts';
import { findSeries } from '../../promql/store/series.ts';
import type { StoredSeries } from '../../promql/store/series.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { renderChunks } from './chunks.ts';
import { truncatedWarning } from './labels.ts';
import { readExpr, requireTimeMs, timeRangeOf } from './parameters.ts';
import type { Reader } from './reader.ts';
import { renderLabels, renderTime, renderValue } from './render-values.ts';
import { selectorsOf } from './selectors-of.ts';
import { readPointValues, seriesKey } from './stored-labels.ts';
import type { Found } from './stored-labels.ts';

/** Exemplars of one selector at most, the newest. */
const exemplarsMax = 10_000;

interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timeMs: number;
}

interface SeriesExemplars {
  readonly labels: Labels;
  readonly exemplars: Exemplar[];
}

export async function queryExemplars(reader: Reader): Promise<HttpResponse> {
  const { query, context } = reader;
  const expr = readExpr(query, context.promql.experimental);
  const time = timeRangeOf(requireTimeMs(query, 'start'), requireTimeMs(query, 'end'));
  const all = new Map<string, SeriesExemplars>();
  let truncated = false;
  for (const { matchers } of distinctSelectors(expr)) {
    const found = await readExemplars(reader, time, matchers);
    truncated ||= found.truncated;
    // A series that two selectors mean is there once.
    for (const [key, series] of bySeries(found.items)) all.set(key, series);
  }
  const sorted = [...all.values()].toSorted((a, b) => compareLabels(a.labels, b.labels));
  return renderChunks(parts(sorted), truncated ? { warnings: [truncatedWarning] } : {});
}

const selectorsMax = 100;

function distinctSelectors(expr: Parameters<typeof selectorsOf>[0]): readonly { readonly matchers: readonly Matcher[] }[] {
  const byText = new Map(selectorsOf(expr).map((selector) => [JSON.stringify(selector.matchers), selector]));
  if (byText.size > selectorsMax) {
    throw new SondeError(
      'bad_request',
      `invalid parameter "query": expected at most ${selectorsMax} selectors, got ${byText.size}`,
    );
  }
  return [...byText.values()];
}

interface ExemplarRow {
  readonly metric_id: number;
  readonly series_id: string;
  readonly at: number;
  readonly value: number | string;
  readonly trace: string;
  readonly span: string;
  readonly attributes: readonly (readonly [string, string])[];
}

interface Placed {
  readonly series: Labels;
  readonly exemplar: Exemplar;
}

async function readExemplars(reader: Reader, time: TimeRange, matchers: readonly Matcher[]): Promise<Found<Placed>> {
  const { engine } = reader.context;
  const series = await findSeries(engine, reader.scope(time), matchers);
  if (series.length === 0) return { items: [], truncated: false };
  const rows = await reader.rows<ExemplarRow>(
    time,
    sql`SELECT metric_id, series_id, toFloat64(toUnixTimestamp64Milli(time)) AS at, value, attributes,
        if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace,
        if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS span
      FROM exemplars WHERE ${rowsOf(series, areWhole(series, matchers))}
      ORDER BY time DESC LIMIT ${uint(exemplarsMax)}`,
  );
  const bounds = await readBounds(reader, time, series, rows);
  const known = new Map(series.map((one) => [seriesKey(one.metricId, String(one.id)), one]));
  const passes = passing(matchers);
  const items = rows.toReversed().flatMap((row) => {
    const key = seriesKey(row.metric_id, row.series_id);
    const one = known.get(key);
    if (one === undefined) return [];
    const exemplar = exemplarOf(row);
    const labels = one.kind === 'histogram' ? bucketLabels(one.labels, bounds.get(key) ?? [], exemplar.value) : one.labels;
    return passes(labels) ? [{ series: labels, exemplar }] : [];
  });
  return { items, truncated: rows.length === exemplarsMax };
}

function exemplarOf({ at, value, trace, span, attributes }: ExemplarRow): Exemplar {
  return { labels: labelsOf([...attributes, ['trace_id', trace], ['span_id', span]]), value: toNumber(value), timeMs: at };
}

/** Doubles come as numbers, but for what JSON has no numbers for. */
function toNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value.replace('inf', 'Infinity'));
}

/** The bounds of the buckets of OTLP's histograms that have exemplars. */
function readBounds(
  reader: Reader,
  time: TimeRange,
  series: readonly StoredSeries[],
  rows: readonly ExemplarRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Set(rows.map((row) => seriesKey(row.metric_id, row.series_id)));
  const histograms = series.filter(
    ({ kind, metricId, id }) => kind === 'histogram' && found.has(seriesKey(metricId, String(id))),
  );
  return readPointValues(
    reader,
    time,
    'le',
    histograms.map(({ metricId, id }) => ({ metric_id: metricId, id: String(id) })),
  );
}

/** An exemplar of a histogram belongs to the bucket that counts its value. */
function bucketLabels(labels: Labels, bounds: readonly string[], value: number): Labels {
  const bound = bounds.find((text) => text !== '+Inf' && value <= Number(text)) ?? '+Inf';
  return withLabel(withLabel(labels, metricName, `${labelValue(labels, metricName)}_bucket`), 'le', bound);
}

function passing(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, passes }) => passes(labelValue(labels, name)));
}

function bySeries(rows: readonly Placed[]): ReadonlyMap<string, SeriesExemplars> {
  const found = new Map<string, SeriesExemplars>();
  for (const { series, exemplar } of rows) {
    const key = labelsKey(series);
    const known = found.get(key);
    if (known === undefined) found.set(key, { labels: series, exemplars: [exemplar] });
    else known.exemplars.push(exemplar);
  }
  return found;
}

function* parts(all: readonly SeriesExemplars[]): Generator<string> {
  yield '[';
  for (const [i, { labels, exemplars }] of all.entries()) {
    yield `${i === 0 ? '' : ','}{"seriesLabels":${renderLabels(labels)},"exemplars":[`;
    for (const [j, exemplar] of exemplars.entries()) yield `${j === 0 ? '' : ','}${renderExemplar(exemplar)}`;
    yield ']}';
  }
  yield ']';
}

function renderExemplar({ labels, value, timeMs }: Exemplar): string {
  return `{"labels":${renderLabels(labels)},"value":"${renderValue(value)}","timestamp":${renderTime(timeMs)}}`;
}

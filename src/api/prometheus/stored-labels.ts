/**
 * The series, label names and label values that there are. `series` holds the labels of Prometheus once per day of data; what the
 * points of an OTLP histogram or summary add, the label `le` or `quantile`, is looked up in the points.
 */
import type { TimeRange } from '../../engine/engine.ts';
import { and, join, raw, sql, text, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { compareLabels, compareText, labelsKey, labelsOf, metricName, withLabel } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { pointLabels, rowNames, seriesCondition, valueCondition } from '../../promql/store/conditions.ts';
import { plainDecimal } from '../../promql/store/classic-points.ts';
import type { Reader } from './reader.ts';

export interface LabelQuery {
  /** One selector of each must pass; none: all series. */
  readonly selectors: readonly (readonly Matcher[])[];
  readonly time: TimeRange | undefined;
  /** Of what is found so many are given, the first in order. */
  readonly limit: number;
}

export interface Found<T> {
  readonly items: readonly T[];
  /** There was more than the limit. */
  readonly truncated: boolean;
}

const everything: readonly (readonly Matcher[])[] = [[]];

/** The names of labels, sorted. */
export async function findLabelNames(reader: Reader, query: LabelQuery): Promise<Found<string>> {
  const added = raw(`multiIf(resource_id = 0, [], type = 'histogram' AND arrayExists(n -> endsWith(n, '_bucket'), names), ['le'],
    type = 'summary' AND has(names, toString(name)), ['quantile'], [])`);
  const label = sql`arrayJoin(arrayConcat([${text(metricName)}], arrayMap(k -> toString(k), mapKeys(labels)), ${added}))`;
  return union(query, (matchers) => distinctTexts(reader, query, matchers, label));
}

/** The values of a label, sorted. */
export async function findLabelValues(reader: Reader, name: string, query: LabelQuery): Promise<Found<string>> {
  if (name === metricName) return union(query, (matchers) => distinctTexts(reader, query, matchers, raw('arrayJoin(names)')));
  return union(query, async (matchers) => {
    const stored = await distinctTexts(reader, query, matchers, sql`labels[${text(name)}]`);
    if (!pointLabels.includes(name)) return stored;
    const passes = passesPointMatchers(matchers);
    const added = (await findPointValues(reader, query.time, name, matchers)).filter((value) => passes([name, value]));
    return [...stored, ...added];
  });
}

async function union(
  query: LabelQuery,
  find: (matchers: readonly Matcher[]) => Promise<readonly string[]>,
): Promise<Found<string>> {
  const all = new Set<string>();
  for (const matchers of selectorsOf(query)) for (const value of await find(matchers)) all.add(value);
  return limited([...all].toSorted(compareText), query.limit);
}

function selectorsOf({ selectors }: LabelQuery): readonly (readonly Matcher[])[] {
  return selectors.length === 0 ? everything : selectors;
}

function limited<T>(items: readonly T[], limit: number): Found<T> {
  return items.length > limit ? { items: items.slice(0, limit), truncated: true } : { items, truncated: false };
}

/** The names that a row answers to, of those that the matchers let pass. */
function namesOf(matchers: readonly Matcher[]): Sql {
  const conditions = matchers.filter(({ name }) => name === metricName).map((matcher) => valueCondition(raw('n'), matcher));
  return conditions.length === 0 ? rowNames : sql`arrayFilter(n -> ${and(conditions)}, ${rowNames})`;
}

async function distinctTexts(
  reader: Reader,
  { time, limit }: LabelQuery,
  matchers: readonly Matcher[],
  expression: Sql,
): Promise<readonly string[]> {
  const rows = await reader.rows<{ found: string }>(
    time,
    sql`SELECT DISTINCT ${expression} AS found FROM (SELECT *, ${namesOf(matchers)} AS names FROM series WHERE ${seriesCondition(matchers)})
      WHERE found != '' AND notEmpty(names) ORDER BY found ${limitClause(limit)}`,
  );
  return rows.map(({ found }) => found);
}

/** One more than the limit, so that it is known whether there is more. */
function limitClause(limit: number): Sql {
  return Number.isFinite(limit) ? sql`LIMIT ${uint(limit + 1)}` : raw('');
}

/** All values that points of the matched series have for `le` or `quantile`. */
async function findPointValues(
  reader: Reader,
  time: TimeRange | undefined,
  name: string,
  matchers: readonly Matcher[],
): Promise<readonly string[]> {
  const { table, column, type } = pointTables[name === 'le' ? 'le' : 'quantile'];
  const rows = await reader.rows<{ found: number | string }>(
    time,
    sql`SELECT DISTINCT arrayJoin(${raw(column)}) AS found FROM ${raw(table)} WHERE (metric_id, series_id) IN
      (SELECT metric_id, id FROM series WHERE resource_id != 0 AND type = ${text(type)} AND ${seriesCondition(matchers)})`,
  );
  const values = rows.map(({ found }) => pointValue(found));
  return name === 'le' && values.length > 0 ? [...values, '+Inf'] : values;
}

const pointTables = {
  le: { table: 'histograms', column: 'bounds', type: 'histogram' },
  quantile: { table: 'summaries', column: 'quantiles', type: 'summary' },
} as const;

/** Doubles come as numbers, but for infinities. */
function pointValue(value: number | string): string {
  return typeof value === 'number' ? plainDecimal(value) : value === 'inf' ? '+Inf' : value;
}

function passesPointMatchers(matchers: readonly Matcher[]): (label: readonly [name: string, value: string]) => boolean {
  const tests = matchers
    .filter(({ name }) => pointLabels.includes(name))
    .map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
  return ([name, value]) => tests.every((test) => test.passes(test.name === name ? value : ''));
}

interface SeriesRow {
  readonly metric_id: number;
  readonly id: string;
  readonly names: readonly string[];
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  /** `le` or `quantile` for what is split by points, else empty. */
  readonly split: '' | 'le' | 'quantile';
}

/** The label sets of series, sorted. */
export async function findSeriesLabels(reader: Reader, query: LabelQuery): Promise<Found<Labels>> {
  const all = new Map<string, Labels>();
  let truncated = false;
  for (const matchers of selectorsOf(query)) {
    const rows = await readSeries(reader, query, matchers);
    truncated ||= rows.length > query.limit;
    const points = await readPointLabels(reader, query, rows);
    const passes = passesPointMatchers(matchers);
    for (const row of rows) for (const labels of labelsOfRow(row, points, passes)) all.set(labelsKey(labels), labels);
  }
  const found = limited([...all.values()].toSorted(compareLabels), query.limit);
  return { items: found.items, truncated: found.truncated || truncated };
}

function readSeries(reader: Reader, { time, limit }: LabelQuery, matchers: readonly Matcher[]): Promise<SeriesRow[]> {
  return reader.rows<SeriesRow>(
    time,
    sql`SELECT metric_id, id, ${namesOf(matchers)} AS names, name, labels,
        multiIf(resource_id = 0, '', type = 'histogram', 'le', type = 'summary', 'quantile', '') AS split
      FROM (SELECT metric_id, id, name, labels, resource_id, type FROM series WHERE ${seriesCondition(matchers)}
        ORDER BY name, id LIMIT 1 BY metric_id, id)
      WHERE notEmpty(names) ORDER BY name, id ${limitClause(limit)}`,
  );
}

/** Values of `le` or `quantile` by series. */
type PointLabels = ReadonlyMap<string, readonly string[]>;

async function readPointLabels(reader: Reader, { time }: LabelQuery, rows: readonly SeriesRow[]): Promise<PointLabels> {
  const found = new Map<string, readonly string[]>();
  for (const split of ['le', 'quantile'] as const) {
    const series = rows.filter((row) => row.split === split);
    for (let at = 0; at < series.length; at += seriesPerRead) {
      const values = await readPointValues(reader, time, split, series.slice(at, at + seriesPerRead));
      for (const [key, texts] of values) found.set(key, texts);
    }
  }
  return found;
}

/** Ids of series in one statement. */
const seriesPerRead = 2000;

/** The values of some series, in the order of their numbers, by `seriesKey`. */
export async function readPointValues(
  reader: Reader,
  time: TimeRange | undefined,
  split: 'le' | 'quantile',
  series: readonly { readonly metric_id: number; readonly id: string }[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (series.length === 0) return new Map();
  const { table, column } = pointTables[split];
  const metrics = join([...new Set(series.map(({ metric_id }) => metric_id))].map(uint), ', ');
  const ids = join(
    series.map(({ id }) => uint(BigInt(id))),
    ', ',
  );
  const rows = await reader.rows<{ metric_id: number; series_id: string; found: readonly (number | string)[] }>(
    time,
    sql`SELECT metric_id, series_id, arraySort(groupUniqArrayArray(${raw(column)})) AS found FROM ${raw(table)}
      WHERE metric_id IN (${metrics}) AND series_id IN (${ids}) GROUP BY metric_id, series_id`,
  );
  return new Map(rows.map((row) => [seriesKey(row.metric_id, row.series_id), row.found.map(pointValue)]));
}

export function seriesKey(metricId: number, id: string): string {
  return `${metricId} ${id}`;
}

function labelsOfRow(
  row: SeriesRow,
  points: PointLabels,
  passes: (label: readonly [string, string]) => boolean,
): readonly Labels[] {
  const values = points.get(seriesKey(row.metric_id, row.id)) ?? [];
  return row.names.flatMap((name) => {
    const plain = labelsOf([[metricName, name], ...row.labels]);
    if (row.split === '') return [plain];
    const bounds = splitValues(row, name, values);
    if (bounds === undefined) return passes(['', '']) ? [plain] : [];
    return bounds.filter((value) => passes([row.split, value])).map((value) => withLabel(plain, row.split, value));
  });
}

/** The values of the label that points add to this name; undefined when they add none. */
function splitValues({ split, name: base }: SeriesRow, name: string, values: readonly string[]): readonly string[] | undefined {
  if (split === 'le') return name === `${base}_bucket` ? [...values.filter((value) => value !== '+Inf'), '+Inf'] : undefined;
  return name === base ? values : undefined;
}

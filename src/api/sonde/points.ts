/** GET /api/metrics/{name}/points: the points of a metric just as they were sent. */
import type { TimeRange } from '../../engine/engine.ts';
import { decodeAttributes } from './attribute-values.ts';
import type { MetricPoint, PointsAnswer } from './contract.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { groupBy } from './group.ts';
import { temporalities } from './metrics.ts';
import type { Origins, OriginsOfRows } from './origins.ts';
import { readLimit, readText, readTimeRange } from './parameters.ts';
import { readPointExemplars, readPoints, readSeries } from './points-query.ts';
import type {
  HistogramRow,
  NativeHistogramRow,
  PointExemplarRow,
  PointPlace,
  PointRow,
  RowDouble,
  SeriesRow,
  SummaryRow,
} from './points-query.ts';
import type { Reader } from './reader.ts';

const limits = { default: 100, max: 5000 };
const zeroTraceId = '0'.repeat(32);
const zeroSpanId = '0'.repeat(16);
const resetHints = ['unknown', 'reset', 'not_reset', 'gauge'] as const;
const presentBits = { sum: 1, min: 2, max: 4 };

/** Where a page begins: its range, the last point of the page before, and how many equal to it were given. */
interface Page {
  readonly range: TimeRange;
  readonly from: PointPlace | undefined;
  readonly given: number;
}

export async function listPoints(reader: Reader, origins: Origins): Promise<PointsAnswer> {
  const { query, params } = reader.request;
  const limit = readLimit(query, limits);
  const filter = { metric: params['name'] ?? '', service: readText(query, 'service') };
  const page = readPage(reader);
  const rows = (await readPoints(reader, page.range, filter, { from: page.from, limit: limit + 1 + page.given })).slice(
    page.given,
  );
  const shown = rows.slice(0, limit);
  const ids = [...new Set(shown.map(({ series_id }) => series_id))];
  const [series, exemplars] = await Promise.all([
    readSeries(reader, page.range, filter.metric, ids),
    readPointExemplars(reader, timesOf(shown), filter.metric, ids),
  ]);
  const of = await origins.of(reader, series);
  const seriesOf = new Map(series.map((one) => [one.id, one]));
  const exemplarsOf = groupBy(exemplars, (row) => `${row.series_id} ${row.point_ns}`);
  const points = shown.flatMap((row) => {
    const ofPoint = seriesOf.get(row.series_id);
    const found = exemplarsOf.get(`${row.series_id} ${row.time_ns}`) ?? [];
    return ofPoint === undefined ? [] : [{ ...toPoint(row, ofPoint, of), exemplars: found.map(toExemplar) }];
  });
  return { points, next: rows.length > limit ? cursorAfter(page, shown) : null };
}

function readPage({ request: { query }, context }: Reader): Page {
  const cursor = readText(query, 'cursor');
  if (cursor === undefined) return { range: readTimeRange(query, context.nowNs()), from: undefined, given: 0 };
  const { range, place } = decodeCursor('points', ['int', 'uint', 'uint', 'uint'], cursor);
  const [time_ns = '', series_id = '', hash = '', given = ''] = place;
  return { range, from: { time_ns, series_id, hash }, given: Number(given) };
}

function cursorAfter({ range, from, given }: Page, shown: readonly PointRow[]): string | null {
  const last = shown.at(-1);
  if (last === undefined) return null;
  const isLast = (place: PointPlace): boolean =>
    place.time_ns === last.time_ns && place.series_id === last.series_id && place.hash === last.hash;
  const equal = shown.filter(isLast).length + (from !== undefined && isLast(from) ? given : 0);
  return encodeCursor('points', { range, place: [last.time_ns, last.series_id, last.hash, String(equal)] });
}

/** From the first point to the last. */
function timesOf(shown: readonly PointRow[]): TimeRange {
  return { fromNs: BigInt(shown[0]?.time_ns ?? 0), toNs: BigInt(shown.at(-1)?.time_ns ?? 0) + 1n };
}

function toPoint(row: PointRow, series: SeriesRow, of: OriginsOfRows): Omit<MetricPoint, 'exemplars'> {
  return {
    type: series.type,
    unit: series.unit,
    description: series.description,
    temporality: temporalities[series.temporality] ?? 'unspecified',
    monotonic: series.monotonic === 1,
    attributes: decodeAttributes(series.attributes, series.attributes_types),
    resource: of.resource(series.resource_id),
    scope: of.scope(series.scope_id),
    timeNs: row.time_ns,
    startNs: row.start_ns,
    flags: row.flags,
    ...valuesOf(row, series),
  };
}

function valuesOf(row: PointRow, { type }: SeriesRow): Partial<MetricPoint> {
  switch (row.table) {
    case 'samples':
      return { value: toValue(row) };
    case 'histograms':
      return type === 'exponential_histogram' ? { ...extremesOf(row), exponential: exponentialOf(row) } : explicitOf(row);
    case 'summaries':
      return summaryOf(row);
    case 'native_histograms':
      return nativeOf(row);
  }
}

function toValue({
  value,
  is_int,
  int_rest,
}: Pick<PointExemplarRow, 'value' | 'is_int' | 'int_rest'>): (MetricPoint['value'] & {}) | null {
  if (is_int === 2) return null;
  return is_int === 1 ? { int: String(BigInt(value) + BigInt(int_rest)) } : { double: toDouble(value) };
}

function extremesOf({ count, sum, min, max, present }: HistogramRow): Partial<MetricPoint> {
  const sent = (value: RowDouble, bit: number): RowDouble | null => ((present & bit) === 0 ? null : toDouble(value));
  return { count, sum: sent(sum, presentBits.sum), min: sent(min, presentBits.min), max: sent(max, presentBits.max) };
}

function explicitOf(row: HistogramRow): Partial<MetricPoint> {
  return { ...extremesOf(row), bounds: row.bounds.map(toDouble), counts: row.counts };
}

function exponentialOf(row: HistogramRow): MetricPoint['exponential'] & {} {
  return {
    scale: row.scale,
    zeroCount: row.zero_count,
    zeroThreshold: row.zero_threshold,
    positive: { offset: row.positive_offset, counts: row.positive_counts },
    negative: { offset: row.negative_offset, counts: row.negative_counts },
  };
}

function summaryOf({ count, sum, quantiles, quantile_values }: SummaryRow): Partial<MetricPoint> {
  const pairs = quantiles.map((quantile, i) => ({ quantile: toDouble(quantile), value: toDouble(quantile_values[i] ?? 'nan') }));
  return { count, sum: toDouble(sum), quantiles: pairs };
}

function nativeOf(row: NativeHistogramRow): Partial<MetricPoint> {
  return {
    count: String(row.count),
    sum: toDouble(row.sum),
    native: {
      schema: row.schema,
      resetHint: resetHints[row.reset_hint] ?? 'unknown',
      zeroThreshold: toDouble(row.zero_threshold),
      zeroCount: toDouble(row.zero_count),
      positive: { indexes: row.positive_indexes, counts: row.positive_counts.map(toDouble) },
      negative: { indexes: row.negative_indexes, counts: row.negative_counts.map(toDouble) },
      bounds: row.bounds.map(toDouble),
    },
  };
}

function toExemplar(row: PointExemplarRow): MetricPoint['exemplars'][number] {
  return {
    timeNs: row.time_ns,
    value: toValue(row),
    traceId: row.trace === zeroTraceId ? '' : row.trace,
    spanId: row.span === zeroSpanId ? '' : row.span,
    attributes: decodeAttributes(row.attributes, row.attributes_types),
  };
}

/** Doubles that JSON has no numbers for, by the names that protobuf's JSON has for them. */
function toDouble(value: RowDouble): RowDouble {
  switch (value) {
    case 'nan':
      return 'NaN';
    case 'inf':
      return 'Infinity';
    case '-inf':
      return '-Infinity';
    default:
      return value;
  }
}

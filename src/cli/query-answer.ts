/** Answers of Prometheus's query API as lines for the terminal: tables, charts, and errors with a caret under their place. */
import { drawChart } from './chart.ts';

export type Metric = Readonly<Record<string, string>>;
type Sample = readonly [timeSeconds: number, value: string];

interface HistogramValue {
  readonly count: string;
  readonly sum: string;
}

type HistogramSample = readonly [timeSeconds: number, histogram: HistogramValue];

interface VectorItem {
  readonly metric: Metric;
  readonly value?: Sample;
  readonly histogram?: HistogramSample;
}

interface MatrixItem {
  readonly metric: Metric;
  readonly values?: readonly Sample[];
  readonly histograms?: readonly HistogramSample[];
}

type QueryData =
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample }
  | { readonly resultType: 'vector'; readonly result: readonly VectorItem[] }
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixItem[] };

export interface QueryAnswer {
  readonly status: 'success' | 'error';
  readonly data?: QueryData;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export interface ShowOptions {
  /** Letters in a line. */
  readonly width: number;
  readonly colors: boolean;
}

const chartHeight = 14;
/** More lines can not be told apart. */
const linesMax = 12;

export function showAnswer({ data }: QueryAnswer, options: ShowOptions): string[] {
  switch (data?.resultType) {
    case 'scalar':
    case 'string':
      return [data.result[1]];
    case 'vector':
      return showVector(data.result);
    case 'matrix':
      return showMatrix(data.result, options);
    case undefined:
      return ['The answer has no data.'];
  }
}

/** A line for each series, values in a column. */
function showVector(items: readonly VectorItem[]): string[] {
  if (items.length === 0) return ['No series.'];
  const rows = items.map(({ metric, value, histogram }) => ({
    series: seriesText(metric),
    value: value?.[1] ?? histogramText(histogram?.[1]),
  }));
  const width = Math.max(...rows.map(({ value }) => value.length));
  return rows.map(({ series, value }) => `${value.padStart(width)}  ${series}`);
}

function histogramText(histogram: HistogramValue | undefined): string {
  return histogram === undefined ? '' : `count ${histogram.count}, sum ${histogram.sum}`;
}

/** A chart; of native histograms the counts are drawn. */
function showMatrix(items: readonly MatrixItem[], { width, colors }: ShowOptions): string[] {
  if (items.length === 0) return ['No series.'];
  const lines = items.slice(0, linesMax).map(({ metric, values = [], histograms = [] }) => ({
    name: seriesText(metric),
    points: [
      ...values.map(([time, value]): [number, number] => [time, numberOf(value)]),
      ...histograms.map(([time, { count }]): [number, number] => [time, numberOf(count)]),
    ].toSorted(([a], [b]) => a - b),
  }));
  const rest = items.length - lines.length;
  return [...drawChart(lines, { width, height: chartHeight, colors }), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** `up{job="a"}`; `{}` for no labels. */
export function seriesText(metric: Metric): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}

/** The error, and under it the line of the query with a caret, when the error says where it is. */
export function showError(error: string, query: string): string {
  const [, line, column] = /(\d+):(\d+): /.exec(error) ?? [];
  const text = query.split('\n')[Number(line) - 1];
  if (text === undefined) return error;
  return `${error}\n\n  ${text}\n  ${' '.repeat(Math.max(0, Number(column) - 1))}^`;
}

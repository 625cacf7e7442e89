/** The result of a query as Prometheus's `data`: `{resultType, result, stats}`, in parts. */
import type { QueryResult } from '../../promql/evaluate/evaluate.ts';
import type { MatrixSeries, Point, VectorSample } from '../../promql/evaluate/points.ts';
import { renderHistogramSample, renderLabels, renderSample, renderTime } from './render-values.ts';

/** Parts of the JSON of the data; `stats` is an object to stand beside the result. */
export function* resultParts(result: QueryResult, stats?: object): Generator<string> {
  yield `{"resultType":"${result.type}","result":`;
  switch (result.type) {
    case 'scalar':
      yield renderSample(result.timeMs, result.value);
      break;
    case 'string':
      yield `[${renderTime(result.timeMs)},${JSON.stringify(result.value)}]`;
      break;
    case 'vector':
      yield* vectorParts(result.samples);
      break;
    case 'matrix':
      yield* matrixParts(result.series);
  }
  yield stats === undefined ? '}' : `,"stats":${JSON.stringify(stats)}}`;
}

function* vectorParts(samples: readonly VectorSample[]): Generator<string> {
  yield '[';
  for (const [i, sample] of samples.entries()) {
    const field = 'histogram' in sample ? 'histogram' : 'value';
    yield `${i === 0 ? '' : ','}{"metric":${renderLabels(sample.labels)},"${field}":${renderPoint(sample)}}`;
  }
  yield ']';
}

function* matrixParts(all: readonly MatrixSeries[]): Generator<string> {
  yield '[';
  for (const [i, { labels, points }] of all.entries()) {
    yield `${i === 0 ? '' : ','}{"metric":${renderLabels(labels)}`;
    yield* pointParts('values', points);
    yield* pointParts('histograms', points);
    yield '}';
  }
  yield ']';
}

/** Letters of points that make a part: a part for each point would cost more than its text. */
const partLength = 8192;

/** The points of one kind as a field; nothing when there are none. */
function* pointParts(field: 'values' | 'histograms', points: readonly Point[]): Generator<string> {
  const wantsHistograms = field === 'histograms';
  let isEmpty = true;
  let text = '';
  for (const point of points) {
    if ('histogram' in point !== wantsHistograms) continue;
    text += isEmpty ? `,"${field}":[` : ',';
    text += renderPoint(point);
    isEmpty = false;
    if (text.length < partLength) continue;
    yield text;
    text = '';
  }
  if (!isEmpty) yield `${text}]`;
}

function renderPoint(point: Point): string {
  if ('histogram' in point) return renderHistogramSample(point.timeMs, point.histogram);
  return renderSample(point.timeMs, point.value);
}

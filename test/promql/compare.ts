/**
 * Whether a result is the one a script expects: each function gives what is wrong as text, or undefined. Numbers may differ by a
 * millionth of their sum. Histograms are compared part by part, the hint only where the script has one.
 */
import { labelPairs, labelsKey, metricName, compareLabels } from '../../src/lang/labels.ts';
import type { Labels } from '../../src/lang/labels.ts';
import type { QueryResult } from '../../src/promql/evaluate/evaluate.ts';
import { compact } from '../../src/promql/histogram/arithmetic.ts';
import type { Buckets, Histogram } from '../../src/promql/histogram/histogram.ts';
import { histogramText } from '../../src/promql/histogram/text.ts';
import { meets, patternText } from './patterns.ts';
import type { Annotations, Expected, ExpectedResult, ExpectedSeries, Times } from './script.ts';
import type { Point } from './series-lines.ts';

const relativeError = 1e-6;
const smallestNormal = 2 ** -1022;

type Samples = Extract<QueryResult, { type: 'vector' }>['samples'];
type SeriesList = Extract<QueryResult, { type: 'matrix' }>['series'];

/** A value at a time, as both vectors and matrices have them. */
interface TimedValue {
  readonly timeMs: number;
  readonly value: number | Histogram;
}

export function annotationFault(expected: Expected, { warnings, infos }: QueryResult): string | undefined {
  return faultOf('warning', expected.warnings, warnings) ?? faultOf('info', expected.infos, infos);
}

function faultOf(what: string, expected: Annotations, actual: readonly string[]): string | undefined {
  if (expected.kind === 'none') return actual.length === 0 ? undefined : `expected no ${what}, but got ${listText(actual)}`;
  const { patterns } = expected;
  if (patterns.length === 0) return undefined;
  const unmet = patterns.find((pattern) => !actual.some((message) => meets(message, pattern)));
  if (unmet !== undefined) return `expected ${what} ${patternText(unmet)}, but got ${listText(actual)}`;
  const unexpected = actual.find((message) => !patterns.some((pattern) => meets(message, pattern)));
  return unexpected === undefined ? undefined : `expected no ${what} like ${JSON.stringify(unexpected)}`;
}

function listText(messages: readonly string[]): string {
  return messages.length === 0 ? 'none' : messages.map((message) => JSON.stringify(message)).join(', ');
}

export function resultFault(expected: Expected, actual: QueryResult): string | undefined {
  const { result } = expected;
  switch (actual.type) {
    case 'scalar':
      return scalarFault(result, actual.value);
    case 'string':
      if (result.kind === 'string')
        return result.text === actual.value ? undefined : `expected "${result.text}", but got "${actual.value}"`;
      return `expected ${result.kind}, but got the string "${actual.value}"`;
    case 'vector':
      if (result.kind !== 'series') return `expected ${result.kind}, but got a vector`;
      return vectorFault(result.series, actual.samples, expected.isOrdered);
    case 'matrix':
      if (result.kind !== 'series') return `expected ${result.kind}, but got a matrix`;
      return matrixFault(result.series, result.times, actual.series);
  }
}

/** Of a scalar, or of the step of a range query that stands for one. */
export function scalarFault(expected: ExpectedResult, actual: number): string | undefined {
  if (expected.kind !== 'scalar') return `expected ${expected.kind}, but got the scalar ${actual}`;
  return isNear(expected.value, actual) ? undefined : `expected ${expected.value}, but got ${actual}`;
}

export function vectorFault(expected: readonly ExpectedSeries[], actual: Samples, isOrdered: boolean): string | undefined {
  const byLabels = new Map(expected.map((series, position) => [labelsKey(series.labels), { series, position }]));
  const seen = new Set<string>();
  for (const [position, sample] of actual.entries()) {
    const key = labelsKey(sample.labels);
    const found = byLabels.get(key);
    if (found === undefined) return `expected no ${labelsText(sample.labels)}, but got it with ${valueText(valueOf(sample))}`;
    if (seen.has(key)) return `expected ${labelsText(sample.labels)} once, but got it twice`;
    seen.add(key);
    if (isOrdered && found.position !== position) {
      return `expected ${labelsText(sample.labels)} at place ${found.position + 1}, but got it at ${position + 1}`;
    }
    const fault = pointFault(found.series.points[0], valueOf(sample));
    if (fault !== undefined) return `${labelsText(sample.labels)}: ${fault}`;
  }
  const missing = expected.find(({ labels }) => !seen.has(labelsKey(labels)));
  return missing && `expected ${labelsText(missing.labels)} with ${pointText(missing.points[0])}, but it is missing`;
}

function valueOf(sample: Samples[number]): number | Histogram {
  return 'histogram' in sample ? sample.histogram : sample.value;
}

function matrixFault(expected: readonly ExpectedSeries[], times: Times, actual: SeriesList): string | undefined {
  const disorder = actual.findIndex(({ labels }, i) => i > 0 && compareLabels(actual[i - 1]!.labels, labels) >= 0);
  if (disorder > 0) return `expected series sorted by labels, but ${labelsText(actual[disorder]!.labels)} comes too late`;
  const byLabels = new Map(actual.map((series) => [labelsKey(series.labels), series]));
  for (const { labels, points } of expected) {
    const series = byLabels.get(labelsKey(labels));
    if (series === undefined) return `expected ${labelsText(labels)}, but it is missing`;
    byLabels.delete(labelsKey(labels));
    const fault = pointsFault(points, times, timedValues(series));
    if (fault !== undefined) return `${labelsText(labels)}: ${fault}`;
  }
  const [unexpected] = byLabels.values();
  if (unexpected === undefined) return undefined;
  const values = timedValues(unexpected).map(({ value }) => valueText(value));
  return `expected no ${labelsText(unexpected.labels)}, but got it with ${values.join(' ')}`;
}

function timedValues({ points }: SeriesList[number]): TimedValue[] {
  return points.map((point) => ({ timeMs: point.timeMs, value: 'histogram' in point ? point.histogram : point.value }));
}

function pointsFault(points: readonly (Point | undefined)[], times: Times, actual: readonly TimedValue[]): string | undefined {
  const byTime = new Map(actual.map(({ timeMs, value }) => [timeMs, value]));
  for (const [i, point] of points.entries()) {
    const timeMs = times.startMs + i * times.stepMs;
    const value = byTime.get(timeMs);
    byTime.delete(timeMs);
    if (point === undefined && value === undefined) continue;
    const fault = pointFault(point, value);
    if (fault !== undefined) return `at ${timeMs} ms ${fault}`;
  }
  const [more] = byTime;
  return more && `at ${more[0]} ms expected nothing, but got ${valueText(more[1])}`;
}

function pointFault(point: Point | undefined, actual: number | Histogram | undefined): string | undefined {
  const isEqual = actual !== undefined && point !== undefined && isPoint(point, actual);
  return isEqual ? undefined : `expected ${pointText(point)}, but got ${valueText(actual)}`;
}

function isPoint(point: Point, actual: number | Histogram): boolean {
  switch (point.kind) {
    case 'float':
      return typeof actual === 'number' && isNear(point.value, actual);
    case 'stale':
      return false;
    case 'histogram':
      return typeof actual !== 'number' && isNearHistogram(compact(point.histogram), compact(actual), point.isHintWritten);
  }
}

function isNearHistogram(expected: Histogram, actual: Histogram, withHint: boolean): boolean {
  return (
    expected.schema === actual.schema &&
    expected.zeroThreshold === actual.zeroThreshold &&
    isNear(expected.count, actual.count) &&
    isNear(expected.sum, actual.sum) &&
    isNear(expected.zeroCount, actual.zeroCount) &&
    expected.bounds.length === actual.bounds.length &&
    expected.bounds.every((bound, i) => bound === actual.bounds[i]) &&
    areNearBuckets(expected.positive, actual.positive) &&
    areNearBuckets(expected.negative, actual.negative) &&
    (!withHint || expected.resetHint === actual.resetHint)
  );
}

function areNearBuckets(expected: Buckets, actual: Buckets): boolean {
  return (
    expected.indexes.length === actual.indexes.length &&
    expected.indexes.every((index, i) => index === actual.indexes[i] && isNear(expected.counts[i]!, actual.counts[i]!))
  );
}

/** Equal, both NaN, or apart by less than a millionth of the sum of their sizes. */
function isNear(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < relativeError * smallestNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < relativeError;
}

function pointText(point: Point | undefined): string {
  if (point === undefined) return 'nothing';
  if (point.kind === 'histogram') return valueText(point.histogram) + (point.isHintWritten ? '' : ' (any hint)');
  return point.kind === 'float' ? valueText(point.value) : 'stale';
}

function valueText(value: number | Histogram | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  return `${histogramText(value)} schema ${value.schema} zero ${value.zeroThreshold} bounds [${value.bounds.join(' ')}] ${value.resetHint}`;
}

function labelsText(labels: Labels): string {
  const pairs = labelPairs(labels);
  const name = pairs.find(([label]) => label === metricName)?.[1] ?? '';
  const others = pairs.filter(([label]) => label !== metricName).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${others.join(', ')}}`;
}

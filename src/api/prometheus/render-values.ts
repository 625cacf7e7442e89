/**
 * Numbers of PromQL as JSON has them in Prometheus's answers: times as numbers of seconds, values as text, a native histogram as
 * its count, its sum and its populated buckets.
 */
import { allBuckets } from '../../promql/histogram/buckets.ts';
import type { Histogram } from '../../promql/histogram/histogram.ts';
import type { Labels } from '../../lang/labels.ts';

/** Seconds; a fraction has three digits. Fractions of milliseconds are cut off. */
export function renderTime(ms: number): string {
  const size = Math.trunc(Math.abs(ms));
  const sign = ms < 0 && size > 0 ? '-' : '';
  const rest = size % 1000;
  const seconds = (size - rest) / 1000;
  if (rest === 0) return `${sign}${seconds}`;
  return `${sign}${seconds}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}

/**
 * The shortest text that gives the same double; with an exponent, of two digits at least, below 10^-6 and from 10^21 on. Go and
 * JavaScript agree on all of it but the digits of a short exponent, the sign of zero, and how infinity is called.
 */
export function renderValue(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const text = String(value);
  const size = value < 0 ? -value : value;
  if (size >= 1e-6 && size < 1e21) return text;
  if (size === Infinity) return value > 0 ? '+Inf' : '-Inf';
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `[seconds,"value"]` */
export function renderSample(timeMs: number, value: number): string {
  return `[${renderTime(timeMs)},"${renderValue(value)}"]`;
}

/** `[seconds,{…}]` */
export function renderHistogramSample(timeMs: number, histogram: Histogram): string {
  return `[${renderTime(timeMs)},${renderHistogram(histogram)}]`;
}

/** A bucket is `[rule, lower, upper, count]`; the rule says which bounds belong to it: 0 upper, 1 lower, 2 none, 3 both. */
function renderHistogram(histogram: Histogram): string {
  const head = `{"count":"${renderValue(histogram.count)}","sum":"${renderValue(histogram.sum)}"`;
  const buckets = allBuckets(histogram).map(({ lower, upper, count, lowerInclusive, upperInclusive }) => {
    const rule = upperInclusive ? (lowerInclusive ? 3 : 0) : lowerInclusive ? 1 : 2;
    return `[${rule},"${renderValue(lower)}","${renderValue(upper)}","${renderValue(count)}"]`;
  });
  return buckets.length === 0 ? `${head}}` : `${head},"buckets":[${buckets.join(',')}]}`;
}

/** A label set as an object, in its order. */
export function renderLabels(labels: Labels): string {
  let text = '{';
  for (let i = 0; i < labels.length; i += 2)
    text += `${i === 0 ? '' : ','}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`;
  return `${text}}`;
}

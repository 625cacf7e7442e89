/**
 * The functions and aggregators of PromQL (Prometheus 3.14): what they take, what they give, and a sentence for whoever reads
 * a query. The parser, the checker, the evaluator and the editor work from these two tables.
 */
import type { AggregationOperator, ValueType } from './ast.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /**
   * 0: exactly `args`. Above 0: all of `args` but the last one, then from none up to this many of the last one's type (1 for an
   * argument that may be left out, Infinity for a list without an end).
   */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Needs the feature `promql-experimental-functions`. */
  readonly experimental: boolean;
  readonly doc: string;
}

export interface Aggregator {
  /** The type of the parameter that comes before the vector. */
  readonly parameter: ValueType | undefined;
  readonly experimental: boolean;
  readonly doc: string;
}

interface SignatureOptions {
  readonly variadic?: number;
  readonly experimental?: boolean;
}

const experimental: SignatureOptions = { experimental: true };
const lastOptional: SignatureOptions = { variadic: 1 };

export const signatures = {
  abs: eachSample('The absolute value of each sample.'),
  absent: vectorOf(['vector'], 'One sample of value 1 when the vector is empty, nothing otherwise.'),
  absent_over_time: overTime('One sample of value 1 when the range holds no sample of any series, nothing otherwise.'),
  acos: eachSample('The arccosine of each sample, in radians.'),
  acosh: eachSample('The inverse hyperbolic cosine of each sample.'),
  asin: eachSample('The arcsine of each sample, in radians.'),
  asinh: eachSample('The inverse hyperbolic sine of each sample.'),
  atan: eachSample('The arctangent of each sample, in radians.'),
  atanh: eachSample('The inverse hyperbolic tangent of each sample.'),
  avg_over_time: overTime('The mean of the samples in the range.'),
  ceil: eachSample('Each sample rounded up to an integer.'),
  changes: overTime('How often the value changed within the range.'),
  clamp: vectorOf(['vector', 'scalar', 'scalar'], 'Each sample kept between a lower and an upper bound.'),
  clamp_max: vectorOf(['vector', 'scalar'], 'Each sample, but no more than a bound.'),
  clamp_min: vectorOf(['vector', 'scalar'], 'Each sample, but no less than a bound.'),
  cos: eachSample('The cosine of each sample, taken as radians.'),
  cosh: eachSample('The hyperbolic cosine of each sample.'),
  count_over_time: overTime('The number of samples in the range.'),
  day_of_month: ofDate('The day of the month in UTC, 1 to 31.'),
  day_of_week: ofDate('The day of the week in UTC, 0 (Sunday) to 6.'),
  day_of_year: ofDate('The day of the year in UTC, 1 to 366.'),
  days_in_month: ofDate('The number of days of the month in UTC, 28 to 31.'),
  deg: eachSample('Each sample turned from radians to degrees.'),
  delta: overTime('The difference between the end and the start of the range, extrapolated to its edges; for gauges.'),
  deriv: overTime('The slope per second of the line that fits the range best; for gauges.'),
  double_exponential_smoothing: vectorOf(
    ['matrix', 'scalar', 'scalar'],
    'The samples of the range smoothed, by a factor for the level and one for the trend.',
    experimental,
  ),
  end: scalarOf([], 'The end of the query, in Unix seconds.', experimental),
  exp: eachSample('The number e to the power of each sample.'),
  first_over_time: overTime('The oldest sample in the range.'),
  floor: eachSample('Each sample rounded down to an integer.'),
  histogram_avg: eachSample('The mean of the observations of each native histogram.'),
  histogram_count: eachSample('The number of observations of each native histogram.'),
  histogram_fraction: vectorOf(
    ['scalar', 'scalar', 'vector'],
    'The share of the observations that lie between a lower and an upper bound, from 0 to 1.',
  ),
  histogram_quantile: vectorOf(['scalar', 'vector'], 'A quantile of each histogram, classic or native.'),
  histogram_quantiles: vectorOf(
    ['vector', 'string', 'scalar', 'scalar'],
    'Up to ten quantiles of each histogram, each marked by the label that is named.',
    { variadic: 9, experimental: true },
  ),
  histogram_stddev: eachSample('The estimated standard deviation of the observations of each native histogram.'),
  histogram_stdvar: eachSample('The estimated variance of the observations of each native histogram.'),
  histogram_sum: eachSample('The sum of the observations of each native histogram.'),
  hour: ofDate('The hour of the day in UTC, 0 to 23.'),
  idelta: overTime('The difference between the two newest samples in the range; for gauges.'),
  increase: overTime('How much a counter grew over the range, extrapolated to its edges.'),
  info: vectorOf(['vector', 'vector'], 'The vector with the labels of the info metrics that belong to it.', {
    variadic: 1,
    experimental: true,
  }),
  irate: overTime('How fast a counter grew per second between its two newest samples.'),
  label_join: vectorOf(
    ['vector', 'string', 'string', 'string'],
    'The vector with a label set to the values of other labels, joined by a separator.',
    { variadic: Infinity },
  ),
  label_replace: vectorOf(
    ['vector', 'string', 'string', 'string', 'string'],
    'The vector with a label set from the parts of another label that a regular expression captures.',
  ),
  last_over_time: overTime('The newest sample in the range.'),
  ln: eachSample('The natural logarithm of each sample.'),
  log10: eachSample('The decimal logarithm of each sample.'),
  log2: eachSample('The binary logarithm of each sample.'),
  mad_over_time: overTime('The median of the absolute deviations from the median of the range.', experimental),
  max_of: scalarOf(['scalar', 'scalar'], 'The larger of two numbers.', experimental),
  max_over_time: overTime('The largest sample in the range.'),
  min_of: scalarOf(['scalar', 'scalar'], 'The smaller of two numbers.', experimental),
  min_over_time: overTime('The smallest sample in the range.'),
  minute: ofDate('The minute of the hour in UTC, 0 to 59.'),
  month: ofDate('The month of the year in UTC, 1 to 12.'),
  pi: scalarOf([], 'The number pi.'),
  predict_linear: vectorOf(['matrix', 'scalar'], 'The value that the line fitted to the range reaches in so many seconds.'),
  present_over_time: overTime('The value 1 for each series with a sample in the range.'),
  quantile_over_time: vectorOf(['scalar', 'matrix'], 'A quantile of the samples in the range.'),
  rad: eachSample('Each sample turned from degrees to radians.'),
  range: scalarOf([], 'The time from the start to the end of the query, in seconds.', experimental),
  rate: overTime('How fast a counter grew per second over the range, extrapolated to its edges.'),
  resets: overTime('How often a counter started anew within the range.'),
  round: vectorOf(
    ['vector', 'scalar'],
    'Each sample rounded to the nearest multiple of a number, of 1 by default.',
    lastOptional,
  ),
  scalar: scalarOf(['vector'], 'The value of the only sample of a vector, NaN when there is not exactly one.'),
  sgn: eachSample('The sign of each sample: -1, 0 or 1.'),
  sin: eachSample('The sine of each sample, taken as radians.'),
  sinh: eachSample('The hyperbolic sine of each sample.'),
  sort: vectorOf(['vector'], 'The samples of an instant query by value, smallest first.'),
  sort_by_label: vectorOf(['vector', 'string'], 'The samples of an instant query by the values of labels, in natural order.', {
    variadic: Infinity,
    experimental: true,
  }),
  sort_by_label_desc: vectorOf(
    ['vector', 'string'],
    'The samples of an instant query by the values of labels, in reverse natural order.',
    { variadic: Infinity, experimental: true },
  ),
  sort_desc: vectorOf(['vector'], 'The samples of an instant query by value, largest first.'),
  sqrt: eachSample('The square root of each sample.'),
  start: scalarOf([], 'The start of the query, in Unix seconds.', experimental),
  start_timestamp: vectorOf(['vector'], 'When each counter started to count, in Unix seconds.', experimental),
  stddev_over_time: overTime('The standard deviation of the samples in the range.'),
  stdvar_over_time: overTime('The variance of the samples in the range.'),
  step: scalarOf([], 'The step of the query, in seconds.', experimental),
  sum_over_time: overTime('The sum of the samples in the range.'),
  tan: eachSample('The tangent of each sample, taken as radians.'),
  tanh: eachSample('The hyperbolic tangent of each sample.'),
  time: scalarOf([], 'The time of evaluation, in Unix seconds.'),
  timestamp: eachSample('The time of each sample, in Unix seconds.'),
  ts_of_first_over_time: overTime('The time of the oldest sample in the range, in Unix seconds.', experimental),
  ts_of_last_over_time: overTime('The time of the newest sample in the range, in Unix seconds.', experimental),
  ts_of_max_over_time: overTime('The time of the largest sample in the range, in Unix seconds.', experimental),
  ts_of_min_over_time: overTime('The time of the smallest sample in the range, in Unix seconds.', experimental),
  vector: vectorOf(['scalar'], 'A number as a vector of one sample without labels.'),
  year: ofDate('The year in UTC.'),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof signatures;

export const aggregators = {
  sum: aggregator('The sum of the samples.'),
  avg: aggregator('The mean of the samples.'),
  count: aggregator('The number of samples.'),
  min: aggregator('The smallest sample.'),
  max: aggregator('The largest sample.'),
  group: aggregator('The value 1 for each group.'),
  stddev: aggregator('The standard deviation of the samples.'),
  stdvar: aggregator('The variance of the samples.'),
  topk: aggregator('The k largest samples of each group, with their own labels.', 'scalar'),
  bottomk: aggregator('The k smallest samples of each group, with their own labels.', 'scalar'),
  count_values: aggregator('How many samples have the same value, which goes into the label that is named.', 'string'),
  quantile: aggregator('A quantile of the samples.', 'scalar'),
  limitk: aggregator('Any k samples of each group, always the same ones.', 'scalar', true),
  limit_ratio: aggregator('A share of the samples of each group; its complement for a negative ratio.', 'scalar', true),
} as const satisfies Record<AggregationOperator, Aggregator>;

/** Whether a name is that of a function; names of Object.prototype are not. */
export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(signatures, name);
}

/** Whether a name, in lower case, is that of an aggregator. */
export function isAggregationOperator(name: string): name is AggregationOperator {
  return Object.hasOwn(aggregators, name);
}

function vectorOf(args: readonly ValueType[], doc: string, options: SignatureOptions = {}): Signature {
  return { args, variadic: 0, returns: 'vector', experimental: false, doc, ...options };
}

function scalarOf(args: readonly ValueType[], doc: string, options: SignatureOptions = {}): Signature {
  return { args, variadic: 0, returns: 'scalar', experimental: false, doc, ...options };
}

function eachSample(doc: string): Signature {
  return vectorOf(['vector'], doc);
}

function overTime(doc: string, options: SignatureOptions = {}): Signature {
  return vectorOf(['matrix'], doc, options);
}

/** Of the sample values, or of the time of evaluation. */
function ofDate(doc: string): Signature {
  return vectorOf(['vector'], doc, lastOptional);
}

function aggregator(doc: string, parameter?: ValueType, experimental = false): Aggregator {
  return { parameter, experimental, doc };
}

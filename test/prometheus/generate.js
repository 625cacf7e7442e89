// Queries by PromQL's grammar, as far as Prometheus 2.42 knows it. Sizes are bounded; the same seed gives the same queries.

const counters = ['http_requests_total', 'cpu_seconds_total', 'latency_seconds_count', 'latency_seconds_sum'];
const gauges = ['temperature_celsius', 'memory_bytes', 'queue_length', 'up', 'odd_values'];
const labelNames = ['job', 'instance', 'code', 'mode', 'queue'];
const matchers = [
  'job="api"',
  'job=~"api|node"',
  'job!="batch"',
  'job!~"a.+"',
  'instance=~"[ab]:.*"',
  'instance="c:9100"',
  'queue!~"x.*"',
  'missing=""',
];
/** Of the labels that only some metrics have. */
const ownMatchers = {
  http_requests_total: ['code=~"2..|5.."', 'code!="404"'],
  cpu_seconds_total: ['mode!="idle"', 'mode=~"user|system"'],
  queue_length: ['queue="q1"'],
  odd_values: ['kind!="nan"'],
};
const ranges = ['1m', '2m', '5m', '10m', '31m', '1h'];
const offsets = ['1m', '7m', '20m', '-3m'];
const rangeFunctions = {
  counter: ['rate', 'increase', 'irate', 'resets', 'changes'],
  gauge: ['delta', 'idelta', 'deriv', 'changes', 'resets'],
  both: [
    'avg_over_time',
    'sum_over_time',
    'min_over_time',
    'max_over_time',
    'count_over_time',
    'last_over_time',
    'stddev_over_time',
    'stdvar_over_time',
    'present_over_time',
    'absent_over_time',
  ],
};
const mathFunctions = ['abs', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'atan', 'rad', 'deg'];
/** Of samples as they are: of calculated values these show the last digit, in which two servers may differ, at large. */
const abruptFunctions = ['ceil', 'floor', 'sgn', 'sin', 'cos', 'tan'];
const dateFunctions = ['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year'];
/** A remainder shows the last digit of large quotients: only of samples as they are, by plain numbers. */
const arithmetic = ['+', '-', '*', '/', '^', 'atan2'];
const comparisons = ['==', '!=', '<', '>', '<=', '>='];

/** A query whose value is a vector or a scalar. */
export function makeQuery(random) {
  if (random.chance(0.04))
    return `${random.one(['topk', 'bottomk'])}${grouping(random)} (${1 + random.below(3)}, ${vector(random, 2)})`;
  return random.chance(0.06) ? scalar(random, 2) : vector(random, 3);
}

function selector(random, names) {
  const name = random.one(names);
  const choices = [...(name === 'odd_values' ? [] : matchers), ...(ownMatchers[name] ?? [])];
  const picked = choices.filter(() => random.chance(1 / choices.length));
  if (random.chance(0.02)) picked.push('missing="x"');
  if (random.chance(0.05)) return `{__name__="${name}"${picked.map((matcher) => `,${matcher}`).join('')}}`;
  return picked.length === 0 ? name : `${name}{${picked.join(',')}}`;
}

function modifiers(random) {
  if (random.chance(0.1)) return ` offset ${random.one(offsets)}`;
  if (random.chance(0.04)) return ` @ ${random.one(['start()', 'end()'])}`;
  return '';
}

function instantSelector(random) {
  return selector(random, [...counters, ...gauges]) + modifiers(random);
}

function vector(random, depth) {
  const kinds =
    depth === 0 ? [instantSelector] : [instantSelector, overRange, overRange, aggregate, aggregate, binary, call, subquery];
  return random.one(kinds)(random, depth);
}

function overRange(random) {
  const isCounter = random.chance(0.6);
  const functions = [...rangeFunctions[isCounter ? 'counter' : 'gauge'], ...rangeFunctions.both];
  const range = `${selector(random, isCounter ? counters : gauges)}[${random.one(ranges)}]${modifiers(random)}`;
  if (random.chance(0.1)) return `quantile_over_time(${random.one(['0', '0.5', '0.9', '1', '1.5'])}, ${range})`;
  if (random.chance(0.05)) return `predict_linear(${range}, 600)`;
  return `${random.one(functions)}(${range})`;
}

function grouping(random) {
  if (random.chance(0.3)) return '';
  return ` ${random.one(['by', 'without'])} (${random.some(labelNames).join(', ')})`;
}

function aggregate(random, depth) {
  const inner = vector(random, depth - 1);
  const by = grouping(random);
  switch (random.below(8)) {
    case 1:
      return `quantile${by} (${random.one(['0.1', '0.5', '0.99', '-1'])}, ${inner})`;
    case 2:
      return `count_values${by} ("value", ${selector(random, ['up', 'build_info', 'queue_length'])})`;
    default:
      return `${random.one(['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'])}${by} (${inner})`;
  }
}

function binary(random, depth) {
  switch (random.below(6)) {
    case 0:
      if (random.chance(0.15)) return `${instantSelector(random)} % ${random.one(['7', '2.5', '-3'])}`;
      return `${vector(random, depth - 1)} ${random.one(arithmetic)} ${scalar(random, depth - 1)}`;
    case 1:
      return `${scalar(random, depth - 1)} ${random.one(comparisons)} ${random.chance(0.5) ? 'bool ' : ''}${vector(random, depth - 1)}`;
    case 2:
      return `(${vector(random, depth - 1)}) ${random.one(['and', 'or', 'unless'])}${matching(random)} (${vector(random, depth - 1)})`;
    case 3: {
      const side = random.one(['group_left', 'group_right']);
      const [many, one] = [selector(random, counters), `sum by (job, instance) (${selector(random, gauges)})`];
      const on = random.one(['on (job, instance)', 'on (job)']);
      return side === 'group_left' ? `${many} * ${on} ${side} () ${one}` : `${one} * ${on} ${side} () ${many}`;
    }
    default: {
      const operator = random.chance(0.7)
        ? random.one(arithmetic)
        : `${random.one(comparisons)}${random.chance(0.3) ? ' bool' : ''}`;
      return `(${vector(random, depth - 1)}) ${operator}${matching(random)} (${vector(random, depth - 1)})`;
    }
  }
}

function matching(random) {
  if (random.chance(0.4)) return '';
  return ` ${random.one(['on', 'ignoring'])} (${random.some(labelNames).join(', ')})`;
}

function call(random, depth) {
  const inner = vector(random, depth - 1);
  switch (random.below(12)) {
    case 0:
      return `clamp(${inner}, 1, 50)`;
    case 1:
      return `${random.one(['clamp_min', 'clamp_max'])}(${inner}, ${random.below(30)})`;
    case 2:
      return `round(${inner}, ${random.one(['1', '0.25', '10'])})`;
    case 3:
      return `label_replace(${inner}, "host", "$1", "instance", "(.*):.*")`;
    case 4:
      return `label_join(${inner}, "both", "-", "job", "instance")`;
    case 5:
      return `${random.one(dateFunctions)}(${random.chance(0.5) ? '' : inner})`;
    case 6:
      return `timestamp(${instantSelector(random)})`;
    case 7:
      return `absent(${instantSelector(random)})`;
    case 8:
      return `${random.one(['sort', 'sort_desc'])}(${inner})`;
    case 9:
      return histogramQuantile(random);
    case 10:
      return `vector(${scalar(random, depth - 1)})`;
    default:
      if (random.chance(0.4)) return `${random.one(abruptFunctions)}(${instantSelector(random)})`;
      return `${random.one(mathFunctions)}(${inner})`;
  }
}

function histogramQuantile(random) {
  const buckets = selector(random, ['latency_seconds_bucket']);
  const inner = random.chance(0.5) ? `rate(${buckets}[5m])` : `sum by (le, instance) (rate(${buckets}[10m]))`;
  return `histogram_quantile(${random.one(['0.5', '0.9', '0.99', '1', '2'])}, ${inner})`;
}

/** Not one in another: their steps would meet at the edges of windows. */
function subquery(random) {
  const inner = random.chance(0.5) ? `sum by (job) (${overRange(random)})` : instantSelector(random);
  const range = `[${random.one(['10m', '20m'])}:${random.one(['1m', '45s', ''])}]${random.chance(0.1) ? ' offset 3m' : ''}`;
  return `${random.one([...rangeFunctions.both, 'rate', 'deriv'])}((${inner})${range})`;
}

function scalar(random, depth) {
  const numbers = ['0', '1', '2.5', '-3', '1e3', '0x1f', '100'];
  if (depth <= 0 || random.chance(0.6)) return random.one(numbers);
  switch (random.below(4)) {
    case 0:
      return `scalar(${selector(random, ['up'])})`;
    case 1:
      return random.one(['time()', 'pi()']);
    default:
      return `(${scalar(random, depth - 1)} ${random.one(['+', '-', '*', '/', '%'])} ${scalar(random, depth - 1)})`;
  }
}

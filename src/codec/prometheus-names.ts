/**
 * OTLP names as Prometheus writes them by default (its strategy UnderscoreEscapingWithSuffixes; OpenTelemetry specification 1.38,
 * "Prometheus and OpenMetrics Compatibility"): what is no letter, digit, underscore or colon becomes an underscore, the unit and
 * the kind become endings.
 */

/** What decides about the ending of a name: a counter is a monotonic sum. */
export type NamedKind = 'gauge' | 'counter' | 'other';

/** Units of UCUM by their names in Prometheus; others stay as they are. The names of binary bytes are those it uses, tibi included. */
const unitNames = new Map(
  Object.entries({
    d: 'days',
    h: 'hours',
    min: 'minutes',
    s: 'seconds',
    ms: 'milliseconds',
    us: 'microseconds',
    ns: 'nanoseconds',
    By: 'bytes',
    KiBy: 'kibibytes',
    MiBy: 'mebibytes',
    GiBy: 'gibibytes',
    TiBy: 'tibibytes',
    KBy: 'kilobytes',
    MBy: 'megabytes',
    GBy: 'gigabytes',
    TBy: 'terabytes',
    m: 'meters',
    V: 'volts',
    A: 'amperes',
    J: 'joules',
    W: 'watts',
    g: 'grams',
    Cel: 'celsius',
    Hz: 'hertz',
    '1': '',
    '%': 'percent',
  }),
);

/** Units behind a slash. */
const perUnitNames = new Map(
  Object.entries({ s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' }),
);

/**
 * The name of a metric: `http.server.request.duration` in `s` is `http_server_request_duration_seconds`. A name without a letter or
 * digit, which Prometheus would refuse, becomes underscores.
 */
export function prometheusMetricName(name: string, unit: string, kind: NamedKind): string {
  const words = wordsOf(name);
  const [main, per] = unitWords(unit);
  if (main !== '' && !words.includes(main)) words.push(main);
  if (per !== '' && !words.includes(per)) words.push(per);
  const ending = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : undefined;
  const ended = ending === undefined ? words : [...words.filter((word) => word !== ending), ending];
  const joined = ended.join('_');
  if (joined === '') return '_'.repeat(Math.max(name.length, 1));
  return startsWithDigit(joined) ? `_${joined}` : joined;
}

/** The name of a label: `http.route` is `http_route`. Undefined when there is nothing in it to name a label by. */
export function prometheusLabelName(key: string): string | undefined {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/gu, '_');
  if (name !== key && /^_*$/.test(name)) return undefined;
  if (name === '') return undefined;
  if (startsWithDigit(name)) return `key_${name}`;
  return name.startsWith('_') && !name.startsWith('__') ? `key${name}` : name;
}

/**
 * Labels from attributes, by name. Of attributes that come to the same name the values are joined by `;` in the order of the
 * keys. A label may be empty, which is as good as none.
 */
export function prometheusLabels(attributes: readonly (readonly [key: string, value: string])[]): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of attributes.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const name = prometheusLabelName(key);
    if (name === undefined || name === '__name__') continue;
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  return labels;
}

function wordsOf(text: string): string[] {
  return text.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
}

/** `By/s` is `bytes` and `per_second`. What stands in braces only counts things, and names no unit. */
function unitWords(unit: string): [main: string, per: string] {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  const perName = /[{}]/.test(per) ? '' : wordsOf(perUnitNames.get(per) ?? per).join('_');
  return [/[{}]/.test(main) ? '' : wordsOf(unitNames.get(main) ?? main).join('_'), perName === '' ? '' : `per_${perName}`];
}

function startsWithDigit(text: string): boolean {
  return /^[0-9]/.test(text);
}

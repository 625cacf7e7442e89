/**
 * OTLP names as Prometheus writes them, by the strategies that it offers (`otlp: translation_strategy` in its configuration;
 * OpenTelemetry specification 1.38, "Prometheus and OpenMetrics Compatibility"). By default what is no letter, digit, underscore or
 * colon becomes an underscore, and the unit and the kind become endings.
 */

export interface Naming {
  /** Whether names are of letters, digits, underscores and colons alone, as all that asks for metrics can spell. */
  readonly escapes: boolean;
  /** Whether the unit and the kind are endings. */
  readonly endings: boolean;
}

/** What Prometheus does when its configuration says nothing. */
export const usualNaming: Naming = { escapes: true, endings: true };

/** By the names that Prometheus has for them. */
export const namings: ReadonlyMap<string, Naming> = new Map([
  ['UnderscoreEscapingWithSuffixes', usualNaming],
  ['UnderscoreEscapingWithoutSuffixes', { escapes: true, endings: false }],
  ['NoUTF8EscapingWithSuffixes', { escapes: false, endings: true }],
  ['NoTranslation', { escapes: false, endings: false }],
]);

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
 * The name of a metric: `http.server.request.duration` in `s` is `http_server_request_duration_seconds`, or
 * `http.server.request.duration_seconds` when nothing is escaped. A name without a letter or digit, which Prometheus would refuse,
 * becomes underscores.
 */
export function prometheusMetricName(name: string, unit: string, kind: NamedKind, naming = usualNaming): string {
  if (!naming.escapes) return naming.endings ? nameWithEndings(name, unit, kind) : name;
  // Without endings underscores of the name itself stay, however many there are.
  const joined = naming.endings ? wordsWithEndings(name, unit, kind).join('_') : plainWords(name).join('_');
  if (joined === '') return '_'.repeat(Math.max(name.length, 1));
  return startsWithDigit(joined) ? `_${joined}` : joined;
}

function plainWords(name: string): string[] {
  return name.split(/[^a-zA-Z0-9:_]+/).filter((word) => word !== '');
}

function wordsWithEndings(name: string, unit: string, kind: NamedKind): string[] {
  const words = wordsOf(name);
  const [main = '', per = ''] = unitNamesOf(unit).map((text) => wordsOf(text).join('_'));
  if (main !== '' && !words.includes(main)) words.push(main);
  if (per !== '') words.push(`per_${per}`);
  const ending = endingOf(unit, kind);
  return ending === undefined ? words : [...words.filter((word) => word !== ending), ending];
}

/** Each ending once, in this order: unit, per unit, kind. The characters before them stay what they are. */
function nameWithEndings(name: string, unit: string, kind: NamedKind): string {
  const [main, per] = unitNamesOf(unit);
  const last = [per === '' ? undefined : `per_${per}`, endingOf(unit, kind)].filter((ending) => ending !== undefined);
  let bare = name;
  for (const ending of last.toReversed()) bare = withoutEnding(bare, ending);
  if (main !== '' && !bare.endsWith(main)) bare = `${bare}_${main}`;
  return [bare, ...last].join('_');
}

/** Without the ending and the character before it, unless nothing would be left. */
function withoutEnding(name: string, ending: string): string {
  return name.endsWith(ending) && name.length > ending.length + 1 ? name.slice(0, -ending.length - 1) : name;
}

function endingOf(unit: string, kind: NamedKind): string | undefined {
  if (kind === 'counter') return 'total';
  return kind === 'gauge' && unit === '1' ? 'ratio' : undefined;
}

/** The name of a label: `http.route` is `http_route` where names are escaped. Undefined when there is nothing to name a label by. */
export function prometheusLabelName(key: string, { escapes } = usualNaming): string | undefined {
  if (!escapes) return /^_*$/.test(key) ? undefined : key;
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
export function prometheusLabels(
  attributes: readonly (readonly [key: string, value: string])[],
  naming = usualNaming,
): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of attributes.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const name = prometheusLabelName(key, naming);
    if (name === undefined || name === '__name__') continue;
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  return labels;
}

function wordsOf(text: string): string[] {
  return text.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
}

/** `By/s` is `bytes` per `second`; empty where there is none. What stands in braces only counts things, and names no unit. */
function unitNamesOf(unit: string): [main: string, per: string] {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  return [/[{}]/.test(main) ? '' : (unitNames.get(main) ?? main), /[{}]/.test(per) ? '' : (perUnitNames.get(per) ?? per)];
}

function startsWithDigit(text: string): boolean {
  return /^[0-9]/.test(text);
}

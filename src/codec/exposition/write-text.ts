/**
 * The text formats as they are written: Prometheus's text 0.0.4 and 1.0.0, OpenMetrics 0.0.1 and 1.0.0. Lines may be sent as they come:
 * `writeFamily` for one family after another, `endOf` at last.
 *
 * Prometheus's text calls a counter by the name of its sample, `x_total`, and knows neither units nor exemplars; OpenMetrics calls it
 * `x`. A name that is not plain is escaped as the reader asked, or written quoted inside the braces.
 */
import { escapeName, isPlainLabel, isPlainName } from './escape-names.ts';
import type { FamilyType } from './exposition.ts';
import { formatNumber } from './number.ts';
import type { Negotiated } from './content-type.ts';

export interface WrittenFamily {
  /** As in Prometheus's text: that of a counter ends in `_total`, that of an info in `_info`. */
  readonly name: string;
  readonly type: FamilyType;
  /** Empty for none. */
  readonly help: string;
  /** The last part of the name, without `_total`; empty for none. */
  readonly unit?: string;
  readonly samples: Iterable<WrittenSample>;
}

export interface WrittenSample {
  /** What the name of the sample has beyond that of the family: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  /** Names and values in turn, without the name of the metric. Bounds are written as `formatBound` does. */
  readonly labels: readonly string[];
  readonly value: number;
  /** Unix milliseconds. */
  readonly timestampMs?: number;
  /** Written for counters and buckets, where the format has exemplars. */
  readonly exemplar?: WrittenExemplar;
}

export interface WrittenExemplar {
  readonly labels: readonly string[];
  readonly value: number;
  readonly timestampMs?: number;
}

type Target = Pick<Negotiated, 'format' | 'escaping'>;

/** What Prometheus's text, which has fewer types, calls a type. */
const textTypes: Readonly<Record<FamilyType, string>> = {
  unknown: 'untyped',
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'untyped',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
};
/** Suffixes that OpenMetrics asks for on samples and not on the family. */
const typeSuffixes: Readonly<Partial<Record<FamilyType, string>>> = { counter: '_total', info: '_info' };

/** A whole body. */
export function writeExposition(families: Iterable<WrittenFamily>, target: Target): string {
  let text = '';
  for (const family of families) text += writeFamily(family, target);
  return text + endOf(target);
}

/** The lines of a family. */
export function writeFamily(family: WrittenFamily, target: Target): string {
  let text = isOpenMetrics(target) ? openMetricsHead(family, target) : textHead(family, target);
  for (const sample of family.samples) text += sampleLine(family, sample, target);
  return text;
}

/** What a body ends with. */
export function endOf(target: Target): string {
  return isOpenMetrics(target) ? '# EOF\n' : '';
}

function isOpenMetrics({ format }: Target): boolean {
  return format === 'OpenMetricsText1.0.0' || format === 'OpenMetricsText0.0.1';
}

function textHead({ name, type, help }: WrittenFamily, target: Target): string {
  const written = headName(name, target);
  const helpLine = help === '' ? '' : `# HELP ${written} ${escapeText(help)}\n`;
  return `${helpLine}# TYPE ${written} ${textTypes[type]}\n`;
}

function openMetricsHead({ name, type, help, unit = '' }: WrittenFamily, target: Target): string {
  const suffix = typeSuffixes[type] ?? '';
  const fits = name.endsWith(suffix) && name.length > suffix.length;
  const base = fits && suffix !== '' ? name.slice(0, -suffix.length) : name;
  const written = headName(base, target);
  // A counter without _total is none in OpenMetrics, and what is no unit of the name is not said.
  const typeLine = `# TYPE ${written} ${fits ? type : 'unknown'}\n`;
  const unitLine = unit !== '' && base.endsWith(`_${unit}`) ? `# UNIT ${written} ${unit}\n` : '';
  const helpLine = help === '' ? '' : `# HELP ${written} ${escapeQuoted(help)}\n`;
  return typeLine + unitLine + helpLine;
}

function headName(name: string, { escaping }: Target): string {
  const escaped = escapeName(name, escaping);
  return isPlainName(escaped) ? escaped : `"${escapeQuoted(escaped)}"`;
}

function sampleLine({ name, type }: WrittenFamily, sample: WrittenSample, target: Target): string {
  const { suffix = '', labels, value, timestampMs, exemplar } = sample;
  const series = seriesText(escapeName(name + suffix, target.escaping), labels, target);
  const time = timestampMs === undefined ? '' : ` ${timeText(timestampMs, target)}`;
  const mayHaveExemplar = isOpenMetrics(target) && (type === 'counter' || suffix === '_bucket');
  const mark = exemplar === undefined || !mayHaveExemplar ? '' : exemplarText(exemplar, target);
  return `${series} ${formatNumber(value)}${time}${mark}\n`;
}

function seriesText(name: string, labels: readonly string[], target: Target): string {
  const pairs = labelsText(labels, target);
  if (isPlainName(name)) return pairs === '' ? name : `${name}{${pairs}}`;
  return `{"${escapeQuoted(name)}"${pairs === '' ? '' : ','}${pairs}}`;
}

function labelsText(labels: readonly string[], { escaping }: Target): string {
  let text = '';
  for (let i = 0; i + 1 < labels.length; i += 2) {
    const name = escapeName(labels[i]!, escaping);
    const written = isPlainLabel(name) ? name : `"${escapeQuoted(name)}"`;
    text += `${i === 0 ? '' : ','}${written}="${escapeQuoted(labels[i + 1]!)}"`;
  }
  return text;
}

function exemplarText({ labels, value, timestampMs }: WrittenExemplar, target: Target): string {
  const time = timestampMs === undefined ? '' : ` ${timeText(timestampMs, target)}`;
  return ` # {${labelsText(labels, target)}} ${formatNumber(value)}${time}`;
}

/** Milliseconds in Prometheus's text, seconds in OpenMetrics. */
function timeText(timestampMs: number, target: Target): string {
  return String(isOpenMetrics(target) ? timestampMs / 1000 : timestampMs);
}

/** Help in Prometheus's text: quotes stay. */
function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeQuoted(text: string): string {
  return escapeText(text).replaceAll('"', '\\"');
}

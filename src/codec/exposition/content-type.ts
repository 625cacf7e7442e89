/**
 * Which format: the Accept header of a scrape, as Prometheus 3 sends it, and the Content-Type of the answer; and the other way
 * round, what to answer with to an Accept header (RFC 9110, sections 8.3 and 12.5.1).
 */
import { SondeError } from '../../base/errors.ts';
import type { ExpositionFormat } from './exposition.ts';

/** How a service should write names that are not plain: see escape-names.ts. */
export const escapings = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;
export type Escaping = (typeof escapings)[number];

const mediaTypes: Readonly<Record<ExpositionFormat, string>> = {
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
};
/** Formats that say how names are escaped; the older ones have plain names only. */
const escapes: ReadonlySet<ExpositionFormat> = new Set(['PrometheusText1.0.0', 'OpenMetricsText1.0.0']);
/** Accept headers longer than this are not looked at. */
const acceptLengthMax = 4096;

/** Formats in the order in which Prometheus prefers them when native histograms are asked for; else without the first. */
export const preferredFormats: readonly ExpositionFormat[] = [
  'PrometheusProto',
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

/** The Accept header of a scrape that takes these formats, the best first, and any other if it must. */
export function acceptOf(formats: readonly ExpositionFormat[], escaping: Escaping): string {
  let weight = Object.keys(mediaTypes).length + 1;
  const ranges = formats.map((format) => {
    const name = escapes.has(format) ? `;escaping=${escaping}` : '';
    return `${mediaTypes[format]}${name};q=0.${weight--}`;
  });
  return [...ranges, `*/*;q=0.${weight}`].join(',');
}

/**
 * The format of a body by its Content-Type, by the fallback when that is missing or not known. Versions are not looked at: what
 * they change is read in any case. Throws `unsupported_encoding` without a fallback.
 */
export function formatOfContentType(contentType: string | undefined, fallback?: ExpositionFormat): ExpositionFormat {
  const { type, parameters } = mediaRange(contentType ?? '');
  const version = parameters.get('version') ?? '';
  switch (type) {
    case 'text/plain':
      return version.startsWith('1.') ? 'PrometheusText1.0.0' : 'PrometheusText0.0.4';
    case 'application/openmetrics-text':
      return version.startsWith('0.') ? 'OpenMetricsText0.0.1' : 'OpenMetricsText1.0.0';
    case 'application/vnd.google.protobuf':
      return 'PrometheusProto';
  }
  if (fallback !== undefined) return fallback;
  const found = contentType === undefined ? 'none' : JSON.stringify(contentType.slice(0, 200));
  throw new SondeError(
    'unsupported_encoding',
    `Expected a Content-Type of text/plain, application/openmetrics-text or application/vnd.google.protobuf, found ${found}.`,
  );
}

/** What to answer with. */
export interface Negotiated {
  readonly format: 'PrometheusText0.0.4' | 'PrometheusText1.0.0' | 'OpenMetricsText0.0.1' | 'OpenMetricsText1.0.0';
  readonly escaping: Escaping;
  readonly contentType: string;
}

/** The text format that an Accept header likes best; text 0.0.4 when it names none, as every client can read that. */
export function negotiateText(accept: string | undefined): Negotiated {
  const ranges = (accept ?? '').slice(0, acceptLengthMax).split(',').map(mediaRange);
  ranges.sort((left, right) => weightOf(right) - weightOf(left));
  for (const range of ranges) {
    if (weightOf(range) <= 0) break;
    const format = textFormatOf(range);
    if (format === undefined) continue;
    const asked = escapings.find((name) => name === range.parameters.get('escaping')) ?? 'underscores';
    const escaping = escapes.has(format) ? asked : 'underscores';
    const suffix = escapes.has(format) ? `; escaping=${escaping}` : '';
    return { format, escaping, contentType: `${spaced(mediaTypes[format])}; charset=utf-8${suffix}` };
  }
  return { format: 'PrometheusText0.0.4', escaping: 'underscores', contentType: 'text/plain; version=0.0.4; charset=utf-8' };
}

function textFormatOf({ type, parameters }: MediaRange): Negotiated['format'] | undefined {
  const version = parameters.get('version');
  if (type === 'application/openmetrics-text') {
    if (version === '1.0.0') return 'OpenMetricsText1.0.0';
    return version === undefined || version === '0.0.1' ? 'OpenMetricsText0.0.1' : undefined;
  }
  if (type === 'text/plain') {
    if (version === '1.0.0') return 'PrometheusText1.0.0';
    return version === undefined || version === '0.0.4' ? 'PrometheusText0.0.4' : undefined;
  }
  return type === 'text/*' || type === '*/*' ? 'PrometheusText0.0.4' : undefined;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals === -1) continue;
    const value = parameter.slice(equals + 1).trim();
    const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
    parameters.set(parameter.slice(0, equals).trim().toLowerCase(), quoted ? value.slice(1, -1) : value);
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** From 0 to 1; 1 when it does not say. */
function weightOf({ parameters }: MediaRange): number {
  const weight = Number(parameters.get('q') ?? '1');
  return weight >= 0 && weight <= 1 ? weight : 0;
}

function spaced(mediaType: string): string {
  return mediaType.replaceAll(';', '; ');
}

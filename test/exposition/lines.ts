/** What a body says, as text: one line for each call of the sink, so that tests can show it. */
import type { ExpositionOptions, ExpositionSink, NativeHistogram, Sample } from '../../src/codec/exposition/exposition.ts';
import { parseExposition } from '../../src/codec/exposition/parse.ts';

export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
} as const;

export const readerOptions: ExpositionOptions = {
  strict: false,
  createdSamples: true,
  classicHistograms: true,
  bodyBytesMax: 1 << 20,
  lineBytesMax: 1 << 16,
  labelsMax: 64,
};

/**
 * `type a counter`, `help a Some text`, `{__name__="a",b="c"} 1 @123 since 45 counter`, `exemplar {d="e"} 1 @123`,
 * `{__name__="a"} histogram {…}`.
 */
export function linesOf(
  body: string | Uint8Array,
  contentType: string | undefined,
  options: Partial<ExpositionOptions> = {},
): string[] {
  const lines: string[] = [];
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  parseExposition(bytes, contentType, { ...readerOptions, ...options }, lineSink(lines));
  return lines;
}

function lineSink(lines: string[]): ExpositionSink {
  return {
    metadata: (family, kind, text) => lines.push(`${kind} ${family} ${text}`),
    sample: (sample) => lines.push(`${labelsText(sample.labels())} ${sample.value}${timesOf(sample)} ${sample.type()}`),
    histogram: (sample, histogram) =>
      lines.push(`${labelsText(sample.labels())} histogram ${histogramText(histogram)}${timesOf(sample)} ${sample.type()}`),
    exemplar: (exemplar) =>
      lines.push(`exemplar ${labelsText(exemplar.labels())} ${exemplar.value}${timeOf(' @', exemplar.timestampMs)}`),
  };
}

export function labelsText(labels: readonly string[]): string {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  return `{${pairs.join(',')}}`;
}

function histogramText(histogram: NativeHistogram): string {
  const shown = Object.entries(histogram).filter(([, value]) => value !== false && !(Array.isArray(value) && value.length === 0));
  return JSON.stringify(Object.fromEntries(shown));
}

function timesOf({ timestampMs, startMs }: Sample): string {
  return timeOf(' @', timestampMs) + timeOf(' since ', startMs);
}

function timeOf(mark: string, timeMs: number): string {
  return Number.isNaN(timeMs) ? '' : mark + String(timeMs);
}

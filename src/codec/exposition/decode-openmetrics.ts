/**
 * OpenMetrics text, versions 0.0.1 and 1.0.0 (github.com/prometheus/OpenMetrics, specification/OpenMetrics.md): one blank between
 * the parts of a line, no blank lines, no comments, times in seconds, exemplars after values, `# EOF` at the end. Read as
 * Prometheus reads it, which checks lines one by one; openmetrics-rules.ts holds the rules on how lines follow one another.
 *
 * A line `x_created` says since when the other samples of its metric count, and stands after them. So at the first sample of a
 * metric the lines ahead are looked at, up to the end of the metric: no line is looked ahead at more than twice.
 */
import type { Steps } from '../../base/steps.ts';
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';
import { unescape } from './escapes.ts';
import { familyTypes, stepBytes } from './exposition.ts';
import type { Exemplar, ExpositionOptions, ExpositionSink, FamilyType } from './exposition.ts';
import { Family, isAt } from './family.ts';
import { parseNumber } from './number.ts';
import { OpenMetricsRules } from './openmetrics-rules.ts';
import { scanFamilyName, SeriesText } from './series-text.ts';
import { brokenRule, malformedText, overLimit } from './text-error.ts';

const newline = 0x0a;
const space = 0x20;
const quote = 0x22;
const hash = 0x23;
const openBrace = 0x7b;
/** Of a step that only looks at how lines begin. */
const aheadBytes = 32 * stepBytes;
const countsFromStart: ReadonlySet<FamilyType> = new Set(['counter', 'histogram', 'summary']);

const encoder = new TextEncoder();
const [endWord, createdSuffix, le, quantile] = ['EOF', '_created', 'le', 'quantile'].map((text) => encoder.encode(text));
const metadataKinds = { HELP: 'help', TYPE: 'type', UNIT: 'unit' } as const;

/** Reads a body in steps. Throws `malformed_body` at the first line that is none, `too_large` at a limit. */
export function decodeOpenMetrics(
  bytes: Uint8Array,
  options: Pick<ExpositionOptions, 'strict' | 'createdSamples' | 'labelsMax' | 'lineBytesMax'>,
  sink: ExpositionSink,
): Steps<void> {
  return new OpenMetricsBody(bytes, options, sink).decode();
}

type Options = Parameters<typeof decodeOpenMetrics>[1];

class OpenMetricsBody {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: Options;
  readonly #sink: ExpositionSink;
  readonly #rules: OpenMetricsRules | undefined;
  readonly #family: Family;
  readonly #series: SeriesText;
  /** Reads the labels of an exemplar. */
  readonly #exemplarLabels: SeriesText;
  readonly #exemplar: BodyExemplar;
  /** The first sample of the metric that is being read, and the sample that is looked ahead at. */
  readonly #metric: SeriesText;
  readonly #ahead: SeriesText;
  /** Whether the family has `_created` lines; undefined before its first sample. */
  #hasCreated: boolean | undefined;
  #metricStartMs = Number.NaN;
  /** Whether the sample that was read has an exemplar. */
  #hasExemplar = false;

  constructor(bytes: Uint8Array, options: Options, sink: ExpositionSink) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
    this.#sink = sink;
    this.#rules = options.strict ? new OpenMetricsRules(bytes) : undefined;
    this.#family = new Family(bytes);
    const syntax = { blanks: false, labelsMax: options.labelsMax };
    this.#series = new SeriesText(bytes, this.#family, syntax);
    this.#exemplarLabels = new SeriesText(bytes, this.#family, syntax);
    this.#metric = new SeriesText(bytes, this.#family, syntax);
    this.#ahead = new SeriesText(bytes, this.#family, syntax);
    this.#exemplar = new BodyExemplar(this.#exemplarLabels);
  }

  *decode(): Steps<void> {
    const bytes = this.#bytes;
    const { lineBytesMax } = this.#options;
    let at = 0;
    let stepEnd = stepBytes;
    while (at < bytes.length) {
      const start = at;
      if (bytes[at] === hash) {
        if (this.#isEnd(at)) {
          this.#rules?.end(at);
          return;
        }
        at = this.#decodeMetadata(at);
      } else {
        at = this.#decodeSample(at);
        if (this.#mayStart()) {
          this.#hasCreated ??= yield* this.#findCreated(start);
          if (this.#isOfAnotherMetric()) yield* this.#lookAhead(at);
        }
        this.#pass();
      }
      if (at - start > lineBytesMax) throw overLimit(bytes, `${lineBytesMax} bytes per line`, start);
      if (at < stepEnd) continue;
      stepEnd = at + stepBytes;
      yield;
    }
    throw malformedText(bytes, '# EOF', at);
  }

  /** Whether `# EOF` is at `at`; throws when something follows it. */
  #isEnd(at: number): boolean {
    const bytes = this.#bytes;
    if (bytes[at + 1] !== space || !isAt(bytes, at + 2, Math.min(at + 5, bytes.length), endWord!)) return false;
    const end = bytes[at + 5] === newline ? at + 6 : at + 5;
    if (end < bytes.length) throw malformedText(bytes, 'the end of the body after # EOF', end);
    return true;
  }

  /** Reads `# HELP name text` at `at`, or TYPE or UNIT. Gives where the next line starts. */
  #decodeMetadata(at: number): number {
    const bytes = this.#bytes;
    const end = bytes.indexOf(newline, at);
    if (end === -1) throw malformedText(bytes, '# EOF at the end', bytes.length);
    const word = decodeUtf8(this.#view, at, Math.min(at + 7, end));
    const kind = Object.entries(metadataKinds).find(([key]) => word === `# ${key} `)?.[1];
    if (kind === undefined) throw malformedText(bytes, '# HELP, # TYPE, # UNIT or # EOF', at);
    const nameEnd = scanFamilyName(bytes, at + 7, end);
    if (bytes[nameEnd] !== space) throw malformedText(bytes, 'a blank and text after the name', nameEnd);
    if (!isUtf8(this.#view, at, end)) throw malformedText(bytes, 'a line in UTF-8', at);
    this.#family.announce(at + 7, nameEnd);
    this.#hasCreated = undefined;
    this.#metricStartMs = Number.NaN;
    this.#takeMetadata(kind, nameEnd + 1, end, at);
    return end + 1;
  }

  #takeMetadata(kind: 'help' | 'type' | 'unit', start: number, end: number, line: number): void {
    const family = this.#family;
    const raw = decodeUtf8(this.#view, start, end);
    const name = family.name();
    const text = kind === 'help' ? unescape(raw, 'quotes') : raw;
    if (kind === 'type') {
      const type = familyTypes.find((type) => type === raw);
      if (type === undefined) throw malformedText(this.#bytes, `one of ${familyTypes.join(', ')}`, start);
      family.type = type;
    }
    if (kind === 'unit' && text !== '' && !name.endsWith(`_${text}`)) {
      throw brokenRule(this.#bytes, `The name ${JSON.stringify(name)} does not end in its unit`, line);
    }
    this.#rules?.metadata(name, kind, text, line);
    this.#sink.metadata(name, kind, text);
  }

  /** Reads the sample at `at`. Gives where the next line starts. */
  #decodeSample(at: number): number {
    const bytes = this.#bytes;
    const series = this.#series;
    const valueStart = this.#blank(series.scan(at));
    let next = this.#wordEnd(valueStart);
    series.value = this.#number(valueStart, next);
    series.timestampMs = Number.NaN;
    let seconds = Number.NaN;
    if (bytes[next] === space && bytes[next + 1] !== hash) {
      const start = next + 1;
      next = this.#wordEnd(start);
      seconds = this.#time(start, next);
      series.timestampMs = Math.round(seconds * 1000);
    }
    this.#hasExemplar = bytes[next] === space && bytes[next + 1] === hash;
    if (this.#hasExemplar) next = this.#decodeExemplar(next);
    if (bytes[next] !== newline) throw malformedText(bytes, 'the end of the line', next);
    this.#rules?.sample(series, seconds, this.#hasExemplar ? this.#exemplar : undefined);
    return next + 1;
  }

  /** Whether a `_created` line may say since when the sample counts. */
  #mayStart(): boolean {
    return this.#hasCreated !== false && countsFromStart.has(this.#family.type);
  }

  /** Whether the lines ahead have to be asked for the start of the sample. */
  #isOfAnotherMetric(): boolean {
    const series = this.#series;
    if (this.#hasCreated !== true || this.#isCreated(series) || series.type() === 'unknown') return false;
    return !(this.#metric.start > this.#family.start && series.hasSameLabels(this.#metric, this.#part()));
  }

  /** Hands the sample on. */
  #pass(): void {
    const series = this.#series;
    series.startMs = Number.NaN;
    if (this.#mayStart()) {
      if (this.#hasCreated === true && this.#isCreated(series)) {
        if (!this.#options.createdSamples) return;
      } else if (this.#hasCreated === true && series.type() !== 'unknown') series.startMs = this.#metricStartMs;
    }
    this.#sink.sample(series);
    if (this.#hasExemplar) this.#sink.exemplar(this.#exemplar);
  }

  /** Whether one of the lines from `at` to the next one that begins with # is a `_created` line of the family. */
  *#findCreated(at: number): Steps<boolean> {
    const bytes = this.#bytes;
    let stepEnd = at + aheadBytes;
    for (let line = at; line < bytes.length && bytes[line] !== hash;) {
      const start = bytes[line] === openBrace && bytes[line + 1] === quote ? line + 2 : line;
      const nameEnd = start + this.#family.end - this.#family.start;
      const end = nameEnd + createdSuffix!.length;
      if (end <= bytes.length && isAt(bytes, nameEnd, end, createdSuffix!) && this.#family.hasPrefix(start, end)) return true;
      const lineEnd = bytes.indexOf(newline, line);
      if (lineEnd === -1) return false;
      line = lineEnd + 1;
      if (line < stepEnd) continue;
      stepEnd = line + aheadBytes;
      yield;
    }
    return false;
  }

  #isCreated({ nameStart, nameEnd }: SeriesText): boolean {
    const family = this.#family;
    const end = nameStart + family.end - family.start;
    return family.hasPrefix(nameStart, nameEnd) && isAt(this.#bytes, end, nameEnd, createdSuffix!);
  }

  /** The label that tells parts of a metric apart. */
  #part(): Uint8Array {
    return this.#family.type === 'summary' ? quantile! : le!;
  }

  /** Notes the metric of the sample, and the start that the lines from `at` say for it, NaN when they say none. */
  *#lookAhead(at: number): Steps<void> {
    const bytes = this.#bytes;
    const ahead = this.#ahead;
    const part = this.#part();
    this.#metric.scan(this.#series.start);
    this.#metricStartMs = Number.NaN;
    let stepEnd = at + stepBytes;
    for (let line = at; line < bytes.length && bytes[line] !== hash;) {
      const valueStart = this.#blank(ahead.scan(line));
      if (!ahead.hasSameLabels(this.#metric, part)) return;
      if (this.#isCreated(ahead)) {
        this.#metricStartMs = Math.round(this.#number(valueStart, this.#wordEnd(valueStart)) * 1000);
        return;
      }
      const end = bytes.indexOf(newline, valueStart);
      if (end === -1) return;
      line = end + 1;
      if (line < stepEnd) continue;
      stepEnd = line + stepBytes;
      yield;
    }
  }

  /** Reads ` # {labels} value time` at `at`; gives where it ends. */
  #decodeExemplar(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at + 2] !== space || bytes[at + 3] !== openBrace) throw malformedText(bytes, '# {, an exemplar', at + 1);
    const valueStart = this.#blank(this.#exemplarLabels.scanLabels(at + 4));
    let next = this.#wordEnd(valueStart);
    this.#exemplar.value = this.#number(valueStart, next);
    this.#exemplar.timestampMs = Number.NaN;
    if (bytes[next] === space) {
      const start = next + 1;
      next = this.#wordEnd(start);
      this.#exemplar.timestampMs = Math.round(this.#time(start, next) * 1000);
    }
    return next;
  }

  #blank(at: number): number {
    if (this.#bytes[at] !== space) throw malformedText(this.#bytes, 'a blank before the value', at);
    return at + 1;
  }

  #wordEnd(at: number): number {
    const bytes = this.#bytes;
    let next = at;
    while (next < bytes.length && bytes[next] !== space && bytes[next] !== newline) next++;
    return next;
  }

  #number(start: number, end: number): number {
    const value = parseNumber(this.#bytes, start, end);
    if (value === undefined) throw malformedText(this.#bytes, 'a number', start);
    return value;
  }

  #time(start: number, end: number): number {
    const seconds = this.#number(start, end);
    if (!Number.isFinite(seconds)) throw malformedText(this.#bytes, 'a time in seconds', start);
    return seconds;
  }
}

class BodyExemplar implements Exemplar {
  value = 0;
  timestampMs = Number.NaN;
  readonly #text: SeriesText;

  constructor(text: SeriesText) {
    this.#text = text;
  }

  labels(): string[] {
    return this.#text.labels();
  }
}

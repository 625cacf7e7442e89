/**
 * The part of a line that names a series, `http_requests_total{code="200"}`, in place: where its name and its labels are, not
 * what they are. The labels of exemplars are written alike, without a name.
 *
 * What is not a plain name is written inside the braces, quoted: `{"http.requests",code="200"}`. Inside quotes `\\`, `\"` and
 * `\n` stand for one byte each; a backslash before anything else is a backslash.
 */
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';
import { unescape } from './escapes.ts';
import type { FamilyType, Sample } from './exposition.ts';
import { isAt } from './family.ts';
import type { Family } from './family.ts';
import { formatBound, parseNumber } from './number.ts';
import { sortedLabels } from './sorted-labels.ts';
import { brokenRule, malformedText, overLimit } from './text-error.ts';

/** What may stand between the parts. Prometheus's text allows blanks and leaves out commas; OpenMetrics does neither. */
export interface SeriesSyntax {
  readonly blanks: boolean;
  readonly labelsMax: number;
}

const tab = 0x09;
const newline = 0x0a;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const equals = 0x3d;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** What a byte may be part of, as bits. */
const nameStart = 1;
const namePart = 2;
const labelStart = 4;
const labelPart = 8;
const byteClasses = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) {
  const letter = String.fromCharCode(byte);
  if (/[a-zA-Z_]/.test(letter)) byteClasses[byte] = nameStart | namePart | labelStart | labelPart;
  else if (/\d/.test(letter)) byteClasses[byte] = namePart | labelPart;
  else if (letter === ':') byteClasses[byte] = nameStart | namePart;
}

/** 1 for what may stand in quotes without a closer look: ASCII but quotes, backslashes and line breaks. */
const isPlainText = new Uint8Array(256).fill(1, 0, 128);
for (const byte of [quote, backslash, newline]) isPlainText[byte] = 0;

/** Four numbers for each label: where its name starts and ends, and its value; quotes are outside. */
const placesPerLabel = 4;

/** One series, read again and again from one body. */
export class SeriesText implements Sample {
  readonly bytes: Uint8Array;
  start = 0;
  end = 0;
  nameStart = 0;
  nameEnd = 0;
  labelCount = 0;
  /** Whether a comma stands after the last label. */
  endsInComma = false;
  value = 0;
  timestampMs = Number.NaN;
  startMs = Number.NaN;

  readonly #view: DataView;
  readonly #family: Family;
  readonly #syntax: SeriesSyntax;
  #places = new Int32Array(16 * placesPerLabel);
  /** Whether all quoted text is. */
  #isAscii = true;

  constructor(bytes: Uint8Array, family: Family, syntax: SeriesSyntax) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#family = family;
    this.#syntax = syntax;
  }

  /** Reads the series that starts at `at`; gives where it ends. */
  scan(at: number): number {
    const { bytes } = this;
    this.start = at;
    this.#clear();
    this.nameStart = this.nameEnd = -1;
    let next = at;
    if (next < bytes.length && (byteClasses[bytes[next]!]! & nameStart) !== 0) {
      do next++;
      while (next < bytes.length && (byteClasses[bytes[next]!]! & namePart) !== 0);
      this.nameStart = at;
      this.nameEnd = next;
    }
    // Blanks before the braces are part of the series, blanks before the value are not.
    const brace = next < bytes.length && bytes[next] === openBrace ? next : this.#skip(next);
    if (brace < bytes.length && bytes[brace] === openBrace) next = this.#scanLabels(brace + 1, true);
    if (this.nameEnd <= this.nameStart) throw malformedText(bytes, 'a metric name', at);
    this.end = next;
    return next;
  }

  /** Reads labels without a name; `at` is after the opening brace. Gives where they end. */
  scanLabels(at: number): number {
    this.start = at - 1;
    this.nameStart = this.nameEnd = -1;
    this.#clear();
    this.end = this.#scanLabels(at, false);
    return this.end;
  }

  labels(): string[] {
    const pairs: [string, string][] = [];
    if (this.nameEnd > this.nameStart) pairs.push(['__name__', this.#text(this.nameStart, this.nameEnd)]);
    for (let index = 0; index < this.labelCount; index++) {
      const name = this.labelName(index);
      pairs.push([name, this.#labelValue(index, name)]);
    }
    const labels = sortedLabels(pairs);
    if (labels === undefined) throw brokenRule(this.bytes, 'A label comes twice in one series', this.start);
    return labels;
  }

  type(): FamilyType {
    return this.#family.typeOf(this.nameStart, this.nameEnd);
  }

  labelName(index: number): string {
    const at = index * placesPerLabel;
    return this.#text(this.#places[at]!, this.#places[at + 1]!);
  }

  /** The value of a label as it was written, undefined when there is none. */
  labelText(name: string): string | undefined {
    for (let index = 0; index < this.labelCount; index++) {
      const at = index * placesPerLabel;
      if (this.labelName(index) === name) return this.#text(this.#places[at + 2]!, this.#places[at + 3]!);
    }
    return undefined;
  }

  /** Whether the other series has the same labels in the same order, but for the one that tells parts of a metric apart. */
  hasSameLabels(other: SeriesText, but: Uint8Array): boolean {
    let mine = 0;
    let theirs = 0;
    for (; ; mine++, theirs++) {
      if (mine < this.labelCount && this.#isNamed(mine, but)) mine++;
      if (theirs < other.labelCount && other.#isNamed(theirs, but)) theirs++;
      if (mine >= this.labelCount || theirs >= other.labelCount) break;
      if (!this.#isSameLabel(mine, other, theirs)) return false;
    }
    return mine >= this.labelCount && theirs >= other.labelCount;
  }

  #isNamed(index: number, name: Uint8Array): boolean {
    const at = index * placesPerLabel;
    return isAt(this.bytes, this.#places[at]!, this.#places[at + 1]!, name);
  }

  #isSameLabel(mine: number, other: SeriesText, theirs: number): boolean {
    for (let part = 0; part < placesPerLabel; part += 2) {
      const start = this.#places[mine * placesPerLabel + part]!;
      const length = this.#places[mine * placesPerLabel + part + 1]! - start;
      const otherStart = other.#places[theirs * placesPerLabel + part]!;
      if (other.#places[theirs * placesPerLabel + part + 1]! - otherStart !== length) return false;
      for (let i = 0; i < length; i++) if (this.bytes[start + i] !== this.bytes[otherStart + i]) return false;
    }
    return true;
  }

  #clear(): void {
    this.labelCount = 0;
    this.endsInComma = false;
    this.#isAscii = true;
  }

  #scanLabels(first: number, mayName: boolean): number {
    const { bytes } = this;
    const { labelsMax } = this.#syntax;
    let at = this.#skip(first);
    while (at >= bytes.length || bytes[at] !== closeBrace) {
      this.endsInComma = false;
      const start = at;
      const end = this.#scanLabelName(start);
      at = end < bytes.length && bytes[end] === equals ? end : this.#skip(end);
      if (at < bytes.length && bytes[at] === equals) {
        if (this.labelCount === labelsMax) throw overLimit(bytes, `${labelsMax} labels per series`, start);
        at = this.#scanLabel(start, end, at + 1);
      } else this.#nameSeries(start, end, at, mayName);
      at = this.#scanSeparator(at);
    }
    if (!this.#isAscii && !isUtf8(this.#view, this.start, at)) throw malformedText(bytes, 'labels in UTF-8', this.start);
    return at + 1;
  }

  /** A label's name, or in quotes either that or the name of the metric. */
  #scanLabelName(start: number): number {
    const { bytes } = this;
    let at = start;
    if (at < bytes.length && bytes[at] === quote) return this.#scanQuoted(at);
    if (at < bytes.length && (byteClasses[bytes[at]!]! & labelStart) !== 0) {
      do at++;
      while (at < bytes.length && (byteClasses[bytes[at]!]! & labelPart) !== 0);
      return at;
    }
    throw malformedText(bytes, 'a label name or }', start);
  }

  /** The label whose name is at `[start, end)` and whose value follows at `next`. Gives where the value ends. */
  #scanLabel(start: number, end: number, next: number): number {
    const at = next < this.bytes.length && this.bytes[next] === quote ? next : this.#skip(next);
    if (at >= this.bytes.length || this.bytes[at] !== quote) throw malformedText(this.bytes, 'a label value in quotes', at);
    const stop = this.#scanQuoted(at);
    const quoted = this.bytes[start] === quote ? 1 : 0;
    if (end - start === 2 * quoted) throw malformedText(this.bytes, 'a label name', start);
    const place = this.labelCount * placesPerLabel;
    if (place === this.#places.length) this.#growPlaces();
    this.#places[place] = start + quoted;
    this.#places[place + 1] = end - quoted;
    this.#places[place + 2] = at + 1;
    this.#places[place + 3] = stop - 1;
    this.labelCount++;
    return stop;
  }

  /** Gives where the quoted text that starts at `start` ends, after its quote. */
  #scanQuoted(start: number): number {
    const { bytes } = this;
    const end = bytes.length;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at]!;
      if (isPlainText[byte] === 1) continue;
      if (byte === quote) return at + 1;
      if (byte === backslash) {
        const escaped = bytes[++at];
        if (escaped === newline) break;
        if (escaped !== undefined && escaped > 127) this.#isAscii = false;
      } else if (byte !== newline) this.#isAscii = false;
      // Prometheus's text allows line breaks here.
      else if (!this.#syntax.blanks) break;
    }
    throw malformedText(bytes, 'text that ends in a quote', start);
  }

  #nameSeries(start: number, end: number, at: number, mayName: boolean): void {
    const { bytes } = this;
    const isName = bytes[start] === quote && mayName && this.nameEnd < 0;
    if (!isName || end - start < 3) throw malformedText(bytes, isName ? 'a metric name' : '=', isName ? start : at);
    this.nameStart = start + 1;
    this.nameEnd = end - 1;
  }

  /** Passes over a comma, which Prometheus's text can do without. Gives where the next label or the brace is. */
  #scanSeparator(at: number): number {
    const { bytes } = this;
    const next = at < bytes.length && bytes[at] === comma ? at : this.#skip(at);
    if (next < bytes.length && bytes[next] === comma) {
      this.endsInComma = true;
      return this.#skip(next + 1);
    }
    const needsComma = !this.#syntax.blanks && (next >= bytes.length || bytes[next] !== closeBrace);
    if (needsComma) throw malformedText(bytes, ', or }', next);
    return next;
  }

  /** Gives where the blanks at `at` end, where there may be any. */
  #skip(at: number): number {
    return this.#syntax.blanks ? skipBlanks(this.bytes, at) : at;
  }

  #growPlaces(): void {
    const larger = new Int32Array(this.#places.length * 2);
    larger.set(this.#places);
    this.#places = larger;
  }

  #labelValue(index: number, name: string): string {
    const start = this.#places[index * placesPerLabel + 2]!;
    const end = this.#places[index * placesPerLabel + 3]!;
    if (boundLabels[this.type()] === name) {
      // One bound is one label, however a service writes it.
      const bound = parseNumber(this.bytes, start, end);
      if (bound !== undefined) return formatBound(bound);
    }
    return this.#text(start, end);
  }

  #text(start: number, end: number): string {
    return unescape(decodeUtf8(this.#view, start, end), 'quotes');
  }
}

/** Which label of a type holds a number. */
const boundLabels: Readonly<Partial<Record<FamilyType, string>>> = { histogram: 'le', gaugehistogram: 'le', summary: 'quantile' };

/** Gives where the blanks at `at` end. */
export function skipBlanks(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && (bytes[next] === space || bytes[next] === tab)) next++;
  return next;
}

/** Passes over the name of a family at `at`, plain or in quotes, in a line that ends at `end`. Gives where the name ends. */
export function scanFamilyName(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  if (next < end && bytes[next] === quote) {
    for (next++; next < end && bytes[next] !== quote; next++) if (bytes[next] === backslash) next++;
    next++;
  } else if (next < end && (byteClasses[bytes[next]!]! & nameStart) !== 0) {
    do next++;
    while (next < end && (byteClasses[bytes[next]!]! & namePart) !== 0);
  }
  const isName = next > at && next <= end && !(bytes[at] === quote && next - at < 3);
  if (!isName) throw malformedText(bytes, 'a metric name', at);
  return next;
}

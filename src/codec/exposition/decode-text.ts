/**
 * The text format of Prometheus, versions 0.0.4 and 1.0.0, which differ in what services may put into names
 * (prometheus.io/docs/instrumenting/exposition_formats). Read as leniently as Prometheus does: any blanks between the parts of a
 * line, blank lines, comments, labels without commas between them, families in any order, no line break at the end.
 */
import type { Steps } from '../../base/steps.ts';
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';
import { unescape } from './escapes.ts';
import { stepBytes } from './exposition.ts';
import type { ExpositionOptions, ExpositionSink, FamilyType } from './exposition.ts';
import { Family } from './family.ts';
import { parseNumber } from './number.ts';
import { SeriesText, scanFamilyName, skipBlanks } from './series-text.ts';
import { malformedText, overLimit } from './text-error.ts';

const tab = 0x09;
const newline = 0x0a;
const space = 0x20;
const hash = 0x23;
const minus = 0x2d;
const zero = 0x30;
/** Milliseconds are a signed 64-bit integer. */
const timestampMsMax = 2 ** 63;

const types: Readonly<Record<string, FamilyType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  untyped: 'unknown',
};

/** What is read, and where it goes. */
interface Reading {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly family: Family;
  readonly series: SeriesText;
  readonly sink: ExpositionSink;
}

/** Reads a body in steps. Throws `malformed_body` at the first line that is none, `too_large` at a limit. */
export function* decodeText(
  bytes: Uint8Array,
  { labelsMax, lineBytesMax }: Pick<ExpositionOptions, 'labelsMax' | 'lineBytesMax'>,
  sink: ExpositionSink,
): Steps<void> {
  const family = new Family(bytes);
  const series = new SeriesText(bytes, family, { blanks: true, labelsMax });
  const reading = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), family, series, sink };
  let at = 0;
  for (let stepEnd = stepBytes; at < bytes.length; stepEnd = at + stepBytes) {
    while (at < Math.min(stepEnd, bytes.length)) {
      const start = at;
      at = decodeLine(reading, skipBlanks(bytes, start));
      if (at - start > lineBytesMax) throw overLimit(bytes, `${lineBytesMax} bytes per line`, start);
    }
    yield;
  }
}

/** Reads the line from its first byte that is no blank; gives where the next line starts. */
function decodeLine(reading: Reading, at: number): number {
  const { bytes } = reading;
  if (at >= bytes.length) return at;
  if (bytes[at] === newline) return at + 1;
  if (bytes[at] === hash) {
    const found = bytes.indexOf(newline, at);
    const end = found === -1 ? bytes.length : found;
    decodeComment(reading, at, end);
    return end + 1;
  }
  return decodeSample(reading, at);
}

function decodeSample({ bytes, series, sink }: Reading, start: number): number {
  const valueStart = skipBlanks(bytes, series.scan(start));
  let at = wordEnd(bytes, valueStart);
  const value = parseNumber(bytes, valueStart, at);
  if (value === undefined) throw malformedText(bytes, 'a number', valueStart);
  series.value = value;
  series.timestampMs = Number.NaN;
  if (at < bytes.length && bytes[at] !== newline) {
    const timeStart = skipBlanks(bytes, at);
    at = wordEnd(bytes, timeStart);
    if (at > timeStart) series.timestampMs = parseTimestamp(bytes, timeStart, at);
    at = skipBlanks(bytes, at);
    if (at < bytes.length && bytes[at] !== newline) throw malformedText(bytes, 'the end of the line', at);
  }
  sink.sample(series);
  return at + 1;
}

function wordEnd(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && bytes[next] !== space && bytes[next] !== newline && bytes[next] !== tab) next++;
  return next;
}

function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === minus;
  let timestampMs = 0;
  let at = negative ? start + 1 : start;
  if (at === end) throw malformedText(bytes, 'a timestamp in milliseconds', start);
  for (; at < end; at++) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) throw malformedText(bytes, 'a timestamp in milliseconds', start);
    timestampMs = timestampMs * 10 + digit;
  }
  if (timestampMs >= timestampMsMax) throw malformedText(bytes, 'a timestamp of 64 bits', start);
  return negative ? -timestampMs : timestampMs;
}

/** The line `[start, end)`, which begins with #: HELP or TYPE of a family, or a comment. */
function decodeComment(reading: Reading, start: number, end: number): void {
  const { bytes, view, family, sink } = reading;
  const wordStart = skipBlanks(bytes, start + 1);
  const stop = wordEnd(bytes, wordStart);
  // A comment that is a word long, or begins with one, is not read: it may be in any encoding.
  if (wordStart === start + 1 || stop - wordStart !== 4 || stop === end) return;
  const word = decodeUtf8(view, wordStart, stop);
  if (word !== 'HELP' && word !== 'TYPE') return;
  const nameStart = skipBlanks(bytes, stop);
  const nameEnd = scanFamilyName(bytes, nameStart, end);
  if (nameEnd < end && bytes[nameEnd] !== space && bytes[nameEnd] !== tab) {
    // Help of a name that is not plain is no reason to refuse all metrics; a type would be that of another family.
    if (word === 'HELP') return;
    throw malformedText(bytes, 'a blank after the name', nameEnd);
  }
  const textStart = Math.min(nameEnd + 1, end);
  if (!isUtf8(view, nameStart, end)) throw malformedText(bytes, `a ${word} line in UTF-8`, start);
  family.announce(nameStart, nameEnd);
  const text = decodeUtf8(view, textStart, end);
  if (word === 'HELP') return sink.metadata(family.name(), 'help', unescape(text, 'help'));
  const type = types[text.trim()];
  if (type === undefined) throw malformedText(bytes, `one of ${Object.keys(types).join(', ')}`, textStart);
  family.type = type;
  sink.metadata(family.name(), 'type', type);
}

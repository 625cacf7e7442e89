/** Values as people read them, in a terminal. */
import type { AnyValue, KeyValue } from './message.ts';

export type Paint = (text: string) => string;

/** Colours, or none. */
export interface Colors {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

export function colorsOf(hasColors: boolean): Colors {
  const paint =
    (code: number): Paint =>
    (text) =>
      hasColors && text !== '' ? `\u001B[${code}m${text}\u001B[0m` : text;
  return { dim: paint(2), bold: paint(1), red: paint(31), yellow: paint(33), cyan: paint(36) };
}

/** A text from outside in one line: control characters would move the cursor or change colours, and more. */
export function oneLine(text: string, lengthMax = Infinity): string {
  const clipped = text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
  return clipped.replaceAll(/\p{Cc}/gu, escaped);
}

/** The lines of a text from outside. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map((line) => oneLine(line.replaceAll('\t', '  ')));
}

function escaped(character: string): string {
  const known: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` };
  return known[character] ?? String.raw`\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
}

/** The time of day here, to the millisecond: `12:00:01.234`. */
export function timeText(unixNano: string): string {
  const date = new Date(Number(BigInt(unixNano) / 1_000_000n));
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `340 µs`, `12.3 ms`, `1.23 s`, `2 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${threeDigits(ms)} ms`;
  if (ms < 60_000) return `${threeDigits(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const bytesUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `512 B`, `1.5 KiB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10), bytesUnits.length - 1);
  return `${threeDigits(bytes / 1024 ** power)} ${bytesUnits[power]}`;
}

/** Three digits, or all that stand before the point. */
export function threeDigits(value: number): string {
  return Math.abs(value) >= 100 || value === 0 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export function valueText(value: AnyValue | undefined): string {
  if (value === undefined) return '';
  const { stringValue, arrayValue, kvlistValue, ...simple } = value;
  if (stringValue !== undefined) return stringValue;
  if (arrayValue !== undefined) return `[${(arrayValue.values ?? []).map(valueText).join(', ')}]`;
  if (kvlistValue !== undefined) {
    return `{${(kvlistValue.values ?? []).map(({ key, value: inner }) => `${key}=${valueText(inner)}`).join(', ')}}`;
  }
  return String(Object.values(simple)[0] ?? '');
}

/** A longer value hides the others. */
const valueLengthMax = 80;
const spaced = /[\s"]|^$/;

/** `a=1 b="two words"`. */
export function attributesText(attributes: readonly KeyValue[] = []): string {
  return attributes
    .map(({ key, value }) => {
      const text = oneLine(valueText(value), valueLengthMax);
      return `${oneLine(key)}=${spaced.test(text) ? JSON.stringify(text) : text}`;
    })
    .join(' ');
}

export function attributeOf(attributes: readonly KeyValue[] = [], key: string): string | undefined {
  const found = attributes.find((attribute) => attribute.key === key);
  return found === undefined ? undefined : valueText(found.value);
}

/** Enough of a trace id to tell traces apart that a person looks at. */
export const shortId = (traceId: string): string => traceId.slice(0, 8);
/** What stands where there is none. */
export const noId = ' '.repeat(8);
/** Under time, trace id and two spaces. */
export const margin = ' '.repeat(23);

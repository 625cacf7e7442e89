/**
 * The family that the lines of a text body are about: what was announced last. A sample belongs to it when its name is that of
 * the family or has one of the suffixes of its type (OpenMetrics 1.0, section "Suffixes"; Prometheus's text has the same ones).
 */
import { decodeUtf8 } from '../../base/utf8.ts';
import { unescape } from './escapes.ts';
import type { FamilyType } from './exposition.ts';

const quote = 0x22;

const suffixTexts: Readonly<Record<FamilyType, readonly string[]>> = {
  unknown: [],
  gauge: [],
  stateset: [],
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum', '_count', '_sum'],
  summary: ['_count', '_sum', '_created'],
  info: ['_info'],
};
const encoder = new TextEncoder();
const suffixes: ReadonlyMap<string, readonly Uint8Array[]> = new Map(
  Object.entries(suffixTexts).map(([type, texts]) => [type, texts.map((text) => encoder.encode(text))]),
);

export class Family {
  type: FamilyType = 'unknown';
  /** Its name as it stands in the body, escapes and all, without quotes. */
  start = 0;
  end = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Takes the name at `[start, end)`, perhaps in quotes, for that of the family. Another one than before has no type yet. */
  announce(start: number, end: number): void {
    const quotes = this.#bytes[start] === quote ? 1 : 0;
    const nameStart = start + quotes;
    const nameEnd = end - quotes;
    if (nameEnd - nameStart !== this.end - this.start || !this.hasPrefix(nameStart, nameEnd)) this.type = 'unknown';
    this.start = nameStart;
    this.end = nameEnd;
  }

  /** Its name, escapes resolved. */
  name(): string {
    const text = decodeUtf8(new DataView(this.#bytes.buffer, this.#bytes.byteOffset), this.start, this.end);
    return unescape(text, 'quotes');
  }

  /** The type of the sample whose name is at `[start, end)`: that of the family if the name fits. */
  typeOf(start: number, end: number): FamilyType {
    if (!this.hasPrefix(start, end)) return 'unknown';
    const at = start + this.end - this.start;
    if (at === end) return this.type;
    return suffixes.get(this.type)!.some((suffix) => isAt(this.#bytes, at, end, suffix)) ? this.type : 'unknown';
  }

  /** Whether the name at `[start, end)` begins with that of the family, which is not empty. */
  hasPrefix(start: number, end: number): boolean {
    const length = this.end - this.start;
    if (length === 0 || end - start < length) return false;
    for (let i = 0; i < length; i++) if (this.#bytes[start + i] !== this.#bytes[this.start + i]) return false;
    return true;
  }
}

/** Whether the bytes `[start, end)` are these. */
export function isAt(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/**
 * StatsD lines, read in place: those of Etsy's server (github.com/statsd/statsd, docs/metric_types.md), with what DogStatsD adds
 * ("Datagram format and shell usage" of Datadog's documentation, protocol 1.0 to 1.4) and two other ways to write tags.
 *
 *     name:value|type|@rate|#tag:value,tag
 *     name:value:value:value|type            several values at once, of all types but s
 *     name,tag=value,tag=value:value|type    tags as InfluxDB writes them
 *     name;tag=value;tag=value:value|type    tags as Graphite writes them
 *
 * Types are c, g, ms, h, d and s. A gauge whose value begins with a sign is changed by it, not set; so there is no way to set one
 * below zero but to set it to zero first. Each line stands for itself: what is wrong with one harms none of the others. Fields behind
 * the type that only say where a line came from (`c:` container, `e:` external data, `card:` cardinality, and others of that form)
 * are passed over. Events and service checks are no metrics and are refused, as are values with a time of their own (`|T`): a
 * counter can not be raised in the past. Left out is Etsy's repetition of all but the name, `name:1|c:2|g`.
 */
import { parseNumber } from '../../codec/exposition/number.ts';

/** What a line is about; `h` and `d` are both histograms. */
export const lineKinds = ['counter', 'gauge', 'timer', 'histogram', 'set'] as const;
export type LineKind = (typeof lineKinds)[number];

/** Why a line is refused, as it is counted. */
export const refusals = {
  event: 'events of Datadog are no metrics',
  service_check: 'service checks of Datadog are no metrics',
  form: 'a line must be `name:value|type`',
  type: 'the type must be c, g, ms, h, d or s',
  value: 'a value must be a decimal number, and that of a set not empty',
  negative: 'a counter must not be lowered',
  rate: 'the sample rate must be above 0 and at most 1',
  field: 'a field behind the type must be a rate, tags, or letters and a colon, none of the first two twice',
  timestamp: 'values with a time of their own are not taken',
  too_long: 'name and tags must not take more than 4096 bytes',
  tags: 'a tag must have a name with a letter, digit or underscore in it, and not that of the metric',
  labels: 'tags must be within the limits of labels',
  other_type: 'a metric with the same tags must not have two types',
  overflow: 'a total must not grow beyond what a double holds',
  series_limit: 'there are as many series as --statsd-series allows',
  set_values_limit: 'sets hold as many distinct values as --statsd-set-values allows',
} as const;
export type Refusal = keyof typeof refusals;

/** Name and tags of one line, in bytes. */
export const keyBytesMax = 4096;

const newline = 0x0a;
const carriageReturn = 0x0d;
const plus = 0x2b;
const minus = 0x2d;
const hash = 0x23;
const colon = 0x3a;
const at = 0x40;
const capitalT = 0x54;
const pipe = 0x7c;

/** Walks the lines of datagrams. What it says of a line holds until the next one is read. */
export class LineReader {
  bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Why the line is refused; the rest is only said of lines that are not. */
  refusal: Refusal | undefined;
  kind: LineKind = 'counter';
  /** The name, and tags that stand with it: `[headStart, headEnd)`. */
  headStart = 0;
  headEnd = 0;
  /** Tags behind the `#`. */
  tagsStart = 0;
  tagsEnd = 0;
  /** How many measurements the line stands for: one by the sample rate. */
  weight = 1;
  /** The value of a set. */
  valueStart = 0;
  valueEnd = 0;
  /** The values of all other types: the first `count`. */
  values = new Float64Array(16);
  /** 1 where a value has a sign. */
  isSigned = new Uint8Array(16);
  count = 0;
  #next = 0;

  /** Starts with a datagram. It must stay as it is until its lines are read. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#next = 0;
  }

  /** Reads the next line; false when there is none. Empty ones are passed over. */
  next(): boolean {
    const { bytes } = this;
    while (this.#next < bytes.length) {
      const start = this.#next;
      const end = this.#find(newline, start, bytes.length);
      this.#next = end + 1;
      const last = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
      if (last === start) continue;
      this.refusal = this.#read(start, last);
      return true;
    }
    return false;
  }

  #read(start: number, end: number): Refusal | undefined {
    if (this.#begins('_e{', start, end)) return 'event';
    if (this.#begins('_sc|', start, end)) return 'service_check';
    const valuesEnd = this.#find(pipe, start, end);
    const headEnd = this.#find(colon, start, valuesEnd);
    if (valuesEnd === end || headEnd === valuesEnd || headEnd === start) return 'form';
    const typeEnd = this.#find(pipe, valuesEnd + 1, end);
    const kind = this.#kindOf(valuesEnd + 1, typeEnd);
    if (kind === undefined) return 'type';
    this.kind = kind;
    this.headStart = start;
    this.headEnd = headEnd;
    const refusal = this.#readFields(typeEnd + 1, end) ?? this.#readValues(headEnd + 1, valuesEnd);
    if (refusal !== undefined) return refusal;
    return headEnd - start + this.tagsEnd - this.tagsStart > keyBytesMax ? 'too_long' : undefined;
  }

  /** Reads the fields behind the type, the first of which begins at `start`. */
  #readFields(start: number, end: number): Refusal | undefined {
    const { bytes } = this;
    this.weight = 1;
    this.tagsStart = this.tagsEnd = 0;
    let hasRate = false;
    for (let from = start; from <= end;) {
      const to = this.#find(pipe, from, end);
      const first = from < to ? bytes[from]! : 0;
      if (first === at && !hasRate) {
        hasRate = true;
        const rate = parseNumber(bytes, from + 1, to) ?? 0;
        if (!(rate > 0 && rate <= 1)) return 'rate';
        this.weight = 1 / rate;
      } else if (first === hash && this.tagsStart === 0) {
        this.tagsStart = from + 1;
        this.tagsEnd = to;
      } else if (!this.#isOrigin(from, to)) return first === capitalT ? 'timestamp' : 'field';
      from = to + 1;
    }
    return undefined;
  }

  #readValues(start: number, end: number): Refusal | undefined {
    if (this.kind === 'set') {
      this.valueStart = start;
      this.valueEnd = end;
      return start === end ? 'value' : undefined;
    }
    this.count = 0;
    for (let from = start; from <= end;) {
      const to = this.#find(colon, from, end);
      const value = parseNumber(this.bytes, from, to);
      if (value === undefined || !Number.isFinite(value)) return 'value';
      if (value < 0 && this.kind === 'counter') return 'negative';
      if (this.count === this.values.length) this.#grow();
      const first = this.bytes[from]!;
      this.isSigned[this.count] = first === plus || first === minus ? 1 : 0;
      this.values[this.count++] = value;
      from = to + 1;
    }
    return undefined;
  }

  #kindOf(start: number, end: number): LineKind | undefined {
    const { bytes } = this;
    if (end - start === 2) return bytes[start] === 0x6d && bytes[start + 1] === 0x73 ? 'timer' : undefined;
    if (end - start !== 1) return undefined;
    return kindOfLetter(bytes[start]!);
  }

  /** Whether a field is small letters and a colon, and whatever follows. */
  #isOrigin(start: number, end: number): boolean {
    let from = start;
    while (from < end && this.bytes[from]! >= 0x61 && this.bytes[from]! <= 0x7a) from++;
    return from > start && from < end && this.bytes[from] === colon;
  }

  #begins(text: string, start: number, end: number): boolean {
    if (end - start < text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Where a byte comes first, `end` when it does not. Not indexOf, which would look through all lines behind this one. */
  #find(byte: number, start: number, end: number): number {
    const { bytes } = this;
    let place = start;
    while (place < end && bytes[place] !== byte) place++;
    return Math.min(place, end);
  }

  #grow(): void {
    const values = new Float64Array(this.values.length * 2);
    const isSigned = new Uint8Array(values.length);
    values.set(this.values);
    isSigned.set(this.isSigned);
    this.values = values;
    this.isSigned = isSigned;
  }
}

function kindOfLetter(letter: number): LineKind | undefined {
  if (letter === 0x63) return 'counter';
  if (letter === 0x67) return 'gauge';
  if (letter === 0x68 || letter === 0x64) return 'histogram';
  return letter === 0x73 ? 'set' : undefined;
}

/**
 * What every part of decoding one request shares: the reader, the commit, which times are taken, the start of ids, and the limits
 * on what a body of many tiny items may become; over one of those the request is `too_large`.
 */
import { SondeError } from '../../base/errors.ts';
import { Hash } from '../../base/hash.ts';
import { WireReader } from '../../codec/protobuf.ts';
import type { Places } from '../../codec/protobuf.ts';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import { byteCount } from '../../model/batch.ts';
import type { Batch } from '../../model/batch.ts';
import type { TableSpec } from '../../model/table.ts';
import type { PrometheusTranslation } from '../protocol.ts';
import type { DecodeContext } from './context.ts';
import { AttributeReader } from './decode-attributes.ts';
import { usualTranslation } from './decode-prometheus-labels.ts';
import { Refusals } from './refusals.ts';

const textEncoder = new TextEncoder();
/** What one request may grow to; a body of 64 MiB of real telemetry takes about twice its size. */
const rowBytesMax = 256 * 1024 * 1024;
/** The smallest point with a time and a value takes 20 bytes, so a body of 64 MiB has no more than these. */
const itemsMax = 4_000_000;
const itemsPerCheck = 1024;
const nsPerDay = 86_400_000_000_000;
const timeMaxNs = 2n ** 63n - 1n;
/** A day is a multiple of 2^16 ns, so days are exact in doubles after 16 bits are cut off. */
const dayUnits = nsPerDay / 65_536;

export class Decoding {
  readonly reader: WireReader;
  readonly attributes: AttributeReader;
  readonly refusals: Refusals;
  readonly open: OpenCommit;
  readonly tenant: DataView;
  readonly translation: PrometheusTranslation;
  /** For ids; `beginId` starts them. */
  readonly hash = new Hash();
  #units = 0;
  #items = 0;
  readonly #batches: Batch[] = [];
  #bytesBefore = 0;
  /** The hash of the tenant, with which every id starts. */
  readonly #seedLow: number;
  readonly #seedHigh: number;
  #oldest: Halves;
  readonly #newest: Halves;
  #oldestNs: bigint;
  readonly #newestNs: bigint;
  readonly #timeRules = new Map<string, string>();

  constructor(body: Uint8Array, open: OpenCommit, context: DecodeContext, noun: string) {
    this.reader = new WireReader(body);
    this.attributes = new AttributeReader(this.reader);
    this.refusals = new Refusals(noun);
    this.open = open;
    this.translation = context.translation ?? usualTranslation;
    const tenant = textEncoder.encode(context.tenant);
    this.tenant = new DataView(tenant.buffer, tenant.byteOffset, tenant.length);
    const seed = this.hash.begin(0, 0).addBytes(this.tenant, 0, tenant.length).finish();
    this.#seedLow = seed.low;
    this.#seedHigh = seed.high;
    this.#oldestNs = clamp(context.oldestNs);
    this.#newestNs = clamp(context.newestNs);
    this.#oldest = halvesOf(this.#oldestNs);
    this.#newest = halvesOf(this.#newestNs);
  }

  /** The open batch of a table; to be asked for once per request. */
  batch<T extends TableSpec>(table: T): Batch<T> {
    const batch = this.open.batch(table);
    this.#batches.push(batch);
    this.#bytesBefore += byteCount(batch);
    return batch;
  }

  /** Counts a span, log record or point. */
  noteUnit(): void {
    this.#units++;
  }

  /** Counts an item of any list that can make rows: a small body must take neither memory nor time without bound. */
  noteItem(): void {
    if (++this.#items % itemsPerCheck === 0) this.#checkSize();
  }

  /** What the request came to. */
  outcome(): Outcome {
    return this.refusals.outcome(this.#units);
  }

  #checkSize(): void {
    if (this.#items > itemsMax)
      throw new SondeError('too_large', `A request may hold at most ${itemsMax} items; send it in several.`);
    let bytes = -this.#bytesBefore;
    for (const batch of this.#batches) bytes += byteCount(batch);
    if (bytes <= rowBytesMax) return;
    throw new SondeError('too_large', `A request may hold at most ${rowBytesMax} bytes of rows; send it in several.`);
  }

  /** Starts the hash of an id of the tenant. */
  beginId(kind: number): Hash {
    return this.hash.begin(this.#seedLow, this.#seedHigh).addWord(kind);
  }

  /** From now on rows with a time before this are refused. */
  takeFrom(oldestNs: bigint): void {
    if (oldestNs === this.#oldestNs) return;
    this.#oldestNs = clamp(oldestNs);
    this.#oldest = halvesOf(this.#oldestNs);
    this.#timeRules.clear();
  }

  /** Whether rows with this time, given by its halves, are taken. */
  isTimely(low: number, high: number): boolean {
    const oldest = this.#oldest;
    const newest = this.#newest;
    const unsignedHigh = high >>> 0;
    if (unsignedHigh > oldest.high && unsignedHigh < newest.high) return true;
    return !isBefore(low >>> 0, unsignedHigh, oldest) && !isAfter(low >>> 0, unsignedHigh, newest);
  }

  /** Says for a refusal which times are taken. */
  timeRule(field: string): string {
    let rule = this.#timeRules.get(field);
    if (rule === undefined) {
      rule = `${field} must be from ${timeText(this.#oldestNs)} to ${timeText(this.#newestNs)}`;
      this.#timeRules.set(field, rule);
    }
    return rule;
  }

  /** Reads a length-delimited field as text. */
  text(end: number): DataView {
    const { reader } = this;
    const stop = reader.length(end);
    const text = reader.part(reader.at, stop);
    reader.at = stop;
    return text;
  }

  /** Walks the fields of a message that came in several parts; protobuf merges them. `field` moves the reader past the value. */
  eachField(parts: Places, field: (tag: number, end: number) => void): void {
    const { reader } = this;
    for (let part = 0; part < parts.length; part++) {
      const end = parts.end(part);
      reader.at = parts.start(part);
      while (reader.at < end) field(reader.tag(end), end);
    }
  }
}

/** The UTC day of a time in Unix nanoseconds, in days since 1970-01-01. */
export function dayOf(low: number, high: number): number {
  return Math.floor(((high >>> 0) * 65_536 + (low >>> 16)) / dayUnits);
}

/** To what a time column can hold: signed 64-bit nanoseconds. */
function clamp(ns: bigint): bigint {
  if (ns < 0n) return 0n;
  return ns > timeMaxNs ? timeMaxNs : ns;
}

interface Halves {
  readonly low: number;
  readonly high: number;
}

function halvesOf(ns: bigint): Halves {
  return { low: Number(ns & 0xffff_ffffn), high: Number((ns >> 32n) & 0xffff_ffffn) };
}

function isBefore(low: number, high: number, limit: Halves): boolean {
  return high < limit.high || (high === limit.high && low < limit.low);
}

function isAfter(low: number, high: number, limit: Halves): boolean {
  return high > limit.high || (high === limit.high && low > limit.low);
}

function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

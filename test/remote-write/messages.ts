/**
 * Messages of remote write, written from plain values: prometheus.WriteRequest (1.0) and io.prometheus.write.v2.Request (2.0). Fields
 * that are zero are left out, as senders do.
 */

export interface TestSample {
  readonly value: number;
  readonly timeMs: number;
  readonly startMs?: number;
}

export interface TestSpan {
  readonly offset: number;
  readonly length: number;
}

export interface TestHistogram {
  readonly timeMs: number;
  readonly startMs?: number;
  /** A bigint for a histogram of integers. */
  readonly count: number | bigint;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number | bigint;
  readonly positiveSpans?: readonly TestSpan[];
  readonly negativeSpans?: readonly TestSpan[];
  /** Differences. */
  readonly positiveDeltas?: readonly (number | bigint)[];
  readonly negativeDeltas?: readonly (number | bigint)[];
  readonly positiveCounts?: readonly number[];
  readonly negativeCounts?: readonly number[];
  readonly resetHint?: number;
  readonly bounds?: readonly number[];
}

export interface TestExemplar {
  readonly labels: readonly string[];
  readonly value: number;
  readonly timeMs: number;
}

export interface TestMetadata {
  readonly type: number;
  readonly help?: string;
  readonly unit?: string;
}

export interface TestSeries {
  /** Names and values in turn. */
  readonly labels: readonly string[];
  readonly samples?: readonly TestSample[];
  readonly histograms?: readonly TestHistogram[];
  readonly exemplars?: readonly TestExemplar[];
  /** In 2.0 only. */
  readonly metadata?: TestMetadata;
}

export interface TestFamily extends TestMetadata {
  readonly metric: string;
}

/** The value 0x7ff0000000000002 can not be told from other NaNs in JavaScript: this stands for it. */
export const staleValue = Number.MIN_VALUE;

export function writeV1(series: readonly TestSeries[], families: readonly TestFamily[] = []): Buffer {
  return Buffer.concat([
    ...series.map(({ labels, samples = [], histograms = [], exemplars = [] }) =>
      block(
        1,
        ...labelBlocks(labels),
        ...samples.map((one) => block(2, double(1, one.value), varint(2, one.timeMs))),
        ...exemplars.map((one) => block(3, ...labelBlocks(one.labels), double(2, one.value), varint(3, one.timeMs))),
        ...histograms.map((one) => block(4, ...histogram(one))),
      ),
    ),
    ...families.map(({ type, metric, help = '', unit = '' }) =>
      block(3, varint(1, type), text(2, metric), text(4, help), text(5, unit)),
    ),
  ]);
}

export function writeV2(series: readonly TestSeries[]): Buffer {
  const symbols = new Map([['', 0]]);
  const refOf = (symbol: string): number => {
    const ref = symbols.get(symbol) ?? symbols.size;
    symbols.set(symbol, ref);
    return ref;
  };
  const refs = (labels: readonly string[]): Buffer =>
    packed(
      1,
      labels.map((label) => plainVarint(BigInt(refOf(label)))),
    );
  const blocks = series.map(({ labels, samples = [], histograms = [], exemplars = [], metadata }) =>
    block(
      5,
      refs(labels),
      ...samples.map((one) => block(2, double(1, one.value), varint(2, one.timeMs), varint(3, one.startMs ?? 0))),
      ...histograms.map((one) => block(3, ...histogram(one), varint(17, one.startMs ?? 0))),
      ...exemplars.map((one) => block(4, refs(one.labels), double(2, one.value), varint(3, one.timeMs))),
      ...(metadata === undefined
        ? []
        : [block(5, varint(1, metadata.type), varint(3, refOf(metadata.help ?? '')), varint(4, refOf(metadata.unit ?? '')))]),
    ),
  );
  return Buffer.concat([...[...symbols.keys()].map((symbol) => block(4, Buffer.from(symbol))), ...blocks]);
}

function labelBlocks(labels: readonly string[]): Buffer[] {
  const blocks: Buffer[] = [];
  for (let i = 0; i < labels.length; i += 2) blocks.push(block(1, text(1, labels[i]!), text(2, labels[i + 1]!)));
  return blocks;
}

function histogram(one: TestHistogram): Buffer[] {
  const number = (int: number, float: number, value: number | bigint): Buffer =>
    typeof value === 'bigint' ? varint(int, value) : double(float, value);
  const spans = (field: number, list: readonly TestSpan[] = []): Buffer[] =>
    list.map(({ offset, length }) => block(field, signed(1, offset), varint(2, length)));
  return [
    number(1, 2, one.count),
    double(3, one.sum),
    signed(4, one.schema),
    double(5, one.zeroThreshold ?? 0),
    number(6, 7, one.zeroCount ?? 0),
    ...spans(8, one.negativeSpans),
    packed(9, (one.negativeDeltas ?? []).map(zigzag)),
    packed(10, (one.negativeCounts ?? []).map(doubleBytes)),
    ...spans(11, one.positiveSpans),
    packed(12, (one.positiveDeltas ?? []).map(zigzag)),
    packed(13, (one.positiveCounts ?? []).map(doubleBytes)),
    varint(14, one.resetHint ?? 0),
    varint(15, one.timeMs),
    packed(16, (one.bounds ?? []).map(doubleBytes)),
  ];
}

/** A length-delimited field. */
export function block(field: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([plainVarint(BigInt(field * 8 + 2)), plainVarint(BigInt(content.length)), content]);
}

function text(field: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : block(field, Buffer.from(value));
}

export function varint(field: number, value: number | bigint): Buffer {
  const none = value === 0 || value === 0n;
  return none ? Buffer.alloc(0) : Buffer.concat([plainVarint(BigInt(field * 8)), plainVarint(BigInt(value))]);
}

function signed(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([plainVarint(BigInt(field * 8)), zigzag(value)]);
}

function double(field: number, value: number): Buffer {
  if (Object.is(value, 0)) return Buffer.alloc(0);
  return Buffer.concat([plainVarint(BigInt(field * 8 + 1)), doubleBytes(value)]);
}

function packed(field: number, items: readonly Buffer[]): Buffer {
  return items.length === 0 ? Buffer.alloc(0) : block(field, ...items);
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  if (value === staleValue) bytes.writeBigUInt64LE(0x7ff0_0000_0000_0002n);
  else bytes.writeDoubleLE(value);
  return bytes;
}

function zigzag(value: number | bigint): Buffer {
  const long = BigInt(value);
  return plainVarint(BigInt.asUintN(64, (long << 1n) ^ (long >> 63n)));
}

function plainVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/**
 * The answers of Prometheus's remote read (prompb/remote.proto, prompb/types.proto): all samples in one message, or XOR chunks in
 * frames: length as a varint, CRC-32C of the message in four bytes (big-endian), a ChunkedReadResponse.
 *
 * Native histograms are there among samples only, as float histograms: counts are doubles here. A stale marker has the bits that
 * Prometheus gives it.
 */
import { ByteWriter } from '../../codec/byte-writer.ts';
import { crc32c } from '../../codec/crc32c.ts';
import { chunkSamplesMax, encodeXorChunk } from '../../codec/xor-chunk.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Buckets, Histogram, ResetHint } from '../../promql/histogram/histogram.ts';
import { sampleKinds } from '../../promql/source.ts';
import type { SeriesSamples } from '../../promql/source.ts';

/** A frame holds at most so many bytes of chunks. */
const frameBytesMax = 1 << 20;
/** Chunk.Encoding of floats. */
const xorEncoding = 1;
const resetHints: Readonly<Record<ResetHint, number>> = { unknown: 0, reset: 1, not_reset: 2, gauge: 3 };

/** The values with the bits that a stale marker has. */
function valuesOf({ values, kinds }: SeriesSamples): Float64Array {
  if (!kinds.includes(sampleKinds.stale)) return values;
  const marked = values.slice();
  const halves = new Uint32Array(marked.buffer);
  kinds.forEach((kind, i) => {
    if (kind === sampleKinds.stale) halves.set([2, 0x7ff00000], 2 * i);
  });
  return marked;
}

/** A ReadResponse: a list of series for each query. */
export function encodeSamples(results: readonly (readonly SeriesSamples[])[]): Uint8Array {
  const response = new ByteWriter();
  const result = new ByteWriter();
  const series = new ByteWriter();
  const inner = new ByteWriter();
  for (const all of results) {
    result.clear();
    for (const one of all) {
      series.clear();
      writeLabels(series, one.labels);
      writeSamples(series, inner, one);
      result.blockField(1, series.written());
    }
    response.blockField(1, result.written());
  }
  return response.written();
}

function writeLabels(writer: ByteWriter, labels: Labels): void {
  for (let i = 0; i < labels.length; i += 2) {
    const label = new ByteWriter();
    label.textField(1, labels[i] ?? '');
    label.textField(2, labels[i + 1] ?? '');
    writer.blockField(1, label.written());
  }
}

function writeSamples(writer: ByteWriter, inner: ByteWriter, series: SeriesSamples): void {
  const { timesMs, kinds, histograms } = series;
  const values = valuesOf(series);
  for (let i = 0; i < kinds.length; i++) {
    inner.clear();
    const histogram = kinds[i] === sampleKinds.histogram ? histograms?.[i] : undefined;
    if (histogram !== undefined) writeHistogram(inner, timesMs[i] ?? 0, histogram);
    else {
      inner.doubleField(1, values[i] ?? Number.NaN);
      inner.integerField(2, timesMs[i] ?? 0);
    }
    writer.blockField(histogram === undefined ? 2 : 4, inner.written());
  }
}

function writeHistogram(writer: ByteWriter, timeMs: number, histogram: Histogram): void {
  writer.doubleField(2, histogram.count);
  writer.doubleField(3, histogram.sum);
  writer.tag(4, 'varint');
  writer.zigzag(histogram.schema);
  writer.doubleField(5, histogram.zeroThreshold);
  writer.doubleField(7, histogram.zeroCount);
  writeSpans(writer, 8, histogram.negative);
  writer.doublesField(10, histogram.negative.counts);
  writeSpans(writer, 11, histogram.positive);
  writer.doublesField(13, histogram.positive.counts);
  writer.integerField(14, resetHints[histogram.resetHint]);
  writer.integerField(15, timeMs);
  writer.doublesField(16, histogram.bounds);
}

/** Runs of buckets: how far the first of a run is behind the last of the one before (of the first run: from 0), and how many. */
function writeSpans(writer: ByteWriter, field: number, { indexes }: Buckets): void {
  let next = 0;
  for (let i = 0; i < indexes.length;) {
    const first = indexes[i] ?? 0;
    let length = 1;
    while (indexes[i + length] === first + length) length++;
    const span = new ByteWriter();
    span.tag(1, 'varint');
    span.zigzag(first - next);
    span.integerField(2, length);
    writer.blockField(field, span.written());
    next = first + length;
    i += length;
  }
}

/** ChunkedReadResponses, framed: a frame for each series, more for one with many chunks. */
export function* encodeFrames(results: readonly (readonly SeriesSamples[])[]): Generator<Uint8Array> {
  for (const [queryIndex, all] of results.entries()) {
    for (const series of all) yield* framesOf(series, queryIndex);
  }
}

function* framesOf(series: SeriesSamples, queryIndex: number): Generator<Uint8Array> {
  const { labels, timesMs } = series;
  const values = valuesOf(series);
  const chunks = new ByteWriter();
  for (let start = 0; start < timesMs.length; start += chunkSamplesMax) {
    const end = Math.min(start + chunkSamplesMax, timesMs.length);
    writeChunk(chunks, { timesMs, values, start, end });
    if (chunks.length < frameBytesMax && end < timesMs.length) continue;
    yield frame(labels, chunks.written(), queryIndex);
    chunks.clear();
  }
}

interface ChunkRange {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly start: number;
  readonly end: number;
}

function writeChunk(writer: ByteWriter, { timesMs, values, start, end }: ChunkRange): void {
  const chunk = new ByteWriter();
  chunk.integerField(1, timesMs[start] ?? 0);
  chunk.integerField(2, timesMs[end - 1] ?? 0);
  chunk.integerField(3, xorEncoding);
  chunk.blockField(4, encodeXorChunk(timesMs, values, start, end));
  writer.blockField(2, chunk.written());
}

function frame(labels: Labels, chunks: Uint8Array, queryIndex: number): Uint8Array {
  const series = new ByteWriter();
  writeLabels(series, labels);
  series.raw(chunks);
  const message = new ByteWriter();
  message.blockField(1, series.written());
  message.integerField(2, queryIndex);
  const framed = new ByteWriter();
  framed.varint(message.length);
  framed.uint32BigEndian(crc32c(message.written()));
  framed.raw(message.written());
  return framed.written();
}

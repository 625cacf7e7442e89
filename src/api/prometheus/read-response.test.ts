import { expect, test } from 'vitest';
import { crc32c } from '../../codec/crc32c.ts';
import { WireReader } from '../../codec/protobuf.ts';
import type { Histogram } from '../../promql/histogram/histogram.ts';
import { sampleKinds } from '../../promql/source.ts';
import type { SeriesSamples } from '../../promql/source.ts';
import { encodeFrames, encodeSamples } from './read-response.ts';

/** A message as nested lists of `[field number, value]`; `messages` names the fields that are messages, by path. */
type Fields = readonly (readonly [number, unknown])[];

function decode(bytes: Uint8Array, messages: readonly string[], path = ''): Fields {
  const reader = new WireReader(bytes);
  const fields: [number, unknown][] = [];
  while (reader.at < bytes.length) {
    const tag = reader.tag(bytes.length);
    const field = tag >> 3;
    const here = path === '' ? String(field) : `${path}.${field}`;
    if ((tag & 7) === 0) {
      reader.varint(bytes.length);
      fields.push([field, reader.high * 2 ** 32 + (reader.low >>> 0)]);
    } else if ((tag & 7) === 1) fields.push([field, reader.view.getBigUint64(reader.fixed64(bytes.length), true)]);
    else {
      const end = reader.length(bytes.length);
      const part = bytes.slice(reader.at, end);
      reader.at = end;
      fields.push([field, messages.includes(here) ? decode(part, messages, here) : part]);
    }
  }
  return fields;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bits = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0]!;
const doubles = (...values: readonly number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);
const { float, histogram, stale } = sampleKinds;

const floats: SeriesSamples = {
  labels: ['__name__', 'up', 'job', 'a'],
  timesMs: Float64Array.of(-1, 1000),
  kinds: Uint8Array.of(float, stale),
  values: Float64Array.of(1.5, Number.NaN),
};

test('samples are one message: labels, floats, stale markers', () => {
  const label = (name: string, value: string): readonly [number, unknown] => [
    1,
    [
      [1, text(name)],
      [2, text(value)],
    ],
  ];
  const sample = (value: bigint, timeMs: number): readonly [number, unknown] => [
    2,
    [
      [1, value],
      [2, timeMs],
    ],
  ];
  const found = decode(encodeSamples([[floats], []]), ['1', '1.1', '1.1.1', '1.1.2']);
  expect(found).toEqual([
    [1, [[1, [label('__name__', 'up'), label('job', 'a'), sample(bits(1.5), -1), sample(0x7ff0000000000002n, 1000)]]]],
    [1, []],
  ]);
});

test('a native histogram has its buckets in spans', () => {
  const value: Histogram = {
    schema: -1,
    count: 9,
    sum: 2.5,
    zeroThreshold: 0.1,
    zeroCount: 1,
    positive: { indexes: [-2, -1, 3], counts: [1, 2, 3] },
    negative: { indexes: [0], counts: [2] },
    bounds: [],
    resetHint: 'gauge',
  };
  const series: SeriesSamples = {
    labels: [],
    timesMs: Float64Array.of(1000),
    kinds: Uint8Array.of(histogram),
    values: Float64Array.of(Number.NaN),
    histograms: [value],
  };
  const span = (zigzag: number, length: number): Fields => [
    [1, zigzag],
    [2, length],
  ];
  const found = decode(encodeSamples([[series]]), ['1', '1.1', '1.1.4', '1.1.4.8', '1.1.4.11']);
  const fields: Fields = [
    [2, bits(9)],
    [3, bits(2.5)],
    [4, 1],
    [5, bits(0.1)],
    [7, bits(1)],
    [8, span(0, 1)],
    [10, doubles(2)],
    [11, span(3, 2)],
    [11, span(6, 1)],
    [13, doubles(1, 2, 3)],
    [14, 3],
    [15, 1000],
  ];
  expect(found).toEqual([[1, [[1, [[4, fields]]]]]]);
});

test('chunks come in frames with their length and checksum, of 120 samples each', () => {
  const many: SeriesSamples = {
    labels: ['__name__', 'up'],
    timesMs: Float64Array.from({ length: 250 }, (_, i) => i * 1000),
    kinds: new Uint8Array(250),
    values: new Float64Array(250),
  };
  const frames = [...encodeFrames([[floats], [many]])];
  const messages = frames.map((frame) => {
    const reader = new WireReader(frame);
    const end = reader.length(frame.length + 4) + 4;
    expect(end).toBe(frame.length);
    const message = frame.slice(reader.at + 4);
    expect(reader.view.getUint32(reader.at)).toBe(crc32c(message));
    return decode(message, ['1', '1.1', '1.2']);
  });
  expect(messages.map((message) => message.at(-1))).toEqual([
    [2, 0],
    [2, 1],
  ]);
  const [, series] = messages[1]?.[0] ?? [];
  const chunks = (series as Fields).filter(([field]) => field === 2).map(([, chunk]) => (chunk as Fields).slice(0, 3));
  expect(chunks).toEqual(
    [
      [0, 119],
      [120, 239],
      [240, 249],
    ].map(([first = 0, last = 0]) => [
      [1, first * 1000],
      [2, last * 1000],
      [3, 1],
    ]),
  );
});

test('a long series takes several frames', () => {
  const length = 200_000;
  const long: SeriesSamples = {
    labels: ['__name__', 'noise'],
    timesMs: Float64Array.from({ length }, (_, i) => i * 1000),
    kinds: new Uint8Array(length),
    values: Float64Array.from({ length }, (_, i) => Math.sin(i)),
  };
  const sizes = Array.from(encodeFrames([[long]]), (frame) => frame.length);
  expect(sizes.length).toBeGreaterThan(1);
  for (const size of sizes) expect(size).toBeLessThan((1 << 20) + 4096);
});

/** What real clients expose: test/fixtures/exposition/README.md says where it is from. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf, readerOptions } from '../../../test/exposition/lines.ts';
import { SondeError } from '../../base/errors.ts';
import type { ExpositionSink, NativeHistogram } from './exposition.ts';
import { parseExposition } from './parse.ts';

const folder = new URL('../../../test/fixtures/exposition/', import.meta.url);
const fixtures = readdirSync(folder).filter((name) => /\.(txt|om|pb)$/.test(name));
const load = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

function typeOf(name: string): string {
  if (name.endsWith('.pb')) return contentTypes.protobuf;
  return name.endsWith('.om') ? contentTypes.openMetrics : contentTypes.text;
}

describe("what Python's own parser makes of Python's client", () => {
  interface Expected {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number | string;
    readonly exemplar?: {
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number;
      readonly timestampMs: number;
    };
  }

  test.each(['python.txt', 'python.om'])('is the same for %s', (name) => {
    const expected = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8')) as Expected[];
    const found: { -readonly [key in keyof Expected]: Expected[key] }[] = [];
    parseExposition(
      load(name),
      typeOf(name),
      { ...readerOptions, strict: true },
      {
        metadata: () => {},
        sample: (sample) => found.push({ labels: recordOf(sample.labels()), value: shown(sample.value) }),
        histogram: () => {},
        exemplar: (exemplar) => {
          const { value, timestampMs } = exemplar;
          found.at(-1)!.exemplar = { labels: recordOf(exemplar.labels()), value, timestampMs };
        },
      },
    );
    expect(found).toEqual(expected);
  });
});

describe("Go's client", () => {
  const samples = (name: string): string[] =>
    linesOf(load(name), typeOf(name), { createdSamples: false })
      .filter((line) => line.startsWith('{') && !line.includes(' histogram {'))
      // Text has no times of start, and OpenMetrics another name for what has no type.
      .map((line) => line.replace(/ since \d+/, ''))
      .toSorted();

  test('says the same in all formats', () => {
    expect(samples('go.txt').length).toBeGreaterThan(25);
    expect(samples('go.om')).toEqual(samples('go.txt'));
    expect(samples('go.pb')).toEqual(samples('go.txt'));
  });

  test('says the same times of start and exemplars in OpenMetrics and protobuf', () => {
    const timed = (name: string): string[] =>
      linesOf(load(name), typeOf(name), { createdSamples: false })
        .filter((line) => line.includes(' since ') && !line.includes(' histogram {'))
        .toSorted();
    expect(timed('go.om').length).toBeGreaterThan(20);
    // Protobuf has nanoseconds, which end in the same millisecond.
    expect(timed('go.pb').map(rounded)).toEqual(timed('go.om').map(rounded));
    const exemplars = (name: string): string[] => linesOf(load(name), typeOf(name)).filter((line) => line.startsWith('exemplar'));
    expect(exemplars('go.om')).toHaveLength(5);
    expect(new Set(exemplars('go.pb').map(rounded)).size).toBeGreaterThanOrEqual(5);
    for (const line of exemplars('go.om')) expect(exemplars('go.pb').map(rounded)).toContain(rounded(line));
  });

  test('counted each observation in its native bucket', () => {
    const native = nativeOf('go.pb');
    const positive = new Map<number, number>();
    // The program that wrote the fixture observed these, with buckets that grow by 2^(1/8).
    for (let i = 1; i <= 200; i++) {
      const index = Math.ceil(Math.log2((i * i) / 500) * 8);
      positive.set(index, (positive.get(index) ?? 0) + 1);
    }
    const indexes = [...positive.keys()].toSorted((a, b) => a - b);
    expect(native.get('/a')).toMatchObject({
      schema: 3,
      count: 200,
      positiveIndexes: indexes,
      positiveCounts: indexes.map((index) => positive.get(index)),
      negativeIndexes: [],
    });
    expect(native.get('/b')).toMatchObject({ schema: 3, count: 201, zeroCount: 1, positiveIndexes: [] });
    expect(native.get('/b')?.negativeCounts.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(native.get('/none')).toMatchObject({ count: 0, positiveIndexes: [], negativeIndexes: [] });
  });
});

test('Prometheus has the same series in text and protobuf', () => {
  const series = (name: string): string[] =>
    linesOf(load(name), typeOf(name), { createdSamples: false })
      .filter((line) => line.startsWith('{'))
      .map((line) => line.slice(0, line.lastIndexOf('}') + 1))
      .toSorted();
  expect(series('prometheus.txt').length).toBeGreaterThan(300);
  expect(series('prometheus.pb')).toEqual(series('prometheus.txt'));
});

describe('a body cut at any length', () => {
  test.each(fixtures)('is an error or says less: %s', (name) => {
    const whole = load(name);
    const step = whole.length > 5000 ? 211 : 1;
    const taken: number[] = [];
    const refused: unknown[] = [];
    let most = 0;
    for (let length = whole.length - 1; length >= 0; length -= step) {
      let calls = 0;
      const count = (): void => void calls++;
      const sink: ExpositionSink = { metadata: count, sample: count, histogram: count, exemplar: count };
      try {
        parseExposition(whole.subarray(0, length), typeOf(name), readerOptions, sink);
        taken.push(length);
      } catch (thrown) {
        refused.push(thrown);
      }
      most = Math.max(most, calls);
    }
    expect(most).toBeGreaterThan(20);
    expect(refused.filter((thrown) => !(thrown instanceof SondeError && thrown.code === 'malformed_body'))).toEqual([]);
    // OpenMetrics has an end that must not be missing, but for its line break.
    const expected = name.endsWith('.om') ? [whole.length - 1] : taken;
    expect(taken).toEqual(expected);
    expect(taken.length).toBeLessThan(whole.length / step / 2);
  });
});

function nativeOf(name: string): Map<string, NativeHistogram> {
  const native = new Map<string, NativeHistogram>();
  parseExposition(load(name), typeOf(name), readerOptions, {
    metadata: () => {},
    sample: () => {},
    histogram: (sample, histogram) => void native.set(recordOf(sample.labels())['path'] ?? '', histogram),
    exemplar: () => {},
  });
  return native;
}

function recordOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.flatMap((name, i) => (i % 2 === 0 ? [[name, labels[i + 1] ?? '']] : [])));
}

function shown(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN';
  return value === Number.POSITIVE_INFINITY ? '+Inf' : value;
}

/** Without the last digits of times. */
function rounded(line: string): string {
  return line.replaceAll(/(since |@)(\d+)\d\d/g, '$1$2');
}

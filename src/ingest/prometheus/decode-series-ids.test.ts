import { describe, expect, test } from 'vitest';
import { SeriesIds } from './decode-series-ids.ts';

const sample = Buffer.from([0x12, 2, 0x10, 5]);

/** A TimeSeries with a sample: its labels, names and values in turn, and what follows them. */
function message(labels: readonly string[], rest: Uint8Array = sample): DataView {
  const parts: Buffer[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const texts = [labels[i] ?? '', labels[i + 1] ?? ''].map((text) => Buffer.from(text));
    const label = Buffer.concat(texts.flatMap((text, field) => [Buffer.from([field * 8 + 0x0a, ...length(text.length)]), text]));
    parts.push(Buffer.from([0x0a, ...length(label.length)]), label);
  }
  // What stands before it must not matter.
  const bytes = Buffer.concat([Buffer.from('#'), ...parts, rest]);
  return new DataView(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
}

function length(size: number): number[] {
  return size < 0x80 ? [size] : [(size & 0x7f) | 0x80, size >> 7];
}

const up = message(['__name__', 'up', 'job', 'node']);
const down = message(['__name__', 'down', 'job', 'node', 'path', '/'.repeat(300)]);
const key = (id: number): { idLow: number; idHigh: number; metricId: number } => ({
  idLow: id,
  idHigh: -id,
  metricId: 0xffff_ffff,
});

function learn(known: SeriesIds, view: DataView, id: number, tenant = 'shop', day = 20_000): void {
  known.begin(view, tenant);
  known.learn(0, view.byteLength, day, key(id));
}

/** The id by which a message is known, `undefined` when it is not. */
function idOf(known: SeriesIds, view: DataView, tenant = 'shop'): number | undefined {
  known.begin(view, tenant);
  const entry = known.find(0, view.byteLength);
  return entry < 0 ? undefined : known.idLow(entry);
}

describe('a series', () => {
  test('is known by its bytes, with all that was noted', () => {
    const known = new SeriesIds(1 << 20);
    expect(idOf(known, up)).toBeUndefined();
    learn(known, up, 7);
    learn(known, down, 8);
    expect([idOf(known, up), idOf(known, down), known.size]).toEqual([7, 8, 2]);
    known.begin(up, 'shop');
    const entry = known.find(0, up.byteLength);
    expect([known.day(entry), known.idHigh(entry), known.metricId(entry) >>> 0]).toEqual([20_000, -7, 0xffff_ffff]);
    expect(known.labelBytes(entry)).toBe(up.byteLength - sample.length);
  });

  test('is another one with another tenant, even after very many tenants', () => {
    const known = new SeriesIds(1 << 20);
    learn(known, up, 7);
    expect(idOf(known, up, 'others')).toBeUndefined();
    learn(known, up, 9, 'others');
    expect([idOf(known, up), idOf(known, up, 'others')]).toEqual([7, 9]);
    for (let i = 0; i < 10_000; i++) idOf(known, up, `tenant ${i}`);
    for (let i = 0; i < 10_000; i++) expect(idOf(known, up, `tenant ${i}`)).toBeUndefined();
  });

  test('has the day that was noted last', () => {
    const known = new SeriesIds(1 << 20);
    learn(known, up, 7);
    learn(known, up, 7, 'shop', 20_001);
    known.begin(up, 'shop');
    expect([known.day(known.find(0, up.byteLength)), known.size]).toEqual([20_001, 1]);
  });

  const check = (title: string, other: DataView): void =>
    test(`is not taken for one ${title}`, () => {
      const known = new SeriesIds(1 << 20);
      learn(known, up, 7);
      // First by its hash, then as the one that is expected.
      expect(idOf(known, other)).toBeUndefined();
      const both = Buffer.concat([bytesOf(up), bytesOf(other)]);
      const view = new DataView(both.buffer, both.byteOffset, both.length);
      known.begin(view, 'shop');
      const entry = known.find(0, up.byteLength);
      known.learn(0, up.byteLength, 20_000, key(7));
      expect(entry).toBeGreaterThanOrEqual(0);
      expect(known.find(up.byteLength, view.byteLength)).toBe(-1);
    });

  check('with another value', message(['__name__', 'up', 'job', 'mode']));
  check('with a label more', message(['__name__', 'up', 'job', 'node', 'a', '']));
  check('with a label less', message(['__name__', 'up']));
  check('without a sample', message(['__name__', 'up', 'job', 'node'], Buffer.alloc(0)));
  check('with something else behind its labels', message(['__name__', 'up', 'job', 'node'], Buffer.from([0x22, 0])));
});

test('series that follow each other are found in any order', () => {
  const known = new SeriesIds(1 << 20);
  const messages = Array.from({ length: 100 }, (_, i) => message(['__name__', `metric_${i}`, 'job', 'node'.repeat(i % 60)]));
  const all = Buffer.concat(messages.map(bytesOf));
  const view = new DataView(all.buffer, all.byteOffset, all.length);
  const starts = messages.map((_, i) => messages.slice(0, i).reduce((sum, { byteLength }) => sum + byteLength, 0));
  const end = (i: number): number => (starts[i] ?? 0) + (messages[i]?.byteLength ?? 0);
  known.begin(view, 'shop');
  starts.forEach((start, i) => known.learn(start, end(i), 20_000, key(i)));
  const orders = [(i: number) => i, (i: number) => 99 - i, (i: number) => (i * 37) % 100, (i: number) => i];
  for (const order of orders) {
    known.begin(view, 'shop');
    for (let i = 0; i < 100; i++) {
      const at = order(i);
      expect(known.idLow(known.find(starts[at] ?? 0, end(at)))).toBe(at);
    }
  }
});

test('memory stays within its limit: all is forgotten, and learned again', () => {
  const bytesMax = 100_000;
  const known = new SeriesIds(bytesMax);
  let most = 0;
  for (let i = 0; i < 5000; i++) {
    learn(known, message(['__name__', `metric_${i}`]), i);
    expect(known.byteLength).toBeLessThanOrEqual(bytesMax);
    expect(idOf(known, message(['__name__', `metric_${i}`]))).toBe(i);
    most = Math.max(most, known.size);
  }
  expect(most).toBeGreaterThan(500);
  expect(known.size).toBeLessThan(5000);
  const huge = message(['__name__', 'x'.repeat(16_000), 'y', 'y'.repeat(16_000)]);
  const small = new SeriesIds(20_000);
  learn(small, huge, 1);
  expect(idOf(small, huge)).toBeUndefined();
});

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

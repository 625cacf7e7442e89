import { expect, test } from 'vitest';
import { sketchSpan, sketchStartNs } from './sample-spans.ts';
import type { SpanSketch } from './sample-spans.ts';
import { ancestors, isArriving, layOut, mostTelling, selfTimeNs, visibleRows } from './span-tree.ts';
import type { SpanTree } from './span-tree.ts';

const lay = (...sketches: SpanSketch[]): SpanTree => layOut(sketches.map(sketchSpan));
const outline = (tree: SpanTree): string[] => tree.spans.map((span, row) => '·'.repeat(tree.depth[row] ?? 0) + span.spanId);

const shop: SpanSketch[] = [
  { id: 'root', from: 0, to: 2000 },
  { id: 'b', under: 'root', from: 900, to: 1500, failed: true },
  { id: 'b1', under: 'b', from: 950, to: 1400, failed: true },
  { id: 'a', under: 'root', from: 100, to: 1000 },
  { id: 'a2', under: 'a', from: 600, to: 800 },
  { id: 'a1', under: 'a', from: 200, to: 500 },
];

test('rows stand depth first, siblings by start, whatever the order they came in', () => {
  const rows = ['root', '·a', '··a1', '··a2', '·b', '··b1'];
  expect(outline(lay(...shop))).toEqual(rows);
  expect(outline(lay(...shop.toReversed()))).toEqual(rows);
});

test('subtrees know their size and their errors', () => {
  const tree = lay(...shop);
  expect([...tree.size]).toEqual([6, 3, 1, 1, 2, 1]);
  expect([...tree.errors]).toEqual([2, 0, 0, 0, 2, 1]);
  expect([...tree.parent]).toEqual([-1, 0, 1, 1, 0, 4]);
  expect(ancestors(tree, 5)).toEqual([4, 0]);
});

test('times are exact to the nanosecond across the second’s edge', () => {
  const tree = lay(...shop);
  expect(tree.startNs).toBe(String(sketchStartNs));
  expect([...tree.start]).toEqual([0, 100, 200, 600, 900, 950]);
  expect([...tree.end]).toEqual([2000, 1000, 500, 800, 1500, 1400]);
  expect(tree.durationNs).toBe(2000);
});

test('a trace is arriving for a while after its end, and not when a clock is far off', () => {
  const tree = lay(...shop);
  const endMs = (Number(sketchStartNs) + tree.durationNs) / 1e6;
  const arriving = [-3_600_000, -1000, 0, 14_000, 16_000].map((afterMs) => isArriving(tree, endMs + afterMs));
  expect(arriving).toEqual([false, true, true, true, false]);
});

test('collapsed rows hide what is under them', () => {
  const tree = lay(...shop);
  expect([...visibleRows(tree, new Set())]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...visibleRows(tree, new Set([1]))]).toEqual([0, 1, 4, 5]);
  expect([...visibleRows(tree, new Set([0, 1]))]).toEqual([0]);
});

test('a span whose parent has not come is a root, and marked', () => {
  const tree = lay(
    { id: 'x', under: 'lost', from: 10, to: 20 },
    { id: 'y', under: 'x', from: 12, to: 15 },
    { id: 'r', from: 0, to: 5 },
  );
  expect(outline(tree)).toEqual(['r', 'x', '·y']);
  expect([...tree.orphan]).toEqual([0, 1, 0]);
});

test('circles of parents are cut at their earliest span', () => {
  const tree = lay(
    { id: 'a', under: 'c', from: 0, to: 9 },
    { id: 'b', under: 'a', from: 1, to: 8 },
    { id: 'c', under: 'b', from: 2, to: 7 },
  );
  expect(outline(tree)).toEqual(['a', '·b', '··c']);
  expect(outline(lay({ id: 'self', under: 'self', from: 0, to: 1 }))).toEqual(['self']);
});

test('two spans with one id both have a row', () => {
  const tree = lay({ id: 'a', from: 0, to: 9 }, { id: 'b', under: 'a', from: 1, to: 8 }, { id: 'b', under: 'a', from: 2, to: 7 });
  expect(outline(tree)).toEqual(['a', '·b', '·b']);
  expect(tree.rowOf.get('b')).toBe(1);
});

test('no spans are no rows', () => {
  expect(layOut([]).spans).toEqual([]);
  expect(mostTelling(layOut([]))).toBe(-1);
});

test('own time leaves out what the children cover, once', () => {
  const tree = lay(
    { id: 'r', from: 0, to: 100 },
    { id: 'a', under: 'r', from: 10, to: 40 },
    { id: 'b', under: 'r', from: 30, to: 50 },
    { id: 'c', under: 'r', from: 90, to: 130 },
  );
  expect(selfTimeNs(tree, 0)).toBe(100 - 40 - 10);
  expect(selfTimeNs(tree, 1)).toBe(30);
});

test('the most telling span is the deepest that failed, of equals the earliest', () => {
  expect(lay(...shop).spans[mostTelling(lay(...shop))]?.spanId).toBe('b1');
  const twins = lay(
    { id: 'r', from: 0, to: 9, failed: true },
    { id: 'late', under: 'r', from: 5, to: 6, failed: true },
    { id: 'early', under: 'r', from: 1, to: 8, failed: true },
  );
  expect(twins.spans[mostTelling(twins)]?.spanId).toBe('early');
});

test('a chain of 100,000 spans lays out without recursion', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) =>
    sketchSpan({ id: `s${i}`, ...(i > 0 && { under: `s${i - 1}` }), from: i, to: 200_000 }),
  );
  const tree = layOut(chain);
  expect(tree.depth[99_999]).toBe(99_999);
  expect(tree.size[0]).toBe(100_000);
});

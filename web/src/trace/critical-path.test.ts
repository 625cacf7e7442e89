import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { criticalPath, mainRoot } from './critical-path.ts';
import { sketchSpan } from './sample-spans.ts';
import type { SpanSketch } from './sample-spans.ts';
import { layOut } from './span-tree.ts';

function path(...sketches: SpanSketch[]): string[] {
  const tree = layOut(sketches.map(sketchSpan));
  return criticalPath(tree, mainRoot(tree)).map(({ row, from, to }) => `${tree.spans[row]?.spanId} ${from}–${to}`);
}

test('a span alone is its own path', () => {
  expect(path({ id: 'r', from: 0, to: 10 })).toEqual(['r 0–10']);
});

test('the parent has the gaps, the children the rest', () => {
  expect(
    path({ id: 'r', from: 0, to: 100 }, { id: 'a', under: 'r', from: 10, to: 40 }, { id: 'b', under: 'r', from: 50, to: 90 }),
  ).toEqual(['r 0–10', 'a 10–40', 'r 40–50', 'b 50–90', 'r 90–100']);
});

test('of children side by side, the last to finish counts, and what ended before it started', () => {
  expect(
    path(
      { id: 'r', from: 0, to: 100 },
      { id: 'early', under: 'r', from: 5, to: 20 },
      { id: 'slow', under: 'r', from: 20, to: 80 },
      { id: 'quick', under: 'r', from: 20, to: 60 },
    ),
  ).toEqual(['r 0–5', 'early 5–20', 'slow 20–80', 'r 80–100']);
});

test('it goes down into the child', () => {
  expect(
    path(
      { id: 'r', from: 0, to: 100 },
      { id: 'a', under: 'r', from: 10, to: 90 },
      { id: 'a1', under: 'a', from: 20, to: 70 },
      { id: 'deep', under: 'a1', from: 30, to: 70 },
    ),
  ).toEqual(['r 0–10', 'a 10–20', 'a1 20–30', 'deep 30–70', 'a 70–90', 'r 90–100']);
});

test('children are clipped to their parent, and those outside are left out', () => {
  expect(
    path(
      { id: 'r', from: 10, to: 100 },
      { id: 'over', under: 'r', from: 60, to: 150 },
      { id: 'skewed', under: 'r', from: 0, to: 30 },
      { id: 'queued', under: 'r', from: 120, to: 180 },
    ),
  ).toEqual(['skewed 10–30', 'r 30–60', 'over 60–100']);
});

test('a grandchild is clipped to what is left of its parent', () => {
  expect(
    path({ id: 'r', from: 0, to: 50 }, { id: 'a', under: 'r', from: 10, to: 80 }, { id: 'a1', under: 'a', from: 40, to: 80 }),
  ).toEqual(['r 0–10', 'a 10–40', 'a1 40–50']);
});

test('spans without length are no part of it', () => {
  expect(path({ id: 'r', from: 0, to: 10 }, { id: 'mark', under: 'r', from: 5, to: 5 })).toEqual(['r 0–10']);
});

test('an orphan does not stand for the trace', () => {
  expect(path({ id: 'stray', under: 'lost', from: 0, to: 3 }, { id: 'r', from: 1, to: 50 })).toEqual(['r 1–50']);
});

test('whatever the spans, the sections cover the root’s time once, each inside its own span', () => {
  const span = fc.record({ under: fc.nat(), from: fc.nat(1000), length: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), (list) => {
      const spans = list.map(({ under, from, length }, i) =>
        sketchSpan({ id: `s${i}`, ...(i > 0 && { under: `s${under % i}` }), from, to: from + length }),
      );
      const tree = layOut(spans);
      const root = mainRoot(tree);
      let reached = tree.start[root]!;
      for (const { row, from, to } of criticalPath(tree, root)) {
        expect(from).toBe(reached);
        expect(from).toBeGreaterThanOrEqual(tree.start[row]!);
        expect(to).toBeLessThanOrEqual(tree.end[row]!);
        reached = to;
      }
      expect(reached).toBe(tree.end[root]!);
    }),
  );
});

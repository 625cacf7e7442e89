import { expect, test } from 'vitest';
import { criticalPath } from './critical-path.ts';
import { criticalRows } from './critical-rows.ts';
import { sketchSpan } from './sample-spans.ts';
import { layOut } from './span-tree.ts';

const tree = layOut(
  [
    { id: 'r', from: 0, to: 100 },
    { id: 'a', under: 'r', from: 10, to: 90 },
    { id: 'a1', under: 'a', from: 20, to: 40 },
    { id: 'a2', under: 'a', from: 50, to: 90 },
  ].map(sketchSpan),
);
const rows = criticalRows(tree, criticalPath(tree, 0));
const spans = (sections: readonly { from: number; to: number }[]): string[] => sections.map(({ from, to }) => `${from}–${to}`);

test('a row has its own sections', () => {
  expect(spans(rows.own(0))).toEqual(['0–10', '90–100']);
  expect(spans(rows.own(1))).toEqual(['10–20', '40–50']);
  expect(spans(rows.own(3))).toEqual(['50–90']);
});

test('a collapsed row also has those it hides, joined where they touch', () => {
  expect(spans(rows.withHidden(1))).toEqual(['10–90']);
  expect(spans(rows.withHidden(0))).toEqual(['0–100']);
});

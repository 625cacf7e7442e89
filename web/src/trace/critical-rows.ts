/** The critical path by row, for drawing: a row's own part of it, or with a collapsed row the part of all that it hides. */
import type { CriticalSection } from './critical-path.ts';
import type { SpanTree } from './span-tree.ts';

export interface CriticalRows {
  readonly own: (row: number) => readonly CriticalSection[];
  readonly withHidden: (row: number) => readonly CriticalSection[];
}

export function criticalRows(tree: SpanTree, path: readonly CriticalSection[]): CriticalRows {
  const byRow = groupByRow(path);
  const merged = new Map<number, readonly CriticalSection[]>();
  return {
    own: (row) => byRow.get(row) ?? [],
    withHidden: (row) => {
      const known = merged.get(row);
      if (known !== undefined) return known;
      const end = row + (tree.size[row] ?? 1);
      const sections = join(path.filter((section) => section.row >= row && section.row < end));
      merged.set(row, sections);
      return sections;
    },
  };
}

/** Sections in order of time, those that touch made one. */
function join(sections: readonly CriticalSection[]): CriticalSection[] {
  const joined: CriticalSection[] = [];
  for (const section of sections) {
    const last = joined.at(-1);
    if (last !== undefined && last.to === section.from) joined[joined.length - 1] = { ...last, to: section.to };
    else joined.push(section);
  }
  return joined;
}

function groupByRow(path: readonly CriticalSection[]): Map<number, CriticalSection[]> {
  const byRow = new Map<number, CriticalSection[]>();
  for (const section of path) {
    const row = byRow.get(section.row);
    if (row === undefined) byRow.set(section.row, [section]);
    else row.push(section);
  }
  return byRow;
}

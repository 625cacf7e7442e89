/**
 * The critical path of a trace: which span the request was waiting for at each moment. From the root, walk to the child that
 * finished last; what lies between its end and the moment we came from is the span's own part; go on inside the child, and
 * when it is done, at its start, with the child that ended before that. Children that run over their parent's ends are
 * clipped to it; those wholly outside (work handed to a queue) do not hold it up and are left out.
 */
import { at } from './column.ts';
import type { SpanTree } from './span-tree.ts';

export interface CriticalSection {
  readonly row: number;
  /** Nanoseconds since the trace's start. */
  readonly from: number;
  readonly to: number;
}

/** The sections in order of time, without gaps or overlaps, from the start to the end of the span at `root`. */
export function criticalPath(tree: SpanTree, root: number): CriticalSection[] {
  if (root < 0 || root >= tree.spans.length) return [];
  const sections: CriticalSection[] = [];
  const add = (row: number, from: number, to: number): void => {
    if (to > from) sections.push({ row, from, to });
  };
  const stack = [enter(tree, root, at(tree.start, root), at(tree.end, root))];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children[frame.next++];
    if (child === undefined) {
      add(frame.row, frame.from, frame.until);
      stack.pop();
    } else if (child.to <= frame.until) {
      add(frame.row, child.to, frame.until);
      frame.until = child.from;
      stack.push(enter(tree, child.row, child.from, child.to));
    }
  }
  return sections.toReversed();
}

/** The row whose path the page shows: the root that lasts longest, so that a stray orphan does not stand for the trace. */
export function mainRoot(tree: SpanTree): number {
  let best = -1;
  for (let row = 0; row < tree.spans.length; row += at(tree.size, row)) {
    const length = at(tree.end, row) - at(tree.start, row);
    if (best < 0 || length > at(tree.end, best) - at(tree.start, best)) best = row;
  }
  return best;
}

interface Frame {
  readonly row: number;
  readonly from: number;
  /** What is after this moment is accounted for. */
  until: number;
  /** Clipped to the span, the one that finished last first. */
  readonly children: readonly CriticalSection[];
  next: number;
}

function enter(tree: SpanTree, row: number, from: number, to: number): Frame {
  const children: CriticalSection[] = [];
  for (let child = row + 1; child < row + at(tree.size, row); child += at(tree.size, child)) {
    const start = Math.max(from, at(tree.start, child));
    const end = Math.min(to, at(tree.end, child));
    if (end > start) children.push({ row: child, from: start, to: end });
  }
  children.sort((a, b) => b.to - a.to || b.from - a.from);
  return { row, from, until: to, children, next: 0 };
}

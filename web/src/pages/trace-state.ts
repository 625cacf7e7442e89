/** What is selected, collapsed, found and zoomed to on the page of a trace. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { tracePath } from '../routes.ts';
import { address, navigate } from '../state/location.ts';
import { range } from '../state/range.ts';
import { criticalPath, mainRoot } from '../trace/critical-path.ts';
import { criticalRows } from '../trace/critical-rows.ts';
import type { CriticalRows } from '../trace/critical-rows.ts';
import { findSpans } from '../trace/find.ts';
import { servicesOf } from '../trace/services.ts';
import type { TraceService } from '../trace/services.ts';
import { ancestors, mostTelling, visibleRows } from '../trace/span-tree.ts';
import type { SpanTree } from '../trace/span-tree.ts';
import type { TimeWindow } from '../trace/time-window.ts';

export interface TraceState {
  readonly tree: SpanTree;
  readonly services: ReadonlyMap<string, TraceService>;
  readonly critical: CriticalRows | undefined;
  readonly toggleCritical: () => void;
  /** Rows to show, those under collapsed ones left out. */
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<number>;
  readonly collapse: (row: number, closed: boolean) => void;
  readonly collapseAll: (closed: boolean) => void;
  readonly selected: number;
  /** Selects a row and opens everything above it. */
  readonly select: (row: number) => void;
  readonly window: TimeWindow;
  readonly zoomed: boolean;
  readonly zoom: (to: TimeWindow | undefined) => void;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly found: readonly number[];
}

export function useTraceState(tree: SpanTree, traceId: string): TraceState {
  const services = useMemo(() => servicesOf(tree), [tree]);
  const path = useMemo(() => criticalRows(tree, criticalPath(tree, mainRoot(tree))), [tree]);
  const [showCritical, setShowCritical] = useState(true);
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(new Set());
  const [zoomedTo, zoom] = useState<TimeWindow>();
  const [search, setSearch] = useState('');
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  const found = useMemo(() => findSpans(tree, search), [tree, search]);
  const spanId = address.value.query.get('span') ?? '';
  const selected = tree.rowOf.get(spanId) ?? firstSelection(tree);
  const select = (row: number): void => {
    const closed = ancestors(tree, row).filter((above) => collapsed.has(above));
    if (closed.length > 0) setCollapsed(new Set([...collapsed].filter((above) => !closed.includes(above))));
    // Moving through spans is not a step that the back button should undo one by one.
    navigate(tracePath(range.peek(), traceId, tree.spans[row]?.spanId), { replace: true });
  };
  const collapse = (row: number, closed: boolean): void => {
    if ((tree.size[row] ?? 1) < 2) return;
    const next = new Set(collapsed);
    if (closed) next.add(row);
    else next.delete(row);
    setCollapsed(next);
  };
  const collapseAll = (closed: boolean): void => setCollapsed(closed ? parentsBelowRoots(tree) : new Set());
  // Collapsed ones are known by their rows, which change when more spans have come.
  useEffect(() => setCollapsed(new Set()), [tree]);
  useEffect(() => {
    const first = found[0];
    if (first !== undefined && !found.includes(selected)) select(first);
  }, [found]);
  return {
    tree,
    services,
    critical: showCritical ? path : undefined,
    toggleCritical: () => setShowCritical(!showCritical),
    rows,
    collapsed,
    collapse,
    collapseAll,
    selected,
    select,
    window: zoomedTo ?? { from: 0, to: tree.durationNs },
    zoomed: zoomedTo !== undefined,
    zoom,
    search,
    setSearch,
    found,
  };
}

function firstSelection(tree: SpanTree): number {
  return Math.max(0, mostTelling(tree));
}

function parentsBelowRoots(tree: SpanTree): ReadonlySet<number> {
  const rows = new Set<number>();
  tree.size.forEach((size, row) => {
    if (size > 1 && (tree.depth[row] ?? 0) > 0) rows.add(row);
  });
  return rows;
}

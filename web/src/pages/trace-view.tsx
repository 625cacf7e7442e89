import { useRef } from 'preact/hooks';
import type { LogsAnswer, TraceAnswer } from '../../../src/api/sonde/contract.ts';
import type { Query } from '../api/query.ts';
import { Icon } from '../components/icon.tsx';
import { useKeys } from '../state/keys.ts';
import type { SpanTree } from '../trace/span-tree.ts';
import { TraceDetail } from './trace-detail.tsx';
import { TraceHead } from './trace-head.tsx';
import { TraceMinimap } from './trace-minimap.tsx';
import { useTraceState } from './trace-state.ts';
import type { TraceState } from './trace-state.ts';
import { TraceWaterfall } from './trace-waterfall.tsx';

interface TraceViewProps {
  readonly answer: TraceAnswer;
  readonly tree: SpanTree;
  readonly logs: Query<LogsAnswer>;
}

export function TraceView({ answer, tree, logs }: TraceViewProps) {
  const state = useTraceState(tree, answer.traceId);
  const search = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useTraceKeys(state, search);
  return (
    <div class="workspace trace">
      <TraceHead traceId={answer.traceId} state={state} searchRef={search} />
      {answer.truncated && (
        <div class="notice" role="status">
          <Icon name="error" />
          <p>This trace has more spans than are loaded at once; these are the first {answer.spans.length} by start.</p>
        </div>
      )}
      <div class="trace-panes">
        <div class="panel trace-main">
          <TraceMinimap state={state} scroller={scroller} />
          <TraceWaterfall state={state} scroller={scroller} />
        </div>
        <TraceDetail traceId={answer.traceId} state={state} logs={logs} />
      </div>
    </div>
  );
}

function useTraceKeys(state: TraceState, search: { current: HTMLInputElement | null }): void {
  const { tree, rows, selected, select, collapse } = state;
  const move = (by: number): void => {
    const at = rows.indexOf(selected);
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (row !== undefined) select(row);
  };
  const next = (list: readonly number[], direction: 1 | -1): void => {
    const onward = direction > 0 ? list.find((row) => row > selected) : list.findLast((row) => row < selected);
    const row = onward ?? list.at(direction > 0 ? 0 : -1);
    if (row !== undefined) select(row);
  };
  const left = (): void => {
    if ((tree.size[selected] ?? 1) > 1 && !state.collapsed.has(selected)) collapse(selected, true);
    else select(Math.max(0, tree.parent[selected] ?? 0));
  };
  const right = (): void => (state.collapsed.has(selected) ? collapse(selected, false) : move(1));
  const failed = (): number[] => tree.spans.flatMap((span, row) => (span.status.code === 'error' ? [row] : []));
  const nextSpan = { doc: 'Next span', run: () => move(1) };
  const previousSpan = { doc: 'Previous span', run: () => move(-1) };
  useKeys([
    { keys: 'j', ...nextSpan },
    { keys: 'ArrowDown', ...nextSpan },
    { keys: 'k', ...previousSpan },
    { keys: 'ArrowUp', ...previousSpan },
    { keys: 'PageDown', doc: 'Twenty spans on', run: () => move(20) },
    { keys: 'PageUp', doc: 'Twenty spans back', run: () => move(-20) },
    { keys: 'Home', doc: 'First span', run: () => move(-Infinity) },
    { keys: 'End', doc: 'Last span', run: () => move(Infinity) },
    { keys: 'ArrowLeft', doc: 'Collapse, or go to the parent', run: left },
    { keys: 'ArrowRight', doc: 'Expand, or go to the first child', run: right },
    { keys: 'e', doc: 'Next failed span', run: () => next(failed(), 1) },
    { keys: 'E', doc: 'Previous failed span', run: () => next(failed(), -1) },
    { keys: 'n', doc: 'Next span found', run: () => next(state.found, 1) },
    { keys: 'N', doc: 'Previous span found', run: () => next(state.found, -1) },
    { keys: 'c', doc: 'Critical path', run: state.toggleCritical },
    { keys: '/', doc: 'Search', run: () => search.current?.focus() },
    {
      keys: 'Escape',
      doc: 'Whole time, no search',
      run: () => {
        state.zoom(undefined);
        state.setSearch('');
      },
    },
  ]);
}

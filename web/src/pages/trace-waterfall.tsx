import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { evenWindow, scrollToShow } from '../components/row-window.ts';
import { useScrollView } from '../components/scroll-view.ts';
import { formatDuration } from '../format/duration.ts';
import { shareOf, ticksOf } from '../trace/time-window.ts';
import { SpanRow, spanRowPx } from './trace-row.tsx';
import type { TraceState } from './trace-state.ts';

interface TraceWaterfallProps {
  readonly state: TraceState;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

/** The spans as rows over time. Only those in view are in the document, however many there are. */
export function TraceWaterfall({ state, scroller }: TraceWaterfallProps) {
  const { scrollPx, viewPx } = useScrollView(scroller);
  const { rows, selected, tree } = state;
  const place = rows.indexOf(selected);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null || place < 0) return;
    const top = scrollToShow(place * spanRowPx, spanRowPx, box.scrollTop, box.clientHeight);
    if (top !== box.scrollTop) box.scrollTop = top;
  }, [place, rows]);
  const { first, end } = evenWindow(rows.length, spanRowPx, scrollPx, viewPx);
  const deepest = tree.depth.reduce((most, depth) => Math.max(most, depth), 0);
  const indentPx = Math.max(3, Math.min(14, 168 / Math.max(1, deepest)));
  const found = new Set(state.found);
  return (
    <>
      <TimeScale state={state} />
      <div
        ref={scroller}
        class="waterfall"
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={place >= first && place < end ? `span-${selected}` : undefined}
      >
        <div class="waterfall-rows" style={{ height: `${rows.length * spanRowPx}px` }}>
          {Array.from(rows.subarray(first, end), (row, i) => (
            <SpanRow
              key={row}
              row={row}
              topPx={(first + i) * spanRowPx}
              indentPx={indentPx}
              state={state}
              found={found.has(row)}
            />
          ))}
        </div>
      </div>
    </>
  );
}

function TimeScale({ state }: { readonly state: TraceState }) {
  return (
    <div class="time-scale" aria-hidden="true">
      <span class="time-scale-name">Service and operation</span>
      <div>
        {ticksOf(state.window, 5).map((tick) => {
          const left = `${shareOf(state.window, tick) * 100}%`;
          return (
            <span key={tick} style={{ left }}>
              {tick === 0 ? '0' : formatDuration(tick)}
            </span>
          );
        })}
      </div>
    </div>
  );
}

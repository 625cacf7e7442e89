import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useScrollView } from '../components/scroll-view.ts';
import { palette } from '../state/theme.ts';
import type { Palette } from '../style/tokens.ts';
import { at } from '../trace/column.ts';
import type { TraceState } from './trace-state.ts';
import { spanRowPx } from './trace-row.tsx';

const heightPx = 56;

interface TraceMinimapProps {
  readonly state: TraceState;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

/** The whole trace in small, on a canvas. Dragging zooms to a part of the time; a click goes to that height of the list. */
export function TraceMinimap({ state, scroller }: TraceMinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const colours = palette.value;
  useLayoutEffect(() => {
    const [element, frame] = [canvas.current, box.current];
    if (element === null || frame === null) return undefined;
    const draw = (): void => paint(element, frame.clientWidth, state, colours);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [state.tree, state.rows, colours]);
  const drag = useDrag(box, state, scroller);
  const { from, to } = state.window;
  const total = Math.max(1, state.tree.durationNs);
  return (
    <div ref={box} class="minimap" style={{ height: `${heightPx}px` }} {...drag.handlers}>
      <canvas ref={canvas} role="img" aria-label={`The whole trace in small: ${state.tree.spans.length} spans`} />
      <Viewport state={state} scroller={scroller} />
      {state.zoomed && (
        <>
          <i class="minimap-shade" style={{ left: '0', width: `${(from / total) * 100}%` }} />
          <i class="minimap-shade" style={{ left: `${(to / total) * 100}%`, right: '0' }} />
        </>
      )}
      {drag.selection !== undefined && (
        <i
          class="minimap-selection"
          style={{ left: `${drag.selection.from * 100}%`, width: `${(drag.selection.to - drag.selection.from) * 100}%` }}
        />
      )}
    </div>
  );
}

/** Which of the rows the list below shows. */
function Viewport({ state, scroller }: TraceMinimapProps) {
  const { scrollPx, viewPx } = useScrollView(scroller);
  const rowsPx = Math.max(1, state.rows.length * spanRowPx);
  if (rowsPx <= viewPx) return null;
  const top = (scrollPx / rowsPx) * heightPx;
  return <i class="minimap-view" style={{ top: `${top}px`, height: `${Math.max(3, (viewPx / rowsPx) * heightPx)}px` }} />;
}

function paint(element: HTMLCanvasElement, widthPx: number, { tree, rows, services }: TraceState, colours: Palette): void {
  const ratio = globalThis.devicePixelRatio;
  element.width = widthPx * ratio;
  element.height = heightPx * ratio;
  const context = element.getContext('2d');
  if (context === null) return;
  const perNs = element.width / Math.max(1, tree.durationNs);
  const rowHeight = element.height / Math.max(1, rows.length);
  const barHeight = Math.max(ratio, Math.min(3 * ratio, rowHeight * 0.7));
  const colourOf = new Map(
    [...services.values()].map(({ name, index }) => [name, colours.series[index % colours.series.length] ?? colours.accent]),
  );
  // Failed spans last, so that no other covers them.
  for (const failed of [false, true]) {
    rows.forEach((row, i) => {
      const span = tree.spans[row];
      if (span === undefined || (span.status.code === 'error') !== failed) return;
      context.fillStyle = failed ? colours.errorFill : (colourOf.get(span.service) ?? colours.accent);
      const width = Math.max(ratio, (at(tree.end, row) - at(tree.start, row)) * perNs);
      context.fillRect(at(tree.start, row) * perNs, i * rowHeight, width, failed ? Math.max(barHeight, 2 * ratio) : barHeight);
    });
  }
}

/** Follows a drag over the minimap, in shares of its width. */
function useDrag(box: RefObject<HTMLDivElement | null>, state: TraceState, scroller: RefObject<HTMLDivElement | null>) {
  const [selection, setSelection] = useState<{ readonly from: number; readonly to: number }>();
  const startedAt = useRef<number>(undefined);
  const share = (event: PointerEvent): number => {
    const rect = box.current?.getBoundingClientRect();
    return rect === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - rect.left) / rect.width));
  };
  const part = (event: PointerEvent, start: number) => ({
    from: Math.min(start, share(event)),
    to: Math.max(start, share(event)),
  });
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      startedAt.current = share(event);
      box.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (startedAt.current !== undefined) setSelection(part(event, startedAt.current));
    },
    onPointerUp: (event: PointerEvent) => {
      const start = startedAt.current;
      startedAt.current = undefined;
      setSelection(undefined);
      if (start === undefined) return;
      const { from, to } = part(event, start);
      const total = state.tree.durationNs;
      if (to - from > 0.005) state.zoom({ from: from * total, to: to * total });
      else scroller.current?.scrollTo({ top: ((event.offsetY / heightPx) * state.rows.length - 10) * spanRowPx });
    },
    onDblClick: () => state.zoom(undefined),
  };
  return { selection, handlers };
}

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogRecord } from '../../../src/api/sonde/contract.ts';
import { formatClockMs, formatDay, formatExact, nsToMs } from '../format/time.ts';
import type { LogFilters } from '../routes.ts';
import { useKeys } from '../state/keys.ts';
import { nowMs, useReading } from '../state/range.ts';
import { useKeptScroll } from './kept-scroll.ts';
import { LogDetail } from './log-detail.tsx';
import { unevenWindow } from './row-window.ts';
import { useScrollView } from './scroll-view.ts';

const rowPx = 24;

/** Characters of a record's text that a line shows at most. */
const lineMax = 4000;

interface LogListProps {
  readonly logs: readonly LogRecord[];
  readonly wrap: boolean;
  readonly filters: LogFilters;
  readonly change: (part: Partial<LogFilters>) => void;
  /** What stands at the end of the list. */
  readonly children: ComponentChildren;
}

/** Log records, of which only those in view are in the document. One can be selected, and each opens under itself. */
export function LogList({ logs, wrap, filters, change, children }: LogListProps) {
  const box = useRef<HTMLDivElement>(null);
  const { scrollPx, viewPx } = useScrollView(box);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState(-1);
  useReading(scrollPx > rowPx || open.size > 0);
  useKeptScroll(box);
  const heights = useRowHeights(logs, wrap);
  const rows = unevenWindow(logs.length, heights.of, rowPx, scrollPx, viewPx);
  const toggle = (log: LogRecord): void => {
    const next = new Set(open);
    if (!next.delete(keyOf(log))) next.add(keyOf(log));
    setOpen(next);
  };
  const select = (row: number): void => {
    setSelected(row);
    box.current?.querySelector(`[data-log="${row}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys([
    { keys: 'j', doc: 'Next in the list', run: () => select(Math.min(logs.length - 1, selected + 1)) },
    { keys: 'k', doc: 'Previous in the list', run: () => select(Math.max(0, selected - 1)) },
    {
      keys: 'Enter',
      doc: 'Open',
      run: () => {
        const log = logs[selected];
        if (log !== undefined) toggle(log);
      },
    },
    { keys: 'Escape', doc: 'Close', run: () => setOpen(new Set()) },
  ]);
  return (
    <div
      class={wrap ? 'panel list-panel logs wrap' : 'panel list-panel logs'}
      ref={box}
      role="list"
      aria-label="Log records"
      tabIndex={-1}
    >
      <div style={{ height: `${rows.abovePx}px` }} />
      {logs.slice(rows.first, rows.end).map((log, i) => {
        const row = rows.first + i;
        return (
          <div
            key={row}
            role="listitem"
            data-log={row}
            class={row === selected ? 'log selected' : 'log'}
            ref={(element) => heights.measure(row, element)}
          >
            <LogLine log={log} open={open.has(keyOf(log))} toggle={() => toggle(log)} />
            {open.has(keyOf(log)) && <LogDetail log={log} filters={filters} change={change} />}
          </div>
        );
      })}
      <div style={{ height: `${rows.belowPx}px` }} />
      {children}
    </div>
  );
}

function LogLine({ log, open, toggle }: { readonly log: LogRecord; readonly open: boolean; readonly toggle: () => void }) {
  const ms = nsToMs(log.timeNs);
  const today = new Date(ms).toDateString() === new Date(nowMs()).toDateString();
  return (
    <button type="button" class={`log-line level-${log.level}`} aria-expanded={open} onClick={toggle}>
      <i class="level-bar" />
      <time title={formatExact(log.timeNs)}>
        {!today && <span>{formatDay(ms)} </span>}
        {formatClockMs(ms)}
      </time>
      <span class="level">{log.level}</span>
      <span class="log-service" title={log.service}>
        {log.service}
      </span>
      <span class="log-body">{lineOf(log)}</span>
    </button>
  );
}

/** What stands in the line: enough of the text to fill it; all of it is in the detail. */
function lineOf({ body, eventName }: LogRecord): string {
  return body === '' ? eventName : body.length > lineMax ? `${body.slice(0, lineMax)}…` : body;
}

/** Knows a record again in the next answer, which has it as another object. */
function keyOf({ timeNs, service, traceId, spanId, body }: LogRecord): string {
  return `${timeNs} ${service} ${traceId} ${spanId} ${body.slice(0, 80)}`;
}

/** Heights as rows are measured; forgotten when lines begin or stop to wrap. */
function useRowHeights(logs: readonly LogRecord[], wrap: boolean) {
  const heights = useMemo(() => new Map<LogRecord, number>(), [wrap]);
  const shown = useRef(new Map<number, HTMLElement>());
  const [, redraw] = useState(0);
  const read = (): void => {
    let changed = false;
    for (const [row, element] of shown.current) {
      const log = logs[row];
      if (log === undefined || heights.get(log) === element.offsetHeight) continue;
      heights.set(log, element.offsetHeight);
      changed = true;
    }
    if (changed) redraw((before) => before + 1);
  };
  useLayoutEffect(read);
  useEffect(() => {
    const forget = (): void => {
      heights.clear();
      redraw((before) => before + 1);
    };
    globalThis.addEventListener('resize', forget);
    return () => globalThis.removeEventListener('resize', forget);
  }, [heights]);
  const measure = (row: number, element: HTMLElement | null): void => {
    if (element === null) shown.current.delete(row);
    else shown.current.set(row, element);
  };
  const of = (row: number): number | undefined => {
    const log = logs[row];
    return log === undefined ? undefined : heights.get(log);
  };
  return { of, measure };
}

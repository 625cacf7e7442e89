import type { Span } from '../../../src/api/sonde/contract.ts';
import { Icon } from '../components/icon.tsx';
import { KindMark } from '../components/kind-mark.tsx';
import { formatDuration } from '../format/duration.ts';
import { shortSpanName } from '../format/span-name.ts';
import { at, item } from '../trace/column.ts';
import { shareOf, ticksOf } from '../trace/time-window.ts';
import type { TraceState } from './trace-state.ts';

/** The height of a row, which the virtual list counts with. */
export const spanRowPx = 26;

/** How many events of a span are marked on its bar; the rest is in the details. */
const eventsMax = 100;

interface SpanRowProps {
  readonly row: number;
  readonly topPx: number;
  readonly indentPx: number;
  readonly state: TraceState;
  readonly found: boolean;
}

export function SpanRow({ row, topPx, indentPx, state, found }: SpanRowProps) {
  const { tree, selected, collapsed } = state;
  const span = item(tree.spans, row);
  const failed = span.status.code === 'error';
  const parent = at(tree.size, row) > 1;
  const closed = collapsed.has(row);
  const depth = at(tree.depth, row);
  const names = ['span-row', row === selected ? 'selected' : '', failed ? 'failed' : '', found ? 'found' : ''];
  return (
    <div
      id={`span-${row}`}
      class={names.filter((name) => name !== '').join(' ')}
      style={{ top: `${topPx}px` }}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={row === selected}
      aria-expanded={parent ? !closed : undefined}
      aria-label={`${span.service} ${span.name}, ${formatDuration(span.durationNs)}${failed ? ', failed' : ''}`}
      onClick={() => state.select(row)}
    >
      <div
        class="span-name"
        style={{ paddingLeft: `${depth * indentPx + 4}px`, '--indent': `${indentPx}px`, '--guides': `${depth * indentPx}px` }}
      >
        {parent ? (
          <button
            type="button"
            class={closed ? 'twist closed' : 'twist'}
            tabIndex={-1}
            aria-label={closed ? 'Expand' : 'Collapse'}
            onClick={(event) => {
              event.stopPropagation();
              state.collapse(row, !closed);
            }}
          >
            <Icon name="down" />
          </button>
        ) : (
          <span class="twist" />
        )}
        <i class="span-service" style={{ background: colourOf(state, span) }} />
        {failed && <Icon name="error" />}
        <KindMark kind={span.kind} />
        <span class="span-text" title={`${span.service} · ${span.name}`}>
          {entersService(state, row) && <span class="muted">{span.service} </span>}
          {shortSpanName(span.name)}
        </span>
        {closed && <span class="hidden-count">{at(tree.size, row) - 1}</span>}
        {closed && !failed && at(tree.errors, row) > 0 && <Icon name="error" />}
        {at(tree.orphan, row) === 1 && (
          <span class="tag" title="Its parent span has not come">
            no parent
          </span>
        )}
      </div>
      <SpanBar row={row} span={span} state={state} />
    </div>
  );
}

function SpanBar({ row, span, state }: { readonly row: number; readonly span: Span; readonly state: TraceState }) {
  const { tree, window, critical, collapsed } = state;
  const from = shareOf(window, at(tree.start, row));
  const to = shareOf(window, at(tree.end, row));
  const [left, right] = [clamp(from), clamp(to)];
  const sections = collapsed.has(row) ? critical?.withHidden(row) : critical?.own(row);
  const outside = to < 0 || from > 1;
  return (
    <div class="span-time">
      {ticksOf(window, 5).map((tick) => (
        <i key={tick} class="guide" style={{ left: `${shareOf(window, tick) * 100}%` }} />
      ))}
      {!outside && (
        <i
          class="span-bar"
          style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%`, '--colour': colourOf(state, span) }}
        />
      )}
      {sections?.map((section) => {
        const [start, end] = [clamp(shareOf(window, section.from)), clamp(shareOf(window, section.to))];
        return end > start ? (
          <i key={section.from} class="critical" style={{ left: `${start * 100}%`, width: `${(end - start) * 100}%` }} />
        ) : null;
      })}
      {span.events.slice(0, eventsMax).map((event, i) => {
        const place = shareOf(window, at(tree.start, row) + Number(BigInt(event.timeNs) - BigInt(span.startNs)));
        if (place < 0 || place > 1) return null;
        return (
          <i
            key={i}
            class={event.name === 'exception' ? 'event bad' : 'event'}
            style={{ left: `${place * 100}%` }}
            title={event.name}
          />
        );
      })}
      {!outside && (
        <span class="span-duration" style={{ left: `${right * 100}%` }}>
          {formatDuration(span.durationNs)}
        </span>
      )}
    </div>
  );
}

/** The name of the service is said where a trace enters it; below, the colour goes on saying it. */
function entersService({ tree }: TraceState, row: number): boolean {
  const parent = at(tree.parent, row);
  return parent < 0 || item(tree.spans, parent).service !== item(tree.spans, row).service;
}

/** The colour of the span's service, as a custom property. */
export function colourOf(state: TraceState, span: Span): string {
  return `var(--series-${(state.services.get(span.service)?.index ?? 0) % 8})`;
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}

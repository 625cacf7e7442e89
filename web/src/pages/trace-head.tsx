import type { RefObject } from 'preact';
import { Crumbs } from '../components/crumbs.tsx';
import { TextFilter } from '../components/filters.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Icon } from '../components/icon.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatCount } from '../format/number.ts';
import { formatAgo, formatExact, formatMoment, nsToMs } from '../format/time.ts';
import { logsPath, servicePath, tracesPath } from '../routes.ts';
import { nowMs, range } from '../state/range.ts';
import { mainRoot } from '../trace/critical-path.ts';
import { item } from '../trace/column.ts';
import type { TraceState } from './trace-state.ts';

interface TraceHeadProps {
  readonly traceId: string;
  readonly state: TraceState;
  readonly searchRef: RefObject<HTMLInputElement | null>;
}

/** What the trace is, in a line, and the tools of its page. */
export function TraceHead({ traceId, state, searchRef }: TraceHeadProps) {
  const { tree } = state;
  const root = item(tree.spans, mainRoot(tree));
  const startMs = nsToMs(tree.startNs);
  const errors = tree.spans.filter((span) => span.status.code === 'error').length;
  return (
    <>
      <div class="page-head">
        <Crumbs trail={[{ text: 'Traces', href: tracesPath(range.value) }]} title={`${root.service} · ${root.name}`} />
        <p class="facts">
          <b>{formatDuration(tree.durationNs)}</b>
          <span title={formatExact(tree.startNs)}>
            {formatMoment(startMs, nowMs())} <span class="muted">({formatAgo(startMs, nowMs())})</span>
          </span>
          <span>{tree.spans.length === 1 ? '1 span' : `${formatCount(tree.spans.length)} spans`}</span>
          <span class={errors > 0 ? 'bad' : 'muted'}>{errors === 0 ? 'none failed' : `${formatCount(errors)} failed`}</span>
          <span class="mono muted" title={traceId}>
            {traceId.slice(0, 8)}…
            <CopyButton text={traceId} label="Copy the trace id" />
          </span>
        </p>
        <nav class="page-links" aria-label="More about this trace">
          <a class="control" href={logsPath(range.value, { traceId })}>
            Logs of this trace
          </a>
        </nav>
      </div>
      <div class="filters trace-tools">
        <SearchInTrace state={state} inputRef={searchRef} />
        <button
          type="button"
          class="control"
          aria-pressed={state.critical !== undefined}
          title="Critical path  c"
          onClick={state.toggleCritical}
        >
          Critical path
        </button>
        <button type="button" class="control" aria-label="Expand all" title="Expand all" onClick={() => state.collapseAll(false)}>
          <Icon name="expand" />
        </button>
        <button
          type="button"
          class="control"
          aria-label="Collapse all"
          title="Collapse all"
          onClick={() => state.collapseAll(true)}
        >
          <Icon name="collapse" />
        </button>
        {state.zoomed && (
          <button type="button" class="control" title="Show the whole time  Esc" onClick={() => state.zoom(undefined)}>
            <Icon name="zoomOut" />
            Whole time
          </button>
        )}
        <ServiceLegend state={state} />
      </div>
    </>
  );
}

function SearchInTrace({
  state,
  inputRef,
}: {
  readonly state: TraceState;
  readonly inputRef: RefObject<HTMLInputElement | null>;
}) {
  const { found, search, selected } = state;
  const at = found.indexOf(selected);
  return (
    <div class="trace-search">
      <TextFilter
        search
        label="Search in this trace"
        placeholder="Search in this trace"
        widthPx={240}
        inputRef={inputRef}
        value={search}
        onChange={state.setSearch}
      />
      {search !== '' && (
        <span class="muted" role="status">
          {found.length === 0
            ? 'nothing found'
            : at < 0
              ? `${formatCount(found.length)} found`
              : `${at + 1} of ${formatCount(found.length)}`}
        </span>
      )}
    </div>
  );
}

function ServiceLegend({ state }: { readonly state: TraceState }) {
  return (
    <ul class="legend service-legend" aria-label="Services of this trace">
      {[...state.services.values()].map(({ name, index, spans, errors }) => (
        <li key={name}>
          <i style={{ background: `var(--series-${index % 8})` }} />
          <a href={servicePath(range.value, name)} title={`${name}: ${formatCount(spans)} spans, ${formatCount(errors)} failed`}>
            {name}
          </a>
          <span class="faint">{formatCount(spans)}</span>
        </li>
      ))}
    </ul>
  );
}

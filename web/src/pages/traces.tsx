import { useMemo, useRef } from 'preact/hooks';
import type { TracesAnswer, TraceSummary } from '../../../src/api/sonde/contract.ts';
import { tracesUrl } from '../api/endpoints.ts';
import { usePages } from '../api/query.ts';
import { TraceScatter } from '../charts/trace-scatter.tsx';
import { Icon } from '../components/icon.tsx';
import { ListPanel } from '../components/list-panel.tsx';
import { MoreButton } from '../components/more-button.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { formatDuration } from '../format/duration.ts';
import { formatCount } from '../format/number.ts';
import { formatExact, formatMoment, nsToMs } from '../format/time.ts';
import { traceFiltersOf, tracePath, tracesPath } from '../routes.ts';
import type { TraceFilters } from '../routes.ts';
import { address, navigate } from '../state/location.ts';
import { nowMs, range, resolvedRange, widenRange } from '../state/range.ts';
import { TraceFilterBar } from './trace-filters.tsx';

/** The traces that match the filters, as dots over time and as a list. */
export function TracesPage() {
  const filters = traceFiltersOf(address.value.query);
  const change = (part: Partial<TraceFilters>): void => navigate(tracesPath(range.peek(), { ...filters, ...part }));
  const pages = usePages<TracesAnswer>(tracesUrl(resolvedRange.value, filters), JSON.stringify(filters));
  const traces = useMemo(() => pages.answers.flatMap((answer) => answer.traces), [pages.answers]);
  const ready = pages.answers.length > 0;
  return (
    <div class="workspace">
      <h1 class="unseen">Traces</h1>
      <TraceFilterBar filters={filters} change={change} />
      <div class="panel chart-panel">
        <TraceScatter traces={traces} whole={filters.sort === 'longest' || pages.more === undefined} heightPx={132} />
      </div>
      {pages.error !== undefined && <ErrorNotice error={pages.error} retry={pages.retry} />}
      {!ready && pages.loading && <Placeholder rows={8} />}
      {ready && traces.length === 0 && <NoTraces filters={filters} />}
      {traces.length > 0 && (
        <ListPanel>
          <TracesTable traces={traces} />
          <MoreButton pages={pages} what="traces" count={traces.length} />
        </ListPanel>
      )}
    </div>
  );
}

function NoTraces({ filters }: { readonly filters: TraceFilters }) {
  const filtered = tracesPath(range.value, filters) !== tracesPath(range.value, { sort: filters.sort });
  return (
    <EmptyNotice title={filtered ? 'No trace matches these filters in this time range' : 'No traces in this time range'}>
      <div class="actions">
        {filtered && (
          <a class="control" href={tracesPath(range.value)}>
            Clear all filters
          </a>
        )}
        <button type="button" class="control" onClick={widenRange}>
          Zoom out
        </button>
      </div>
    </EmptyNotice>
  );
}

function TracesTable({ traces }: { readonly traces: readonly TraceSummary[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  const longestNs = useMemo(() => traces.reduce((most, trace) => Math.max(most, Number(trace.durationNs)), 1), [traces]);
  return (
    <table class="table traces sticky">
      <caption class="unseen">Traces</caption>
      <thead>
        <tr>
          <th scope="col" class="name">
            Trace
          </th>
          <th scope="col">Started</th>
          <th scope="col" class="number">
            Duration
          </th>
          <th scope="col" class="bar-cell">
            <span class="unseen">Compared with the longest</span>
          </th>
          <th scope="col" class="number">
            Spans
          </th>
          <th scope="col" class="number">
            Errors
          </th>
          <th scope="col">Services</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {traces.map((trace) => (
          <TraceRow key={trace.traceId} trace={trace} longestNs={longestNs} />
        ))}
      </tbody>
    </table>
  );
}

/** The root often ends and comes last; or it was never sent. */
const rootMissing = '(root span not here)';

function TraceRow({ trace, longestNs }: { readonly trace: TraceSummary; readonly longestNs: number }) {
  const failed = trace.errorCount > 0;
  const service = trace.rootService === '' ? (trace.services[0] ?? '') : trace.rootService;
  const others = trace.services.filter((each) => each !== service);
  return (
    <tr class="linked">
      <th scope="row" class="name">
        <a
          class="row-link"
          data-row
          href={tracePath(range.value, trace.traceId)}
          title={`${service} · ${trace.rootName || rootMissing}\n${trace.traceId}`}
        >
          <span class="muted">{service}</span> {trace.rootName === '' ? <span class="muted">{rootMissing}</span> : trace.rootName}
        </a>
      </th>
      <td class="muted" title={formatExact(trace.startNs)}>
        {formatMoment(nsToMs(trace.startNs), nowMs())}
      </td>
      <td class="number">{formatDuration(trace.durationNs)}</td>
      <td class="bar-cell">
        <i class={failed ? 'share-bar bad' : 'share-bar'} style={{ width: `${(Number(trace.durationNs) / longestNs) * 100}%` }} />
      </td>
      <td class="number">{formatCount(trace.spanCount)}</td>
      <td class="number">
        {failed ? (
          <span class="bad">
            <Icon name="error" />
            {formatCount(trace.errorCount)}
          </span>
        ) : (
          <span class="faint">0</span>
        )}
      </td>
      <td class="services-cell" title={trace.services.join(', ')}>
        {others.length === 0 ? <span class="faint">{service} alone</span> : `+ ${others.join(', ')}`}
      </td>
    </tr>
  );
}

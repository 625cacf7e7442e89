import { useMemo, useRef, useState } from 'preact/hooks';
import type { LogsAnswer, LogsHistogramAnswer } from '../../../src/api/sonde/contract.ts';
import { logHistogramUrl, logsUrl } from '../api/endpoints.ts';
import { usePages, useQuery } from '../api/query.ts';
import { LevelBars } from '../charts/level-bars.tsx';
import { attrChips, AttributeFilter, Chips, ServiceFilter, TextFilter } from '../components/filters.tsx';
import { Icon } from '../components/icon.tsx';
import { LogList } from '../components/log-list.tsx';
import { MoreButton } from '../components/more-button.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { logFiltersOf, logsPath, toggled } from '../routes.ts';
import type { LogFilters } from '../routes.ts';
import { useKeys } from '../state/keys.ts';
import { address, navigate } from '../state/location.ts';
import { range, resolvedRange, widenRange } from '../state/range.ts';
import { recall, remember } from '../state/remembered.ts';

const barsPx = 96;

/** The log records that match the filters: how many by level over time, and each of them, newest first. */
export function LogsPage() {
  const filters = logFiltersOf(address.value.query);
  const subject = JSON.stringify(filters);
  const change = (part: Partial<LogFilters>): void => {
    // One step for the back button while a text is typed, not one for each pause.
    const replace = part.text !== undefined && filters.text !== '';
    navigate(logsPath(range.peek(), { ...filters, ...part }), { replace });
  };
  const pages = usePages<LogsAnswer>(logsUrl(resolvedRange.value, filters), subject);
  const histogram = useQuery<LogsHistogramAnswer>(logHistogramUrl(resolvedRange.value, filters));
  const logs = useMemo(() => pages.answers.flatMap((answer) => answer.logs), [pages.answers]);
  const [wrap, setWrap] = useState(recall('wrap') === 'on');
  const ready = pages.answers.length > 0;
  const toggleWrap = (): void => {
    remember('wrap', wrap ? null : 'on');
    setWrap(!wrap);
  };
  return (
    <div class="workspace">
      <h1 class="unseen">Logs</h1>
      <LogFilterBar filters={filters} change={change} wrap={wrap} toggleWrap={toggleWrap} />
      <div class="panel chart-panel" style={{ minHeight: `${barsPx + 42}px` }}>
        {histogram.data !== undefined && (
          <LevelBars
            histogram={histogram.data}
            chosen={filters.levels}
            onLevel={(level) => change({ levels: toggled(filters.levels, level) })}
            heightPx={barsPx}
          />
        )}
        {histogram.error !== undefined && pages.error === undefined && (
          <ErrorNotice error={histogram.error} retry={histogram.retry} />
        )}
      </div>
      {pages.error !== undefined && <ErrorNotice error={pages.error} retry={pages.retry} />}
      {!ready && pages.loading && <Placeholder rows={14} heightPx={24} />}
      {ready && logs.length === 0 && <NoLogs filters={filters} />}
      {logs.length > 0 && (
        <LogList logs={logs} wrap={wrap} filters={filters} change={change}>
          <MoreButton pages={pages} what="records" count={logs.length} />
        </LogList>
      )}
    </div>
  );
}

interface LogFilterBarProps {
  readonly filters: LogFilters;
  readonly change: (part: Partial<LogFilters>) => void;
  readonly wrap: boolean;
  readonly toggleWrap: () => void;
}

function LogFilterBar({ filters, change, wrap, toggleWrap }: LogFilterBarProps) {
  const search = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: '/', doc: 'Search', run: () => search.current?.focus() },
    { keys: 'w', doc: 'Wrap long lines', run: toggleWrap },
  ]);
  const chips = chipsOf(filters);
  return (
    <div class="filters" role="search" aria-label="Filter logs">
      <TextFilter
        search
        label="Search in the text"
        placeholder="Search in the text"
        widthPx={280}
        inputRef={search}
        value={filters.text}
        onChange={(text) => change({ text })}
      />
      <ServiceFilter value={filters.service} onChoose={(service) => change({ service })} />
      <TextFilter
        label="Trace id"
        placeholder="Trace id"
        widthPx={130}
        value={filters.traceId}
        onChange={(traceId) => change({ traceId: traceId.trim().toLowerCase() })}
      />
      <AttributeFilter
        signal="logs"
        service={filters.service}
        onAdd={(attr) => change({ attrs: filters.attrs.includes(attr) ? filters.attrs : [...filters.attrs, attr] })}
      />
      <div class="filters-end">
        <button type="button" class="control" aria-pressed={wrap} title="Wrap long lines  w" onClick={toggleWrap}>
          <Icon name="wrap" />
          Wrap
        </button>
      </div>
      {chips.length > 0 && <Chips items={chips} onRemove={(i) => change(chips[i]?.without ?? {})} />}
    </div>
  );
}

/** The filters that have no field of their own, each with what the others are without it. */
function chipsOf(filters: LogFilters) {
  return [
    ...filters.levels.map((level) => ({
      name: 'level',
      value: level as string,
      without: { levels: toggled(filters.levels, level) },
    })),
    ...(filters.spanId === '' ? [] : [{ name: 'span', value: filters.spanId, without: { spanId: '' } }]),
    ...attrChips(filters.attrs).map(({ name, value }, i) => ({
      name,
      value,
      without: { attrs: filters.attrs.filter((_, at) => at !== i) },
    })),
  ];
}

function NoLogs({ filters }: { readonly filters: LogFilters }) {
  const filtered = logsPath(range.value, filters) !== logsPath(range.value);
  return (
    <EmptyNotice
      title={filtered ? 'No log record matches these filters in this time range' : 'No log records in this time range'}
    >
      <div class="actions">
        {filtered && (
          <a class="control" href={logsPath(range.value)}>
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

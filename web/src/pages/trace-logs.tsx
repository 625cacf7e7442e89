import { useState } from 'preact/hooks';
import type { LogRecord, LogsAnswer } from '../../../src/api/sonde/contract.ts';
import type { Query } from '../api/query.ts';
import { AttributeList } from '../components/attribute-list.tsx';
import { Choice } from '../components/filters.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatExact } from '../format/time.ts';
import { logsPath } from '../routes.ts';
import { range } from '../state/range.ts';
import { item } from '../trace/column.ts';
import type { TraceState } from './trace-state.ts';

interface TraceLogsProps {
  readonly traceId: string;
  readonly state: TraceState;
  readonly logs: Query<LogsAnswer>;
}

/** The log records of the trace in the order they were written. Picking one selects its span. */
export function TraceLogs({ traceId, state, logs }: TraceLogsProps) {
  const [scope, setScope] = useState<'trace' | 'span'>('trace');
  const [open, setOpen] = useState<LogRecord>();
  const span = item(state.tree.spans, state.selected);
  const records = (logs.data?.logs ?? []).filter(({ spanId }) => scope === 'trace' || spanId === span.spanId).toReversed();
  const pick = (log: LogRecord): void => {
    setOpen(open === log ? undefined : log);
    const row = state.tree.rowOf.get(log.spanId);
    if (row !== undefined) state.select(row);
  };
  return (
    <>
      <div class="trace-logs-head">
        <Choice
          label="Logs of"
          options={[
            { value: 'trace', text: 'Whole trace' },
            { value: 'span', text: 'This span' },
          ]}
          value={scope}
          onChoose={setScope}
        />
        <a class="control" href={logsPath(range.value, { traceId, ...(scope === 'span' && { spanId: span.spanId }) })}>
          Open in Logs
        </a>
      </div>
      {logs.error !== undefined && <ErrorNotice error={logs.error} retry={logs.retry} />}
      {logs.data !== undefined && records.length === 0 && (
        <p class="muted">{scope === 'span' ? 'This span wrote no log records.' : 'No log record carries this trace’s id.'}</p>
      )}
      <ol class="trace-logs" aria-label="Log records">
        {records.map((log, i) => (
          <li key={i} class={log.spanId === span.spanId ? `level-${log.level} current` : `level-${log.level}`}>
            <button type="button" aria-expanded={open === log} onClick={() => pick(log)}>
              <i class="level-bar" />
              <span class="trace-log-head">
                <time class="mono" title={formatExact(log.timeNs)}>
                  {sinceStart(log, state)}
                </time>
                <span class="level">{log.level}</span>
                <span class="muted">{log.service}</span>
              </span>
              <span class="trace-log-body">{log.body === '' ? log.eventName : log.body}</span>
            </button>
            {open === log && <AttributeList attributes={log.attributes} dropped={log.droppedAttributes} />}
          </li>
        ))}
      </ol>
      {logs.data?.next != null && <p class="faint">There are more; open them in Logs.</p>}
    </>
  );
}

/** When it was written, from the trace's start. */
function sinceStart(log: LogRecord, state: TraceState): string {
  const ns = Number(BigInt(log.timeNs) - BigInt(state.tree.startNs));
  return ns < 0 ? formatDuration(ns) : `+${formatDuration(ns)}`;
}

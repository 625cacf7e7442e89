import { useMemo } from 'preact/hooks';
import type { LogsAnswer, TraceAnswer } from '../../../src/api/sonde/contract.ts';
import { traceLogsUrl, traceUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import type { Query } from '../api/query.ts';
import { Crumbs } from '../components/crumbs.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { logsPath, tracesPath } from '../routes.ts';
import { range } from '../state/range.ts';
import { layOut } from '../trace/span-tree.ts';
import { TraceView } from './trace-view.tsx';

/** One trace: its spans over time, the one that tells most selected, its logs beside it. */
export function TracePage({ traceId }: { readonly traceId: string }) {
  const query = useQuery<TraceAnswer>(traceUrl(traceId), '', { large: true });
  const logs = useQuery<LogsAnswer>(traceLogsUrl(traceId));
  const tree = useMemo(() => (query.data === undefined ? undefined : layOut(query.data.spans)), [query.data]);
  if (query.data !== undefined && tree !== undefined && tree.spans.length > 0) {
    return <TraceView answer={query.data} tree={tree} logs={logs} />;
  }
  return (
    <div class="page">
      <Crumbs trail={[{ text: 'Traces', href: tracesPath(range.value) }]} title={`Trace ${traceId}`} />
      {query.loading ? <Placeholder rows={14} heightPx={24} /> : <NoTrace traceId={traceId} query={query} />}
    </div>
  );
}

function NoTrace({ traceId, query }: { readonly traceId: string; readonly query: Query<TraceAnswer> }) {
  if (query.error !== undefined && query.error.status !== 404) return <ErrorNotice error={query.error} retry={query.retry} />;
  return (
    <EmptyNotice title="This trace is not here">
      <p>
        It may not have arrived yet, may be older than what is kept, or was never sent (sampling). Its logs may still be here.
      </p>
      <div class="actions">
        <button type="button" class="control" onClick={query.retry}>
          Look again
        </button>
        <a class="control" href={logsPath(range.value, { traceId })}>
          Logs of this trace
        </a>
      </div>
    </EmptyNotice>
  );
}

import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { LogsAnswer, TraceAnswer } from '../../../src/api/sonde/contract.ts';
import { traceLogsUrl, traceUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import type { Query } from '../api/query.ts';
import { Crumbs } from '../components/crumbs.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { logsPath, tracesPath } from '../routes.ts';
import { nowMs, range } from '../state/range.ts';
import { isArriving, layOut } from '../trace/span-tree.ts';
import type { SpanTree } from '../trace/span-tree.ts';
import { TraceView } from './trace-view.tsx';

/** One trace: its spans over time, the one that tells most selected, its logs beside it. */
export function TracePage({ traceId }: { readonly traceId: string }) {
  const query = useQuery<TraceAnswer>(traceUrl(traceId), '', { keeps: false });
  const logs = useQuery<LogsAnswer>(traceLogsUrl(traceId), '', { keeps: false });
  const answer = useFullest(query.data);
  const tree = useMemo(() => (answer === undefined ? undefined : layOut(answer.spans)), [answer]);
  useArriving(tree, query.retry, logs.retry);
  if (answer !== undefined && tree !== undefined && tree.spans.length > 0) {
    return <TraceView answer={answer} tree={tree} logs={logs} />;
  }
  return (
    <div class="page">
      <Crumbs trail={[{ text: 'Traces', href: tracesPath(range.value) }]} title={`Trace ${traceId}`} />
      {query.loading ? <Placeholder rows={14} heightPx={24} /> : <NoTrace traceId={traceId} query={query} />}
    </div>
  );
}

/** The answer until one with more spans has come: a trace that has not grown stays as it is on screen. */
function useFullest(answer: TraceAnswer | undefined): TraceAnswer | undefined {
  const fullest = useRef<TraceAnswer>(undefined);
  const before = fullest.current;
  if (answer !== undefined && (before === undefined || answer.spans.length > before.spans.length)) fullest.current = answer;
  return fullest.current;
}

const askAgainMs = 2000;
/** A trace of more spans is not read again: its log records are. */
const spansReadAgainMax = 2000;

/** While a trace may still be arriving, asks for its spans and log records again. */
function useArriving(tree: SpanTree | undefined, askSpans: () => void, askLogs: () => void): void {
  useEffect(() => {
    if (tree === undefined) return undefined;
    const timer = globalThis.setInterval(() => {
      if (!isArriving(tree, nowMs())) return globalThis.clearInterval(timer);
      askLogs();
      if (tree.spans.length <= spansReadAgainMax) askSpans();
    }, askAgainMs);
    return () => globalThis.clearInterval(timer);
  }, [tree, askSpans, askLogs]);
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

import { useState } from 'preact/hooks';
import type { LogsAnswer, Span } from '../../../src/api/sonde/contract.ts';
import type { Query } from '../api/query.ts';
import { chooseByArrow } from '../components/arrow-choice.ts';
import { AttributeList } from '../components/attribute-list.tsx';
import { Icon } from '../components/icon.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatCount, formatShare } from '../format/number.ts';
import { formatExact } from '../format/time.ts';
import { metricsPath, servicePath, tracePath, tracesPath } from '../routes.ts';
import { range } from '../state/range.ts';
import { at, item } from '../trace/column.ts';
import { failuresOf } from '../trace/failure.ts';
import { selfTimeNs } from '../trace/span-tree.ts';
import { TraceLogs } from './trace-logs.tsx';
import { colourOf } from './trace-row.tsx';
import type { TraceState } from './trace-state.ts';

interface TraceDetailProps {
  readonly traceId: string;
  readonly state: TraceState;
  readonly logs: Query<LogsAnswer>;
}

/** Beside the waterfall: the selected span, or the logs of the trace. */
export function TraceDetail({ traceId, state, logs }: TraceDetailProps) {
  const [tab, setTab] = useState<'span' | 'logs'>('span');
  const span = item(state.tree.spans, state.selected);
  const records = logs.data?.logs ?? [];
  const bad = records.some(({ level }) => level === 'error' || level === 'fatal');
  const own = records.filter(({ spanId }) => spanId === span.spanId).length;
  return (
    <aside class="panel trace-detail" aria-label="Details">
      <div class="tabs" role="tablist" aria-label="Details" onKeyDown={chooseByArrow}>
        <button
          type="button"
          role="tab"
          id="tab-span"
          aria-selected={tab === 'span'}
          tabIndex={tab === 'span' ? 0 : -1}
          aria-controls="tab-panel"
          onClick={() => setTab('span')}
        >
          Span
        </button>
        <button
          type="button"
          role="tab"
          id="tab-logs"
          aria-selected={tab === 'logs'}
          tabIndex={tab === 'logs' ? 0 : -1}
          aria-controls="tab-panel"
          onClick={() => setTab('logs')}
        >
          Logs <span class={bad ? 'count bad' : 'count'}>{logs.data === undefined ? '…' : formatCount(records.length)}</span>
        </button>
      </div>
      <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0} data-own-arrows>
        {tab === 'span' ? (
          <SpanDetail span={span} state={state} ownLogs={own} showLogs={() => setTab('logs')} />
        ) : (
          <TraceLogs traceId={traceId} state={state} logs={logs} />
        )}
      </div>
    </aside>
  );
}

interface SpanDetailProps {
  readonly span: Span;
  readonly state: TraceState;
  readonly ownLogs: number;
  readonly showLogs: () => void;
}

function SpanDetail({ span, state, ownLogs, showLogs }: SpanDetailProps) {
  const hrefOf = (attr: string): string => tracesPath(range.value, { attrs: [attr] });
  const follow = { hrefOf, hrefTitle: 'Traces with this attribute' };
  return (
    <>
      <header class="span-head">
        <a class="span-of" href={servicePath(range.value, span.service)}>
          <i style={{ background: colourOf(state, span) }} />
          {span.service}
        </a>
        <h2>{span.name}</h2>
      </header>
      <Failures span={span} />
      <SpanFacts span={span} state={state} />
      {ownLogs > 0 && (
        <button type="button" class="control" onClick={showLogs}>
          {ownLogs === 1 ? '1 log record of this span' : `${formatCount(ownLogs)} log records of this span`}
        </button>
      )}
      <section>
        <h3>Attributes</h3>
        <AttributeList attributes={span.attributes} dropped={span.droppedAttributes} {...follow} />
      </section>
      <Events span={span} />
      <Links span={span} />
      <details>
        <summary>Resource</summary>
        <AttributeList attributes={span.resource.attributes} dropped={span.resource.droppedAttributes} {...follow} />
        <a href={metricsPath(range.value, { service: span.service })}>Metrics of {span.service}</a>
      </details>
      <details>
        <summary>Scope and ids</summary>
        <AttributeList
          attributes={{
            'span id': span.spanId,
            'parent span id': span.parentSpanId === '' ? 'none' : span.parentSpanId,
            scope: span.scope.name,
            'scope version': span.scope.version,
            ...span.scope.attributes,
            ...(span.traceState !== '' && { 'trace state': span.traceState }),
          }}
        />
      </details>
    </>
  );
}

function SpanFacts({ span, state }: { readonly span: Span; readonly state: TraceState }) {
  const { tree, selected } = state;
  const duration = at(tree.end, selected) - at(tree.start, selected);
  const share = tree.durationNs === 0 ? 1 : duration / tree.durationNs;
  const facts = [
    { name: 'Duration', value: formatDuration(duration), note: `${formatShare(share)} of the trace` },
    { name: 'Own time', value: formatDuration(selfTimeNs(tree, selected)), note: 'not in its children' },
    {
      name: 'Started',
      value: at(tree.start, selected) === 0 ? 'at the start' : `+${formatDuration(at(tree.start, selected))}`,
      note: formatExact(span.startNs),
    },
    { name: 'Kind', value: span.kind, note: span.status.code === 'unset' ? '' : `status ${span.status.code}` },
  ];
  return (
    <dl class="span-facts">
      {facts.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Failures({ span }: { readonly span: Span }) {
  return (
    <>
      {failuresOf(span).map(({ kind, message, stack }) => (
        <section key={`${kind} ${message}`} class="failure" aria-label="Why it failed">
          <h3>
            <Icon name="error" />
            {kind === '' ? 'Failed' : kind}
          </h3>
          <p class="failure-message">{message}</p>
          {stack !== '' && (
            <details>
              <summary>Stack trace</summary>
              <pre>{stack}</pre>
            </details>
          )}
        </section>
      ))}
    </>
  );
}

function Events({ span }: { readonly span: Span }) {
  if (span.events.length === 0) return null;
  return (
    <section>
      <h3>Events</h3>
      <ul class="events">
        {span.events.map((event, i) => (
          <li key={i}>
            <details>
              <summary>
                <span class="mono muted">+{formatDuration(Number(BigInt(event.timeNs) - BigInt(span.startNs)))}</span>{' '}
                {event.name}
              </summary>
              <AttributeList attributes={event.attributes} dropped={event.droppedAttributes} />
            </details>
          </li>
        ))}
      </ul>
      {span.droppedEvents > 0 && <p class="faint">{span.droppedEvents} more were dropped by the sender’s limits.</p>}
    </section>
  );
}

function Links({ span }: { readonly span: Span }) {
  if (span.links.length === 0) return null;
  return (
    <section>
      <h3>Links</h3>
      <ul class="events">
        {span.links.map((link) => (
          <li key={`${link.traceId} ${link.spanId}`}>
            <a class="mono" href={tracePath(range.value, link.traceId, link.spanId)}>
              trace {link.traceId.slice(0, 8)}… span {link.spanId.slice(0, 8)}…
            </a>
            {Object.keys(link.attributes).length > 0 && (
              <AttributeList attributes={link.attributes} dropped={link.droppedAttributes} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

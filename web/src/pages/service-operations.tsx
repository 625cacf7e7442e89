import type { RefObject } from 'preact';
import type { ServiceAnswer } from '../../../src/api/sonde/contract.ts';
import { Icon } from '../components/icon.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { SortHeader, useSorting } from '../components/sorting.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatCount, formatRate, formatShare } from '../format/number.ts';
import { tracesPath } from '../routes.ts';
import { range } from '../state/range.ts';

type Operation = ServiceAnswer['operations'][number];

interface OperationsTableProps {
  readonly service: ServiceAnswer;
  readonly body: RefObject<HTMLTableSectionElement | null>;
}

/** What the service was asked to do and did: each operation leads to its traces, its errors to the failing ones. */
export function OperationsTable({ service, body }: OperationsTableProps) {
  useRowKeys(body);
  const sorting = useSorting(service.operations, {
    name: (operation) => operation.name,
    kind: (operation) => operation.kind,
    rate: (operation) => operation.ratePerSecond,
    errors: (operation) => operation.errorShare,
    p50: (operation) => operation.p50Ns,
    p95: (operation) => operation.p95Ns,
    p99: (operation) => operation.p99Ns,
  });
  return (
    <section class="panel scroll-x">
      <h2>Operations</h2>
      <table class="table">
        <caption class="unseen">Operations</caption>
        <thead>
          <tr>
            <SortHeader sorting={sorting} column="name" class="name">
              Operation
            </SortHeader>
            <SortHeader sorting={sorting} column="kind">
              Kind
            </SortHeader>
            {['rate', 'errors', 'p50', 'p95', 'p99'].map((column) => (
              <SortHeader key={column} sorting={sorting} column={column} class="number">
                {column === 'rate' ? 'Rate' : column === 'errors' ? 'Errors' : column}
              </SortHeader>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {sorting.rows.map((operation) => (
            <OperationRow key={`${operation.kind} ${operation.name}`} service={service.name} operation={operation} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function OperationRow({ service, operation }: { readonly service: string; readonly operation: Operation }) {
  const traces = { service, operation: operation.name };
  return (
    <tr class="linked">
      <th scope="row" class="name">
        <a class="row-link" data-row href={tracesPath(range.value, traces)} title={operation.name}>
          {operation.name}
        </a>
      </th>
      <td class="muted">{operation.kind}</td>
      <td class="number">{formatRate(operation.ratePerSecond)}</td>
      <td class="number">
        {operation.errors === 0 ? (
          <span class="faint">0 %</span>
        ) : (
          <a
            class="over bad"
            href={tracesPath(range.value, { ...traces, status: 'error' })}
            title={`${formatCount(operation.errors)} of ${formatCount(operation.requests)} failed: show the failing traces`}
            aria-label={`${operation.name}: ${formatShare(operation.errorShare)} failed, show the failing traces`}
          >
            <Icon name="error" />
            {formatShare(operation.errorShare)}
          </a>
        )}
      </td>
      {[operation.p50Ns, operation.p95Ns, operation.p99Ns].map((ns, i) => (
        <td key={i} class="number">
          {ns === null ? <span class="faint">–</span> : formatDuration(ns)}
        </td>
      ))}
    </tr>
  );
}

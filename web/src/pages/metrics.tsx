import { useRef } from 'preact/hooks';
import type { MetricInfo, MetricsAnswer } from '../../../src/api/sonde/contract.ts';
import { metricsUrl } from '../api/endpoints.ts';
import { usePages } from '../api/query.ts';
import { ServiceFilter, TextFilter } from '../components/filters.tsx';
import { ListPanel } from '../components/list-panel.tsx';
import { MoreButton } from '../components/more-button.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { formatCount } from '../format/number.ts';
import { typeName } from '../format/metric-type.ts';
import { metricPath, metricsFiltersOf, metricsPath } from '../routes.ts';
import { useKeys } from '../state/keys.ts';
import { address, navigate } from '../state/location.ts';
import { range, resolvedRange, widenRange } from '../state/range.ts';

/** The metrics that were sent, to search and to open. */
export function MetricsPage() {
  const filters = metricsFiltersOf(address.value.query);
  const search = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', doc: 'Search', run: () => search.current?.focus() }]);
  const pages = usePages<MetricsAnswer>(metricsUrl(resolvedRange.value, filters), filters.service);
  const metrics = pages.answers.flatMap((answer) => answer.metrics);
  const ready = pages.answers.length > 0;
  return (
    <div class="workspace">
      <h1 class="unseen">Metrics</h1>
      <div class="filters" role="search" aria-label="Filter metrics">
        <TextFilter
          search
          label="Search metrics"
          placeholder="Search by name or description"
          widthPx={320}
          inputRef={search}
          value={filters.text}
          onChange={(text) => navigate(metricsPath(range.peek(), { ...filters, text }), { replace: filters.text !== '' })}
        />
        <ServiceFilter
          value={filters.service}
          onChoose={(service) => navigate(metricsPath(range.peek(), { ...filters, service }))}
        />
      </div>
      {pages.error !== undefined && <ErrorNotice error={pages.error} retry={pages.retry} />}
      {!ready && pages.loading && <Placeholder rows={12} />}
      {ready && metrics.length === 0 && (
        <EmptyNotice
          title={filters.text === '' && filters.service === '' ? 'No metrics in this time range' : 'No metric matches'}
        >
          <div class="actions">
            <a class="control" href={metricsPath(range.value)}>
              Clear all filters
            </a>
            <button type="button" class="control" onClick={widenRange}>
              Zoom out
            </button>
          </div>
        </EmptyNotice>
      )}
      {metrics.length > 0 && (
        <ListPanel>
          <MetricsTable metrics={metrics} service={filters.service} />
          <MoreButton pages={pages} what="metrics" count={metrics.length} />
        </ListPanel>
      )}
    </div>
  );
}

function MetricsTable({ metrics, service }: { readonly metrics: readonly MetricInfo[]; readonly service: string }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  return (
    <table class="table metrics sticky">
      <caption class="unseen">Metrics</caption>
      <thead>
        <tr>
          <th scope="col" class="name">
            Metric
          </th>
          <th scope="col">Type</th>
          <th scope="col">Unit</th>
          <th scope="col" class="number">
            Series
          </th>
          <th scope="col">Services</th>
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {metrics.map((metric) => (
          <tr key={`${metric.name} ${metric.type} ${metric.unit}`} class="linked">
            <th scope="row" class="name">
              <a class="row-link mono" data-row href={metricPath(range.value, metric.name, { service })} title={metric.name}>
                {metric.name}
              </a>
            </th>
            <td class="muted">{typeName(metric)}</td>
            <td class="mono muted">{metric.unit}</td>
            <td class="number">{formatCount(metric.seriesCount)}</td>
            <td class="services-cell" title={metric.services.join(', ')}>
              {metric.services.join(', ')}
            </td>
            <td class="description" title={metric.description}>
              {metric.description}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

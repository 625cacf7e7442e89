import { useMemo, useRef } from 'preact/hooks';
import type { ServiceAnswer } from '../../../src/api/sonde/contract.ts';
import { serviceUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import { wholeSteps } from '../charts/series.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { Crumbs } from '../components/crumbs.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatCount, formatRate, formatShare } from '../format/number.ts';
import { logsPath, metricsPath, servicesPath, tracesPath } from '../routes.ts';
import { range, resolvedRange, widenRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';
import { OperationsTable } from './service-operations.tsx';
import { Resources } from './service-resources.tsx';

const chartPx = 168;
const sync = 'service';

/** One service: its golden signals, what it is asked to do, and where it runs. */
export function ServicePage({ name }: { readonly name: string }) {
  const query = useQuery<ServiceAnswer>(serviceUrl(resolvedRange.value, name), name);
  const service = query.data;
  const list = useRef<HTMLTableSectionElement>(null);
  return (
    <div class="page">
      <div class="page-head">
        <Crumbs trail={[{ text: 'Services', href: servicesPath(range.value) }]} title={name} />
        {service !== undefined && <Facts service={service} />}
        <nav class="page-links" aria-label={`More about ${name}`}>
          <a class="control" href={tracesPath(range.value, { service: name })}>
            Traces
          </a>
          <a class="control" href={logsPath(range.value, { service: name })}>
            Logs
          </a>
          <a class="control" href={metricsPath(range.value, { service: name })}>
            Metrics
          </a>
        </nav>
      </div>
      {query.error !== undefined && <ErrorNotice error={query.error} retry={query.retry} />}
      {service === undefined && query.loading && <Placeholder rows={2} heightPx={chartPx + 44} />}
      {service !== undefined && (
        <>
          <GoldenSignals service={service} />
          {service.operations.length === 0 ? (
            <EmptyNotice title="No spans of this service in this time range">
              <button type="button" class="control" onClick={widenRange}>
                Zoom out
              </button>
            </EmptyNotice>
          ) : (
            <OperationsTable service={service} body={list} />
          )}
          <Resources resources={service.resources} />
        </>
      )}
    </div>
  );
}

function Facts({ service }: { readonly service: ServiceAnswer }) {
  return (
    <p class="facts">
      <span>{formatRate(service.ratePerSecond)}</span>
      <a
        class={service.errors > 0 ? 'bad' : ''}
        href={tracesPath(range.value, { service: service.name, status: 'error' })}
        title={`${formatCount(service.errors)} of ${formatCount(service.requests)} failed: show the failing traces`}
      >
        {formatShare(service.errorShare)} failed
      </a>
      {service.p95Ns !== null && <span>p95 {formatDuration(service.p95Ns)}</span>}
    </p>
  );
}

function GoldenSignals({ service }: { readonly service: ServiceAnswer }) {
  const colours = palette.value;
  const lines = useMemo(() => {
    const { overTime, saturationOverTime: used } = service;
    const [first = '', second = '', third = ''] = colours.series;
    return {
      rate: [
        {
          label: 'requests',
          values: wholeSteps(overTime.ratePerSecond, overTime.grid, resolvedRange.peek()),
          colour: colours.accent,
          filled: true,
        },
      ],
      errors: [{ label: 'failed', values: overTime.errorShare, colour: colours.errorFill, filled: true }],
      latency: [
        { label: 'p50', values: overTime.p50Ns, colour: colours.quantileLow },
        { label: 'p95', values: overTime.p95Ns, colour: colours.quantileMid },
        { label: 'p99', values: overTime.p99Ns, colour: colours.quantileHigh },
      ],
      saturation: [
        { label: 'CPU', values: used.cpu, colour: first },
        { label: 'memory', values: used.memory, colour: second },
        { label: 'event loop', values: used.eventLoop, colour: third },
      ].filter(({ values }) => values.some((value) => value !== null)),
    };
  }, [service, colours]);
  const { grid } = service.overTime;
  return (
    <section class="charts" aria-label="Golden signals">
      <TimeChart title="Rate" grid={grid} lines={lines.rate} format={formatRate} heightPx={chartPx} sync={sync} />
      <TimeChart title="Errors" grid={grid} lines={lines.errors} format={formatShare} heightPx={chartPx} sync={sync} />
      <TimeChart title="Latency" grid={grid} lines={lines.latency} format={formatDuration} heightPx={chartPx} sync={sync} />
      {lines.saturation.length > 0 ? (
        <TimeChart
          title="Saturation"
          grid={service.saturationOverTime.grid}
          lines={lines.saturation}
          format={formatShare}
          heightPx={chartPx}
          sync={sync}
        />
      ) : (
        <figure class="chart chart-absent">
          <figcaption>
            <h3>Saturation</h3>
          </figcaption>
          <p class="faint">This service sends no process or runtime metrics (CPU, memory, event loop).</p>
        </figure>
      )}
    </section>
  );
}

import { useRef } from 'preact/hooks';
import type { ServicesAnswer } from '../../../src/api/sonde/contract.ts';
import { servicesUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import { wholeSteps } from '../charts/series.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { Icon } from '../components/icon.tsx';
import { Meter } from '../components/meter.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { SortHeader, useSorting } from '../components/sorting.tsx';
import type { Sorting } from '../components/sorting.tsx';
import { formatDuration } from '../format/duration.ts';
import { formatCount, formatRate, formatShare } from '../format/number.ts';
import { logsPath, sendPath, servicePath, tracesPath } from '../routes.ts';
import { range, resolvedRange, widenRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';

type Service = ServicesAnswer['services'][number];

/** All services at a glance, the worst first. */
export function ServicesPage() {
  const query = useQuery<ServicesAnswer>(servicesUrl(resolvedRange.value));
  const services = query.data?.services;
  return (
    <div class="page">
      <h1 class="unseen">Services</h1>
      <Totals services={services} />
      {query.error !== undefined && <ErrorNotice error={query.error} retry={query.retry} />}
      {services === undefined && query.loading && <Placeholder rows={6} heightPx={48} />}
      {services?.length === 0 && (
        <EmptyNotice title="No service sent anything in this time range">
          <p>
            Look at a longer one, or see <a href={sendPath(range.value)}>how to send data</a>.
          </p>
          <button type="button" class="control" onClick={widenRange}>
            Zoom out
          </button>
        </EmptyNotice>
      )}
      {services !== undefined && services.length > 0 && <ServicesTable services={services} />}
    </div>
  );
}

function Totals({ services }: { readonly services: readonly Service[] | undefined }) {
  const sum = (value: (service: Service) => number): number =>
    (services ?? []).reduce((total, service) => total + value(service), 0);
  const requests = sum((service) => service.requests);
  const errors = sum((service) => service.errors);
  const share = requests === 0 ? 0 : errors / requests;
  const failing = (services ?? []).filter((service) => service.errors > 0).length;
  const ready = services !== undefined;
  return (
    <dl class="totals" aria-label="Totals">
      <Total
        name="Services"
        value={ready ? String(services.length) : ''}
        note={failing > 0 ? `${failing} with errors` : 'none with errors'}
      />
      <Total
        name="Requests served"
        value={ready ? formatRate(sum((service) => service.ratePerSecond)) : ''}
        note={`${formatCount(requests)} in range`}
      />
      <Total name="Failed" value={ready ? formatShare(share) : ''} note={`${formatCount(errors)} in range`} bad={errors > 0} />
      <Total name="Error logs" value={ready ? formatCount(sum((service) => service.errorLogs)) : ''} note="in range" />
    </dl>
  );
}

interface TotalProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly bad?: boolean;
}

function Total({ name, value, note, bad = false }: TotalProps) {
  return (
    <div class={bad ? 'total bad' : 'total'}>
      <dt>{name}</dt>
      <dd>
        <b>{value === '' ? '\u00a0' : value}</b>
        <small>{value === '' ? '' : note}</small>
      </dd>
    </div>
  );
}

function ServicesTable({ services }: { readonly services: readonly Service[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  const sorting = useSorting(services, {
    name: (service) => service.name,
    rate: (service) => service.ratePerSecond,
    errors: (service) => service.errorShare,
    p50: (service) => service.p50Ns,
    p95: (service) => service.p95Ns,
    p99: (service) => service.p99Ns,
    logs: (service) => service.errorLogs,
  });
  return (
    <div class="panel scroll-x">
      <table class="table services">
        <caption class="unseen">Services, worst first</caption>
        <ServicesHead sorting={sorting} />
        <tbody ref={body}>
          {sorting.rows.map((service) => (
            <ServiceRow key={service.name} service={service} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ServicesHead({ sorting }: { readonly sorting: Sorting<Service> }) {
  return (
    <thead>
      <tr>
        <SortHeader sorting={sorting} column="name" class="name">
          Service
        </SortHeader>
        <SortHeader sorting={sorting} column="rate" class="number">
          Rate
        </SortHeader>
        <OverTimeHead of="Rate" />
        <SortHeader sorting={sorting} column="errors" class="number">
          Errors
        </SortHeader>
        <OverTimeHead of="Errors" />
        <SortHeader sorting={sorting} column="p50" class="number">
          p50
        </SortHeader>
        <SortHeader sorting={sorting} column="p95" class="number">
          p95
        </SortHeader>
        <SortHeader sorting={sorting} column="p99" class="number">
          p99
        </SortHeader>
        <OverTimeHead of="p99" />
        <th scope="col">Saturation %</th>
        <SortHeader sorting={sorting} column="logs" class="number">
          Error logs
        </SortHeader>
      </tr>
    </thead>
  );
}

/** A column of small lines needs no visible head: it stands beside its numbers. */
function OverTimeHead({ of }: { readonly of: string }) {
  return (
    <th scope="col" class="spark-cell">
      <span class="unseen">{of} over time</span>
    </th>
  );
}

function ServiceRow({ service }: { readonly service: Service }) {
  const { name, overTime, saturation } = service;
  const colours = palette.value;
  return (
    <tr class="linked">
      <th scope="row" class="name">
        <a class="row-link" data-row href={servicePath(range.value, name)} title={name}>
          {name}
        </a>
      </th>
      <td class="number">{service.hasSpans ? formatRate(service.ratePerSecond) : <span class="faint">–</span>}</td>
      <td class="spark-cell">
        {service.hasSpans && (
          <Sparkline values={wholeSteps(overTime.ratePerSecond, overTime.grid, resolvedRange.value)} colour={colours.accent} />
        )}
      </td>
      <td class="number">
        <ErrorShare service={service} />
      </td>
      <td class="spark-cell">
        {service.errors > 0 && <Sparkline values={overTime.errorShare} colour={colours.errorFill} top={0.02} />}
      </td>
      <Quantile ns={service.p50Ns} />
      <Quantile ns={service.p95Ns} />
      <Quantile ns={service.p99Ns} />
      <td class="spark-cell">{service.hasSpans && <Sparkline values={overTime.p99Ns} colour={colours.quantileMid} />}</td>
      <td class="saturation">
        <Meters saturation={saturation} />
      </td>
      <td class="number">
        {service.errorLogs === 0 ? (
          <span class="faint">0</span>
        ) : (
          <a
            class="over"
            href={logsPath(range.value, { service: name, levels: ['fatal', 'error'] })}
            title={`Error logs of ${name}`}
          >
            {formatCount(service.errorLogs)}
          </a>
        )}
      </td>
    </tr>
  );
}

function Meters({ saturation: { cpu, memory, eventLoop } }: Pick<Service, 'saturation'>) {
  if (cpu === null && memory === null && eventLoop === null) return <span class="faint">–</span>;
  return (
    <>
      <Meter label="cpu" name="CPU" share={cpu} />
      <Meter label="mem" name="Memory" share={memory} />
      <Meter label="loop" name="Event loop" share={eventLoop} />
    </>
  );
}

function ErrorShare({ service }: { readonly service: Service }) {
  if (!service.hasSpans) return <span class="faint">–</span>;
  if (service.errors === 0) return <span class="faint">0 %</span>;
  const label = `${formatShare(service.errorShare)} failed`;
  return (
    <a
      class="over bad"
      href={tracesPath(range.value, { service: service.name, status: 'error' })}
      title={`${formatCount(service.errors)} of ${formatCount(service.requests)} failed: show the failing traces`}
      aria-label={`${service.name}: ${label}, show the failing traces`}
    >
      <Icon name="error" />
      {formatShare(service.errorShare)}
    </a>
  );
}

function Quantile({ ns }: { readonly ns: number | null }) {
  return <td class="number">{ns === null ? <span class="faint">–</span> : formatDuration(ns)}</td>;
}

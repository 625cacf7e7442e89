import { useMemo, useState } from 'preact/hooks';
import type { MetricAnswer, MetricInfo } from '../../../src/api/sonde/contract.ts';
import { metricUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import type { ChartDot } from '../charts/dots.ts';
import { wholeSteps } from '../charts/series.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { Crumbs } from '../components/crumbs.tsx';
import { EmptyNotice, ErrorNotice, Placeholder } from '../components/notice.tsx';
import { drawsMeasurements, typeName } from '../format/metric-type.ts';
import { formatClockMs, nsToMs } from '../format/time.ts';
import { formatOf } from '../format/unit.ts';
import type { Format } from '../format/unit.ts';
import { metricPath, metricsPath, metricViewOf, tracePath } from '../routes.ts';
import type { MetricView } from '../routes.ts';
import { address, navigate } from '../state/location.ts';
import { range, resolvedRange, widenRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';
import { MetricControls } from './metric-controls.tsx';
import { MetricLegend } from './metric-legend.tsx';

/** One metric over time, split by what tells its series apart. Its exemplars open their traces. */
export function MetricPage({ name }: { readonly name: string }) {
  const view = metricViewOf(address.value.query);
  const query = useQuery<MetricAnswer>(metricUrl(resolvedRange.value, name, view), name);
  const change = (part: Partial<MetricView>): void => navigate(metricPath(range.peek(), name, { ...view, ...part }));
  const answer = query.data;
  return (
    <div class="page">
      <div class="page-head">
        <Crumbs trail={[{ text: 'Metrics', href: metricsPath(range.value) }]} title={name} />
        {answer !== undefined && <MetricFacts metric={answer.metric} />}
      </div>
      {query.error !== undefined && <ErrorNotice error={query.error} retry={query.retry} />}
      {answer === undefined && query.loading && <Placeholder rows={1} heightPx={420} />}
      {answer !== undefined && (
        <>
          <MetricControls answer={answer} view={view} change={change} />
          {answer.series.length === 0 ? (
            <EmptyNotice title="No points of this metric here">
              <p>Nothing was sent in this time range, or nothing matches the filters.</p>
              <button type="button" class="control" onClick={widenRange}>
                Zoom out
              </button>
            </EmptyNotice>
          ) : (
            <MetricChart answer={answer} view={view} change={change} />
          )}
        </>
      )}
    </div>
  );
}

function MetricFacts({ metric }: { readonly metric: MetricInfo }) {
  return (
    <p class="facts">
      <span>{typeName(metric)}</span>
      {metric.unit !== '' && <span>unit {metric.unit}</span>}
      {metric.temporality !== 'unspecified' && <span>{metric.temporality}</span>}
      <span class="muted description">{metric.description}</span>
    </p>
  );
}

interface MetricChartProps {
  readonly answer: MetricAnswer;
  readonly view: MetricView;
  readonly change: (part: Partial<MetricView>) => void;
}

function MetricChart({ answer, view, change }: MetricChartProps) {
  const [index, setIndex] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const colours = palette.value;
  const format = formatOf(answer.metric.unit, answer.fn === 'rate');
  const lines = useMemo(
    () =>
      answer.series.map(({ labels, values }, i) => ({
        label: Object.values(labels).join(' · '),
        labels,
        values: answer.fn === 'rate' || answer.fn === 'increase' ? wholeSteps(values, answer.grid, resolvedRange.peek()) : values,
        colour: colours.series[i % colours.series.length] ?? colours.accent,
        filled: answer.series.length === 1,
      })),
    [answer, colours],
  );
  const dots = useMemo(() => exemplarDots(answer, format), [answer]);
  return (
    <>
      <div class="panel chart-panel">
        <TimeChart
          title={answer.fn}
          grid={answer.grid}
          lines={lines}
          format={format}
          heightPx={300}
          binary={answer.metric.unit.startsWith('By')}
          legend={false}
          dots={dots}
          onHover={setIndex}
          onFocus={setFocused}
        />
        {dots.length > 0 && <p class="chart-note faint">Dots are exemplars: single measurements whose traces a click opens.</p>}
        {answer.truncated && (
          <p class="chart-note warn">There are more series than can be drawn; these are the largest. Filter, or split by less.</p>
        )}
      </div>
      <MetricLegend lines={lines} format={format} index={index} focused={focused} view={view} change={change} />
    </>
  );
}

function exemplarDots(answer: MetricAnswer, format: Format): ChartDot[] {
  const inUnit = drawsMeasurements(answer.metric, answer.fn);
  const measured = formatOf(answer.metric.unit);
  return answer.exemplars
    .filter(({ traceId }) => traceId !== '')
    .map((exemplar) => {
      const atMs = nsToMs(exemplar.timeNs);
      const value = (inUnit ? format : measured)(exemplar.value);
      return {
        atMs,
        value: inUnit ? exemplar.value : null,
        tone: 'quiet' as const,
        lines: [`${value} at ${formatClockMs(atMs)}`, `trace ${exemplar.traceId.slice(0, 8)}…`],
        open: () => navigate(tracePath(range.peek(), exemplar.traceId, exemplar.spanId)),
      };
    });
}

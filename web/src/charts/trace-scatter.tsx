import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { TraceSummary } from '../../../src/api/sonde/contract.ts';
import { formatDuration } from '../format/duration.ts';
import { formatClockMs, nsToMs } from '../format/time.ts';
import { tracePath } from '../routes.ts';
import { navigate } from '../state/location.ts';
import { range, resolvedRange, setRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';
import { absolute } from '../state/time-range.ts';
import { drawDots } from './dots.ts';
import type { ChartDot } from './dots.ts';
import { timeOptions } from './options.ts';
import { Plot } from './plot.tsx';

interface TraceScatterProps {
  readonly traces: readonly TraceSummary[];
  /** Whether the list reaches over the whole time range; when not, the chart shows the part that it covers. */
  readonly whole: boolean;
  readonly heightPx: number;
}

/** The listed traces as dots: when they started, and how long they took on a logarithmic scale. A click opens one. */
export function TraceScatter({ traces, whole, heightPx }: TraceScatterProps) {
  const byTime = useMemo(() => traces.toSorted((a, b) => Number(a.startNs) - Number(b.startNs)), [traces]);
  const dots = useMemo(() => byTime.map(dotOf), [byTime]);
  const data = useMemo<uPlot.AlignedData>(() => [dots.map((dot) => dot.atMs), dots.map((dot) => dot.value)], [dots]);
  const latest = useRef({ dots, whole });
  latest.current = { dots, whole };
  const colours = palette.value;
  const options = useMemo(() => {
    const base = timeOptions({
      palette: colours,
      format: formatDuration,
      ends: () => covered(latest.current.dots, latest.current.whole),
      onZoom: (from, to) => setRange(absolute(from, to)),
    });
    return {
      ...base,
      cursor: { ...base.cursor, points: { show: false } },
      axes: base.axes?.map(decadesOnly) ?? [],
      scales: {
        ...base.scales,
        y: { distr: 3 as const, range: (_: uPlot, least: number, greatest: number) => decades(least, greatest) },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      plugins: [drawDots(() => latest.current.dots, colours)],
    };
  }, [colours]);
  const failed = traces.filter((trace) => trace.errorCount > 0).length;
  return (
    <figure class="chart">
      <figcaption>
        <h3>Duration of the {traces.length === 0 ? '' : traces.length} listed traces</h3>
        <ul class="legend">
          <li>
            <i class="dot" style={{ background: colours.accent }} />
            <span>trace</span>
          </li>
          <li>
            <i class="diamond" style={{ background: colours.errorFill }} />
            <span>with an error</span>
          </li>
        </ul>
      </figcaption>
      <Plot
        options={options}
        data={data}
        heightPx={heightPx}
        label={`Duration over time of ${traces.length} traces, ${failed} with an error`}
      />
    </figure>
  );
}

function dotOf(trace: TraceSummary): ChartDot {
  const atMs = nsToMs(trace.startNs);
  const root = trace.rootName === '' ? 'root span not here' : `${trace.rootService} · ${trace.rootName}`;
  const errors = trace.errorCount === 0 ? '' : `, ${trace.errorCount} failed`;
  return {
    atMs,
    value: Math.max(1, Number(trace.durationNs)),
    tone: trace.errorCount > 0 ? 'failed' : 'plain',
    lines: [root, `${formatDuration(trace.durationNs)} at ${formatClockMs(atMs)}`, `${trace.spanCount} spans${errors}`],
    open: () => navigate(tracePath(range.peek(), trace.traceId)),
  };
}

/** The page's range, from the first dot on when older traces are not listed yet. */
function covered(dots: readonly ChartDot[], whole: boolean): [number, number] {
  const { fromMs, toMs } = resolvedRange.peek();
  const first = dots[0];
  return whole || first === undefined ? [fromMs, toMs] : [Math.max(fromMs, first.atMs - (toMs - first.atMs) * 0.02), toMs];
}

/** Whole decades around the values, so that the ticks are round. */
function decades(least: number | null, greatest: number | null): [number, number] {
  if (least === null || greatest === null || least <= 0) return [1e6, 1e9];
  const low = 10 ** Math.floor(Math.log10(least));
  const high = 10 ** Math.ceil(Math.log10(greatest * 1.05));
  return [low, high === low ? low * 10 : high];
}

/** The value axis with lines and labels at whole decades only; the time axis as it is. */
function decadesOnly(axis: uPlot.Axis, index: number): uPlot.Axis {
  if (index === 0) return axis;
  const filter = (_: uPlot, ticks: readonly number[]) => ticks.map((tick) => (Number.isInteger(Math.log10(tick)) ? tick : null));
  return Object.assign({}, axis, { filter, grid: { ...axis.grid, filter } });
}

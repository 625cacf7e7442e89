import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { GridValues, TimeGrid } from '../../../src/api/sonde/contract.ts';
import { formatMoment } from '../format/time.ts';
import type { Format } from '../format/unit.ts';
import { nowMs, resolvedRange, setRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';
import { absolute } from '../state/time-range.ts';
import { drawDots, topWithDots } from './dots.ts';
import type { ChartDot } from './dots.ts';
import { timeOptions, valueRange } from './options.ts';
import { Plot } from './plot.tsx';
import { gridMs, lastValue, lonely } from './series.ts';

export interface ChartLine {
  readonly label: string;
  readonly values: GridValues;
  readonly colour: string;
  /** Fills what is under the line. */
  readonly filled?: boolean;
}

interface TimeChartProps {
  readonly title: string;
  readonly grid: TimeGrid;
  readonly lines: readonly ChartLine[];
  readonly format: Format;
  /** Ticks at powers of two, for bytes. */
  readonly binary?: boolean;
  readonly heightPx: number;
  readonly sync?: string;
  /** False when a table below says the same. */
  readonly legend?: boolean;
  readonly dots?: readonly ChartDot[];
  /** The point under the cross-hair. */
  readonly onHover?: (index: number | null) => void;
  /** The line nearest to the pointer, when there are many. */
  readonly onFocus?: (line: number | null) => void;
}

/** Lines over time with a legend that reads the values under the cross-hair. Dragging zooms the page's time range. */
export function TimeChart(props: TimeChartProps) {
  const { title, grid, lines, format, heightPx, sync, legend = true, dots, onHover, onFocus, binary = false } = props;
  const [index, setIndex] = useState<number | null>(null);
  const hover = (at: number | null): void => {
    setIndex(at);
    onHover?.(at);
  };
  const times = useMemo(() => gridMs(grid), [grid]);
  const data = useMemo(() => [times, ...lines.map((line) => line.values)] as uPlot.AlignedData, [times, lines]);
  const options = useLineOptions({ lines, format, sync, binary, dots, hover, onFocus });
  const at = index === null ? undefined : times[index];
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        {legend && <Legend lines={lines} format={format} index={index} />}
        <span class="chart-time">{at === undefined ? '' : formatMoment(at, nowMs())}</span>
      </figcaption>
      <Plot options={options} data={data} heightPx={heightPx} label={describe(title, lines, format)} />
    </figure>
  );
}

function Legend({
  lines,
  format,
  index,
}: {
  readonly lines: readonly ChartLine[];
  readonly format: Format;
  readonly index: number | null;
}) {
  return (
    <ul class="legend">
      {lines.map((line) => {
        const value = index === null ? lastValue(line.values) : (line.values[index] ?? null);
        return (
          <li key={line.label}>
            <i style={{ background: line.colour }} />
            <span>{line.label}</span>
            <b>{value === null ? '–' : format(value)}</b>
          </li>
        );
      })}
    </ul>
  );
}

interface LineOptions {
  readonly lines: readonly ChartLine[];
  readonly format: Format;
  readonly sync: string | undefined;
  readonly binary: boolean;
  readonly dots: readonly ChartDot[] | undefined;
  readonly hover: (index: number | null) => void;
  readonly onFocus: ((line: number | null) => void) | undefined;
}

/** Options that change only when the chart must be made anew; what changes with every refresh is read when it is drawn. */
function useLineOptions({ lines, format, sync, binary, dots, hover, onFocus }: LineOptions) {
  const latest = useRef({ hover, dots, format, onFocus });
  latest.current = { hover, dots, format, onFocus };
  const colours = palette.value;
  const shape = lines.map((line) => `${line.label}\u0000${line.colour}\u0000${line.filled}`).join('\u0001');
  return useMemo(() => {
    const base = timeOptions({
      palette: colours,
      format: (value) => latest.current.format(value),
      sync,
      binary,
      ends: () => [resolvedRange.peek().fromMs, resolvedRange.peek().toMs],
      onZoom: (from, to) => setRange(absolute(from, to)),
      onHover: (index) => latest.current.hover(index),
    });
    return {
      ...base,
      series: [{}, ...lines.map(lineSeries)],
      hooks: {
        ...base.hooks,
        setSeries: [(_: uPlot, i: number | null) => latest.current.onFocus?.(i === null || i < 1 ? null : i - 1)],
      },
      ...(lines.length > 4 && { focus: { alpha: 0.25 }, cursor: { ...base.cursor, focus: { prox: 24 } } }),
      scales: {
        ...base.scales,
        y: {
          range: (_: uPlot, least: number, greatest: number) =>
            valueRange(least, topWithDots(greatest, latest.current.dots ?? [])),
        },
      },
      plugins: [drawDots(() => latest.current.dots ?? [], colours)],
    };
  }, [colours, shape, sync, binary]);
}

function lineSeries(line: ChartLine): uPlot.Series {
  return {
    label: line.label,
    stroke: line.colour,
    width: 1.5,
    ...(line.filled === true && { fill: `${line.colour}24` }),
    points: { show: true, size: 4, fill: line.colour, filter: (chart, i) => lonely((chart.data[i] ?? []) as GridValues) },
  };
}

function describe(title: string, lines: readonly ChartLine[], format: Format): string {
  const parts = lines.slice(0, 8).map((line) => {
    const last = lastValue(line.values);
    return `${line.label} ${last === null ? 'nothing' : format(last)}`;
  });
  return `${title} over time; last: ${parts.join(', ')}`;
}

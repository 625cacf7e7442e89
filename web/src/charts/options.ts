/** What all charts share: axes, cross-hair, and dragging to zoom. */
import type uPlot from 'uplot';
import type { Format } from '../format/unit.ts';
import type { Palette } from '../style/tokens.ts';
import type { PlotOptions } from './plot.tsx';
import { timeLabels } from './series.ts';

export interface ChartLook {
  readonly palette: Palette;
  readonly format: Format;
  /** Ticks at powers of two, for bytes. */
  readonly binary?: boolean | undefined;
  /** Charts with the same name share their cross-hair. */
  readonly sync?: string | undefined;
  /** The ends of the x axis right now, whatever the data covers. */
  readonly ends: () => [fromMs: number, toMs: number];
  readonly onZoom: (fromMs: number, toMs: number) => void;
  /** The point under the cross-hair, or null when the pointer has left. */
  readonly onHover?: ((index: number | null) => void) | undefined;
}

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

const powersOfTwo = Array.from({ length: 60 }, (_, i) => 2 ** i);

/** The options of a chart over time without its series. */
export function timeOptions(look: ChartLook): PlotOptions {
  const { palette, format } = look;
  const axis = { stroke: palette.textFaint, font, ticks: { show: false } };
  return {
    ms: 1,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      points: { size: 7, width: 2, fill: () => palette.panel, stroke: (chart, i) => strokeOf(chart, i) },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      ...(look.sync !== undefined && { sync: { key: look.sync, setSeries: false } }),
    },
    scales: { x: { time: true, range: look.ends }, y: { range: (_, least, greatest) => valueRange(least, greatest) } },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 7,
        space: 72,
        grid: { show: false },
        values: (_, ticks, __, ___, distance) => timeLabels(ticks, distance),
      },
      {
        ...axis,
        size: (_, labels) => labelWidth(labels),
        gap: 6,
        space: 28,
        ...(look.binary === true && { incrs: powersOfTwo }),
        grid: { stroke: palette.line, width: 1 },
        // Zero needs no unit.
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : tick === 0 ? '0' : format(tick))),
      },
    ],
    series: [{}],
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          look.onZoom(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
        },
      ],
      setCursor: [(chart) => look.onHover?.(chart.cursor.idx ?? null)],
    },
  };
}

/** From zero, or below it when values are, with a little air above. */
export function valueRange(least: number | null, greatest: number | null): [number, number] {
  const low = Math.min(0, least ?? 0);
  const high = Math.max(0, greatest ?? 0);
  if (low === high) return [0, 1];
  const air = (high - low) * 0.08;
  return [low === 0 ? 0 : low - air, high + air];
}

function labelWidth(labels: readonly string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return Math.max(56, longest * 6.5 + 14);
}

function strokeOf(chart: uPlot, index: number): string {
  const stroke = chart.series[index]?.stroke;
  const colour = typeof stroke === 'function' ? stroke(chart, index) : stroke;
  return typeof colour === 'string' ? colour : 'transparent';
}

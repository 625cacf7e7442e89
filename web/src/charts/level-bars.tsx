import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Level, LogsHistogramAnswer } from '../../../src/api/sonde/contract.ts';
import { levelColour, levelNames } from '../format/level.ts';
import { formatCount, formatNumber } from '../format/number.ts';
import { formatMoment } from '../format/time.ts';
import { nowMs, resolvedRange, setRange } from '../state/range.ts';
import { palette } from '../state/theme.ts';
import { absolute } from '../state/time-range.ts';
import { timeOptions } from './options.ts';
import { Plot } from './plot.tsx';
import { gridMs, stack } from './series.ts';

interface LevelBarsProps {
  readonly histogram: LogsHistogramAnswer;
  /** The levels that are filtered for; none means all. */
  readonly chosen: readonly Level[];
  readonly onLevel: (level: Level) => void;
  readonly heightPx: number;
}

/** Log records over time, stacked by level, the worst at the bottom where they are compared best. Its legend filters. */
export function LevelBars({ histogram, chosen, onLevel, heightPx }: LevelBarsProps) {
  const [index, setIndex] = useState<number | null>(null);
  const shown = levelNames.filter(
    (level) => chosen.includes(level) || (histogram.levels[level] ?? []).some((count) => count > 0),
  );
  const times = useMemo(() => gridMs(histogram.grid), [histogram]);
  const data = useMemo(() => {
    const tops = stack(shown.map((level) => histogram.levels[level] ?? times.map(() => 0)));
    // The tallest is drawn first, so that the others stand in front of it.
    return [times, ...tops.toReversed()] as uPlot.AlignedData;
  }, [histogram]);
  const options = useBarOptions(shown, Number(histogram.grid.stepNs) / 1e6, setIndex);
  const at = index === null ? undefined : times[index];
  const label = `Log records over time by level: ${shown.map((level) => `${total(histogram, level)} ${level}`).join(', ')}`;
  return (
    <figure class="chart">
      <figcaption>
        <h3>Records</h3>
        <ul class="legend" aria-label="Levels">
          {shown.map((level) => (
            <li key={level}>
              <button type="button" class="legend-button" aria-pressed={chosen.includes(level)} onClick={() => onLevel(level)}>
                <i style={{ background: levelColour(level, palette.value) }} />
                <span>{level}</span>
                <b>
                  {index === null ? formatCount(total(histogram, level)) : formatCount(histogram.levels[level]?.[index] ?? 0)}
                </b>
              </button>
            </li>
          ))}
        </ul>
        <span class="chart-time">{at === undefined ? '' : formatMoment(at, nowMs())}</span>
      </figcaption>
      <Plot options={options} data={data} heightPx={heightPx} label={label} />
    </figure>
  );
}

function useBarOptions(levels: readonly Level[], stepMs: number, onHover: (index: number | null) => void) {
  const colours = palette.value;
  const step = useRef(stepMs);
  step.current = stepMs;
  return useMemo(() => {
    const base = timeOptions({
      palette: colours,
      format: formatNumber,
      ends: () => [resolvedRange.peek().fromMs, resolvedRange.peek().toMs],
      onZoom: (from, to) => setRange(absolute(from, to)),
      onHover,
    });
    const paths = uPlot.paths.bars?.({ size: [1, Infinity], align: 1, gap: 1 });
    const bars = levels.toReversed().map((level) => ({
      label: level,
      fill: levelColour(level, colours),
      width: 0,
      points: { show: false },
      paths: paths ?? (() => null),
    }));
    return { ...base, cursor: { ...base.cursor, points: { show: false } }, series: [{}, ...bars] };
  }, [colours, levels.join()]);
}

function total(histogram: LogsHistogramAnswer, level: Level): number {
  return (histogram.levels[level] ?? []).reduce((sum, count) => sum + count, 0);
}

/** From the API's numbers over time to what the charts draw. Pure: no canvas, no document. */
import type { GridValues, TimeGrid } from '../../../src/api/sonde/contract.ts';
import { formatClock, formatDay } from '../format/time.ts';

/** The moments of a grid's points, in milliseconds: where each point's time begins. */
export function gridMs(grid: TimeGrid): number[] {
  const startMs = Number(grid.startNs) / 1e6;
  const stepMs = Number(grid.stepNs) / 1e6;
  return Array.from({ length: grid.points }, (_, i) => startMs + i * stepMs);
}

/** Values put on top of each other, lowest first: the top of each part at every point. */
export function stack(parts: readonly (readonly number[])[]): number[][] {
  const tops: number[][] = [];
  let below: readonly number[] = [];
  for (const part of parts) {
    const top = part.map((value, i) => value + (below[i] ?? 0));
    tops.push(top);
    below = top;
  }
  return tops;
}

/** Labels of a time axis: as fine as the distance of its ticks, and the day where a new one begins. */
export function timeLabels(ticksMs: readonly number[], distanceMs: number): string[] {
  return ticksMs.map((tick) => {
    const at = new Date(tick);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    if (distanceMs >= 86_400_000 || midnight) return formatDay(tick);
    const clock = distanceMs >= 60_000 ? formatClock(tick).slice(0, 5) : formatClock(tick);
    return distanceMs < 1000 ? `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}` : clock;
  });
}

/** The indexes of points that have no neighbour, which a line alone would not show. */
export function lonely(values: GridValues): number[] {
  const indexes: number[] = [];
  values.forEach((value, i) => {
    if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) indexes.push(i);
  });
  return indexes;
}

/**
 * Rates without the points whose time is not wholly in the range: the newest one has only begun, and would show as a fall
 * of the rate that never happened.
 */
export function wholeSteps(
  values: GridValues,
  grid: TimeGrid,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): GridValues {
  const stepMs = Number(grid.stepNs) / 1e6;
  const startMs = Number(grid.startNs) / 1e6;
  return values.map((value, i) => (startMs + i * stepMs < fromMs - 1 || startMs + (i + 1) * stepMs > toMs + 1 ? null : value));
}

/** The last value that there is, or null. */
export function lastValue(values: GridValues): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** Least, greatest and mean of what there is; null when there is nothing. */
export function summary(values: GridValues): { readonly min: number; readonly max: number; readonly mean: number } | null {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return null;
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of present) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / present.length };
}

/** The path of a small line in a box of `width` by `height`, from 0 at the bottom to `top`; gaps stay gaps. */
export function sparkPath(values: GridValues, width: number, height: number, top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const scale = top > 0 ? height / top : 0;
  let path = '';
  let drawing = false;
  values.forEach((value, i) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const [x, y] = [short(i * step), short(height - Math.min(value, top) * scale)];
    // A point between two gaps is a line of its own, which a round cap makes a dot.
    path += drawing ? `L${x} ${y}` : `M${x} ${y}l0 0`;
    drawing = true;
  });
  return path;
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Dots on a chart that can be pointed at and opened: exemplars on a metric, traces in a scatter plot. */
import type uPlot from 'uplot';
import type { Palette } from '../style/tokens.ts';

export interface ChartDot {
  readonly atMs: number;
  /** Null: the dot stands on the x axis, because its value is not in the unit of the chart. */
  readonly value: number | null;
  readonly tone: 'plain' | 'failed' | 'quiet';
  /** What a tooltip says about it, line by line. */
  readonly lines: readonly string[];
  readonly open: () => void;
}

/** How near, in pixels, the pointer must come to a dot. */
const reachPx = 10;

/** Room between a dot and the edge of the plot. */
const edgePx = 6;

/** The top of a scale that shows the dots too, as far as they do not press the lines to the ground. */
export function topWithDots(greatest: number, dots: readonly ChartDot[]): number {
  const highest = dots.reduce((most, { value }) => Math.max(most, value ?? 0), 0);
  return Math.max(greatest, Math.min(highest, 2 * greatest));
}

/** The dot nearest to a place, among those within reach. Positions are in the same pixels as the place. */
export function nearestDot<T>(
  dots: readonly T[],
  position: (dot: T) => readonly [x: number, y: number],
  x: number,
  y: number,
): T | undefined {
  let best: T | undefined;
  let bestDistance = reachPx;
  for (const dot of dots) {
    const [dotX, dotY] = position(dot);
    const distance = Math.hypot(dotX - x, dotY - y);
    if (distance <= bestDistance) [best, bestDistance] = [dot, distance];
  }
  return best;
}

/** Draws dots over a chart, shows a tooltip on the one under the pointer and opens it when it is clicked. */
export function drawDots(dots: () => readonly ChartDot[], palette: Palette): uPlot.Plugin {
  let near: ChartDot | undefined;
  const tip = document.createElement('div');
  tip.className = 'chart-tip';
  tip.hidden = true;
  const place = (chart: uPlot, dot: ChartDot): readonly [number, number] => {
    const bottom = chart.over.clientHeight - edgePx;
    // A dot above the scale stands at its upper edge; one without a value in the chart's unit at its lower edge.
    const y = dot.value === null ? bottom : Math.max(edgePx, Math.min(bottom, chart.valToPos(dot.value, 'y')));
    return [chart.valToPos(dot.atMs, 'x'), y];
  };
  const point = (chart: uPlot): void => {
    const { left = -1, top = -1 } = chart.cursor;
    near = left < 0 ? undefined : nearestDot(dots(), (dot) => place(chart, dot), left, top);
    chart.over.style.cursor = near === undefined ? '' : 'pointer';
    showTip(chart, tip, near === undefined ? undefined : { at: place(chart, near), lines: near.lines });
  };
  return {
    hooks: {
      ready: (chart) => {
        chart.over.append(tip);
        chart.over.addEventListener('click', () => near?.open());
      },
      setCursor: point,
      draw: (chart) => {
        for (const dot of dots()) drawDot(chart, place(chart, dot), dot.tone, palette);
      },
    },
  };
}

function drawDot(chart: uPlot, [x, y]: readonly [number, number], tone: ChartDot['tone'], palette: Palette): void {
  const { ctx, bbox } = chart;
  const failed = tone === 'failed';
  const ratio = devicePixelRatio;
  const [centreX, centreY, r] = [bbox.left + x * ratio, bbox.top + y * ratio, (failed ? 4.5 : 3.5) * ratio];
  if (x < 0 || x * ratio > bbox.width) return;
  ctx.beginPath();
  // A failed one differs in shape as well as in colour.
  if (failed) {
    ctx.moveTo(centreX, centreY - r);
    ctx.lineTo(centreX + r, centreY);
    ctx.lineTo(centreX, centreY + r);
    ctx.lineTo(centreX - r, centreY);
    ctx.closePath();
  } else {
    ctx.arc(centreX, centreY, r, 0, 2 * Math.PI);
  }
  ctx.fillStyle = { failed: palette.errorFill, plain: `${palette.accent}cc`, quiet: palette.textFaint }[tone];
  ctx.fill();
  ctx.lineWidth = ratio;
  ctx.strokeStyle = palette.panel;
  ctx.stroke();
}

function showTip(
  chart: uPlot,
  tip: HTMLElement,
  shown: { at: readonly [number, number]; lines: readonly string[] } | undefined,
): void {
  tip.hidden = shown === undefined;
  if (shown === undefined) return;
  tip.replaceChildren(
    ...shown.lines.map((text) => {
      const line = document.createElement('div');
      line.textContent = text;
      return line;
    }),
  );
  const [x, y] = shown.at;
  const { clientWidth, clientHeight } = chart.over;
  tip.style.left = `${Math.max(0, Math.min(x + 12, clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${Math.max(0, Math.min(y + 12, clientHeight - tip.offsetHeight))}px`;
}

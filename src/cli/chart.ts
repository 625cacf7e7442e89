/**
 * A line chart for the terminal, drawn with the dots of braille letters: each letter is two dots wide and four high (Unicode
 * block U+2800). Where lines cross, a letter has the colour of the later one.
 */
export interface ChartLine {
  readonly name: string;
  /** Ascending times in seconds; what is not finite is not drawn. */
  readonly points: readonly (readonly [timeSeconds: number, value: number])[];
}

export interface ChartOptions {
  /** Letters in a line, the axis included; 50 at least. */
  readonly width: number;
  /** Lines of the drawing, without axis and legend. */
  readonly height: number;
  readonly colors: boolean;
}

const dotsWide = 2;
const dotsHigh = 4;
/** The bit of the dot at (x, y) in a letter, by y then x. */
const dotBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
const brailleStart = 0x2800;
/** Colours of ANSI terminals that are told apart on light and dark ground. */
const palette = [36, 33, 35, 32, 31, 34];

interface Scale {
  readonly from: number;
  readonly to: number;
}

interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly dots: Uint8Array;
  /** Which line drew last, by letter; -1 for none. */
  readonly owners: Int16Array;
}

/** The lines of the chart: drawing with its scale, times, legend. */
export function drawChart(lines: readonly ChartLine[], options: ChartOptions): string[] {
  const values = scaleOf(lines.flatMap(({ points }) => points.map(([, value]) => value).filter(Number.isFinite)));
  const times = scaleOf(lines.flatMap(({ points }) => points.map(([time]) => time)));
  if (values === undefined || times === undefined) return ['Nothing to draw.'];
  const labels = axisLabels(values, options.height);
  const margin = Math.max(...labels.map(({ length }) => length));
  const canvas = newCanvas(Math.max(10, options.width - margin - 2), options.height);
  lines.forEach((line, index) => drawLine(canvas, line, index, times, values));
  return [
    ...labels.map((label, row) => `${label.padStart(margin)} ┤${rowText(canvas, row, options.colors)}`),
    `${' '.repeat(margin)} └${'─'.repeat(canvas.columns)}`,
    timeAxis(times, margin + 2, canvas.columns),
    ...lines.map(({ name }, index) => `${paint('━━', index, options.colors)} ${name}`),
  ];
}

function scaleOf(numbers: readonly number[]): Scale | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    if (number < from) from = number;
    if (number > to) to = number;
  }
  if (from > to) return undefined;
  // A flat line lies in the middle.
  return from === to ? { from: from - 1, to: to + 1 } : { from, to };
}

function axisLabels({ from, to }: Scale, height: number): string[] {
  return Array.from({ length: height }, (_, row) => {
    const isShown = row === 0 || row === height - 1 || row === Math.floor(height / 2);
    return isShown ? shortNumber(to - ((to - from) * row) / (height - 1)) : '';
  });
}

const sizes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Four digits at most. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  const [unit, letter] = sizes.find(([unit]) => size >= unit) ?? [1, ''];
  return `${Number((value / unit).toPrecision(4))}${letter}`;
}

function newCanvas(columns: number, rows: number): Canvas {
  return { columns, rows, dots: new Uint8Array(columns * rows), owners: new Int16Array(columns * rows).fill(-1) };
}

function drawLine(canvas: Canvas, { points }: ChartLine, index: number, times: Scale, values: Scale): void {
  const width = canvas.columns * dotsWide - 1;
  const height = canvas.rows * dotsHigh - 1;
  let last: readonly [x: number, y: number] | undefined;
  for (const [time, value] of points) {
    if (!Number.isFinite(value)) {
      last = undefined;
      continue;
    }
    const x = Math.round(share(time, times) * width);
    const y = Math.round((1 - share(value, values)) * height);
    connect(canvas, index, last ?? [x, y], [x, y]);
    last = [x, y];
  }
}

function share(value: number, { from, to }: Scale): number {
  // Halves, as the difference of two doubles may be too large for one.
  return (value / 2 - from / 2) / (to / 2 - from / 2);
}

/** Sets the dots between two, as many as the longer side has. */
function connect(canvas: Canvas, index: number, [x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): void {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(x0 + ((x1 - x0) * step) / steps);
    const y = Math.round(y0 + ((y1 - y0) * step) / steps);
    const at = Math.floor(y / dotsHigh) * canvas.columns + Math.floor(x / dotsWide);
    canvas.dots[at] = (canvas.dots[at] ?? 0) | (dotBits[(y % dotsHigh) * dotsWide + (x % dotsWide)] ?? 0);
    canvas.owners[at] = index;
  }
}

function rowText({ columns, dots, owners }: Canvas, row: number, colors: boolean): string {
  let text = '';
  for (let column = 0; column < columns; column++) {
    const at = row * columns + column;
    const letter = dots[at] === 0 ? ' ' : String.fromCharCode(brailleStart + (dots[at] ?? 0));
    text += letter === ' ' ? letter : paint(letter, owners[at] ?? 0, colors);
  }
  return text.trimEnd();
}

function paint(text: string, index: number, colors: boolean): string {
  return colors ? `\u001B[${palette[index % palette.length]}m${text}\u001B[0m` : text;
}

/** First and last time, at the edges. */
function timeAxis({ from, to }: Scale, margin: number, width: number): string {
  const first = clock(from);
  const last = clock(to);
  return `${' '.repeat(margin)}${first}${last.padStart(Math.max(width - first.length, last.length + 1))}`;
}

function clock(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().slice(0, 19).replace('T', ' ');
}

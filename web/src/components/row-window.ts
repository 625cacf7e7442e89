/** Which rows of a long list to draw. Pure, so that it can be tested without a document. */
export interface RowWindow {
  /** Rows from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  /** The height of all rows before `first`, and of all from `end` on. */
  readonly abovePx: number;
  readonly belowPx: number;
}

/** Rows above and below the visible ones, so that a quick scroll does not show a gap. */
const margin = 8;

/** The window over rows of one height. */
export function evenWindow(count: number, rowPx: number, scrollPx: number, viewPx: number): RowWindow {
  const first = clamp(Math.floor(scrollPx / rowPx) - margin, count);
  const end = clamp(Math.ceil((scrollPx + viewPx) / rowPx) + margin, count);
  return { first, end, abovePx: first * rowPx, belowPx: (count - end) * rowPx };
}

/** The window over rows of different heights; rows that nobody has measured yet count as `estimatePx`. */
export function unevenWindow(
  count: number,
  heightOf: (row: number) => number | undefined,
  estimatePx: number,
  scrollPx: number,
  viewPx: number,
): RowWindow {
  let [first, firstPx, end, endPx, total] = [0, 0, 0, 0, 0];
  for (let row = 0; row < count; row++) {
    const height = heightOf(row) ?? estimatePx;
    if (total + height <= scrollPx - margin * estimatePx) [first, firstPx] = [row + 1, total + height];
    total += height;
    if (total - height < scrollPx + viewPx + margin * estimatePx) [end, endPx] = [row + 1, total];
  }
  return { first, end, abovePx: firstPx, belowPx: total - endPx };
}

/** The scroll position that shows a row, as near to the present one as can be. */
export function scrollToShow(topPx: number, rowPx: number, scrollPx: number, viewPx: number): number {
  if (topPx < scrollPx) return topPx;
  if (topPx + rowPx > scrollPx + viewPx) return topPx + rowPx - viewPx;
  return scrollPx;
}

function clamp(row: number, count: number): number {
  return Math.max(0, Math.min(count, row));
}

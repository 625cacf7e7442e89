/** The part of sorted times that lies in a window. Windows move forward, so their ends are walked, not searched. */
export interface Span {
  /** Index of the first sample in the window. */
  from: number;
  /** Index after the last one. */
  to: number;
}

export function newSpan(): Span {
  return { from: 0, to: 0 };
}

/** Moves to the window (afterMs, toMs], which must not be before the last one. */
export function slideTo(span: Span, timesMs: Float64Array, afterMs: number, toMs: number): void {
  let { from, to } = span;
  while (to < timesMs.length && timesMs[to]! <= toMs) to++;
  while (from < to && timesMs[from]! <= afterMs) from++;
  span.from = from;
  span.to = to;
}

/** The part of a trace's time that the waterfall shows, in nanoseconds since the trace's start. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Where something lies in the window, in shares of its width: may be below 0 or above 1. */
export function shareOf({ from, to }: TimeWindow, ns: number): number {
  return to > from ? (ns - from) / (to - from) : 0;
}

/** Round moments that cut the window into about `parts`. */
export function ticksOf({ from, to }: TimeWindow, parts: number): number[] {
  const length = to - from;
  if (length <= 0) return [from];
  const rough = length / parts;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(i * step);
  return ticks;
}

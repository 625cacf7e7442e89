/** Times of log lines as RFC 3339 has them, in milliseconds: many lines share one, and making it costs more than the rest of a line. */
let lastMs = 0;
let lastText = new Date(0).toISOString();

export function isoTime(unixMs: number): string {
  const ms = Math.floor(unixMs);
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = new Date(ms).toISOString();
  }
  return lastText;
}

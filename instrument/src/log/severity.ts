/**
 * Names and numbers of levels as severity numbers of OpenTelemetry (logs data model, "Severity Fields"): 1 to 24, four for each of
 * TRACE, DEBUG, INFO, WARN, ERROR and FATAL.
 */

/** Levels of pino, bunyan, winston (npm and cli) and syslog (RFC 5424), as OpenTelemetry's own bridges number them. */
const severities: ReadonlyMap<string, number> = new Map([
  ['silly', 1],
  ['input', 1],
  ['trace', 1],
  ['prompt', 4],
  ['debug', 5],
  ['verbose', 6],
  ['http', 7],
  ['info', 9],
  ['data', 10],
  ['notice', 10],
  ['help', 11],
  ['warn', 13],
  ['warning', 13],
  ['err', 17],
  ['error', 17],
  ['crit', 21],
  ['critical', 21],
  ['fatal', 21],
  ['alert', 22],
  ['emerg', 23],
  ['panic', 23],
]);

/** Undefined for a name that is not known. */
export function severityOfName(name: string): number | undefined {
  return severities.get(name) ?? severities.get(name.toLowerCase());
}

/** Of pino's and bunyan's numbers: 10 is trace, 60 is fatal, and what lies between is put between. */
export function severityOfNumber(level: number): number {
  return Math.min(24, Math.max(1, Math.floor(1 + (level - 10) * 0.4)));
}

/**
 * Of a level that is known by its rank alone (0 is the most severe): that of the next less severe level that is known by name, then
 * of the next more severe one.
 */
export function severityAmong(levels: Readonly<Record<string, number>>, name: string): number {
  const own = severityOfName(name);
  if (own !== undefined) return own;
  const rank = levels[name] ?? 0;
  const known = Object.entries(levels)
    .flatMap(([other, otherRank]) => {
      const severity = severityOfName(other);
      return severity === undefined ? [] : [{ severity, rank: otherRank }];
    })
    .toSorted((a, b) => a.rank - b.rank);
  const found = known.find((other) => other.rank > rank) ?? known.at(-1);
  return found?.severity ?? 9;
}

const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** The name of a severity's range; empty when it is not known. */
export function nameOfSeverity(severity: number): string {
  return names[(severity - 1) >> 2] ?? '';
}

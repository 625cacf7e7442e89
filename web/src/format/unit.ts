/** Values of metrics with the units that OpenTelemetry writes (UCUM): `s`, `ms`, `By`, `1`, `%`, `{request}`, `By/s`. */
import { formatDuration } from './duration.ts';
import { formatBytes, formatNumber, formatShare } from './number.ts';

export type Format = (value: number) => string;

const secondsIn: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9, d: 86_400e9 };

/** How to write values of this unit. `perSecond`: the value is a rate of it. */
export function formatOf(unit: string, perSecond = false): Format {
  if (perSecond) {
    const format = formatOf(unit);
    return (value) => (unit in secondsIn ? `${formatNumber((value * (secondsIn[unit] ?? 1)) / 1e9)} s/s` : `${format(value)}/s`);
  }
  const ns = secondsIn[unit];
  if (ns !== undefined) return (value) => formatDuration(value * ns);
  if (unit === 'By') return formatBytes;
  if (unit === 'By/s') return (value) => `${formatBytes(value)}/s`;
  if (unit === '%') return (value) => formatShare(value / 100);
  if (unit === '' || unit === '1') return formatNumber;
  // `{request}` is a remark, not a unit: what is counted is in the name of the metric.
  const name = unit.replaceAll(/\{[^}]*\}/g, '');
  return name === '' || name.startsWith('/')
    ? (value) => `${formatNumber(value)}${name}`
    : (value) => `${formatNumber(value)} ${name}`;
}

/** All metrics of an export as a table: a row for each series, its value in the unit that people read. */
import type { DistributionPoint, KeyValue, MetricMessage, NumberPoint } from './message.ts';
import { attributesText, bytesText, durationText, oneLine, threeDigits } from './text.ts';
import type { Colors } from './text.ts';

/** More rows are counted. */
const rowsMax = 60;

interface Row {
  readonly name: string;
  readonly attributes: string;
  readonly value: string;
}

export function metricLines(metrics: readonly MetricMessage[], { dim, cyan, bold }: Colors): string[] {
  const rows = metrics.flatMap(rowsOf).toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const shown = rows.slice(0, rowsMax);
  const nameWidth = Math.max(0, ...shown.map(({ name }) => name.length));
  const valueWidth = Math.max(0, ...shown.map(({ value }) => value.length));
  const lines = shown.map(({ name, attributes, value }) =>
    `  ${cyan(name.padEnd(nameWidth))}  ${bold(value.padEnd(valueWidth))}  ${dim(attributes)}`.trimEnd(),
  );
  return rows.length > rowsMax ? [...lines, dim(`  and ${rows.length - rowsMax} more`)] : lines;
}

function rowsOf({ name = '', unit = '', gauge, sum, histogram, exponentialHistogram }: MetricMessage): Row[] {
  const row = (attributes: readonly KeyValue[] | undefined, value: string): Row => ({
    name: oneLine(name),
    attributes: attributesText(attributes),
    value,
  });
  const numbers = (gauge ?? sum)?.dataPoints ?? [];
  const distributions = (histogram ?? exponentialHistogram)?.dataPoints ?? [];
  return [
    ...numbers.map((point) => row(point.attributes, inUnit(numberOf(point), unit))),
    ...distributions.map((point) => row(point.attributes, distributionText(point, unit))),
  ];
}

const numberOf = ({ asInt, asDouble }: NumberPoint): number => Number(asInt ?? asDouble ?? 0);

function distributionText({ count, sum, max }: DistributionPoint, unit: string): string {
  const parts = [`${count} ×`];
  if (sum !== undefined && Number(count) > 0) parts.push(`mean ${inUnit(Number(sum) / Number(count), unit)}`);
  if (max !== undefined) parts.push(`max ${inUnit(Number(max), unit)}`);
  return parts.join(' ');
}

/** Units are those of UCUM; `{request}` only says what is counted. */
function inUnit(value: number, unit: string): string {
  if (!Number.isFinite(value)) return String(value);
  if (unit === 's' && value >= 0) return durationText(value * 1000);
  if (unit === 'ms' && value >= 0) return durationText(value);
  if (unit === 'By') return bytesText(value);
  const number = Number.isInteger(value) ? String(value) : threeDigits(value);
  return unit === '' || unit === '1' || unit.startsWith('{') ? number : `${number} ${oneLine(unit)}`;
}

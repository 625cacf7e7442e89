/**
 * Label matchers as conditions on rows of `series`, whose columns `name` and `labels` hold the Prometheus view of a series.
 *
 * A histogram or summary that came over OTLP is one row but several series to Prometheus: `x_bucket{le="…"}`, `x_count`, `x_sum`;
 * a row lists the names that it answers to, and what its points add as a label is matched after they were read.
 */
import type { Matcher } from '../../lang/matchers.ts';
import { metricName } from '../../lang/labels.ts';
import { labelHashes } from '../../model/attributes.ts';
import { and, raw, sql, text, texts } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';

/** What an OTLP histogram or summary is split into. */
export const pointSuffixes = ['_bucket', '_count', '_sum'] as const;

/** Labels that come from the points of OTLP histograms and summaries, not from their series. */
export const pointLabels: readonly string[] = ['le', 'quantile'];

/** Rows of OTLP have a resource; those of Prometheus's own protocols have none. */
const fromOtlp = 'resource_id != 0';
const isSplit = `${fromOtlp} AND type IN ('histogram', 'summary')`;

/** The names that a row answers to, in the order of `suffixesOf`. */
export const rowNames = raw(
  `multiIf(${fromOtlp} AND type = 'histogram', [name || '_bucket', name || '_count', name || '_sum'],` +
    ` ${fromOtlp} AND type = 'summary', [toString(name), name || '_count', name || '_sum'], [toString(name)])`,
);

/** A condition on rows of `series` that every series of the matchers passes, and few others. */
export function seriesCondition(matchers: readonly Matcher[]): Sql {
  return and(matchers.map(condition));
}

/** Whether one of the names of a row passes all matchers of the name. */
function condition(matcher: Matcher): Sql {
  if (matcher.name === metricName) return nameCondition(matcher);
  const passes = valueCondition(sql`labels[${text(matcher.name)}]`, matcher);
  if (pointLabels.includes(matcher.name)) return sql`(${raw(isSplit)}) OR ${passes}`;
  if (matcher.operator !== '=' || matcher.value === '') return passes;
  return sql`${passes} AND indexHint(has(${raw(labelHashes)}, cityHash64(${text(matcher.name)}, ${text(matcher.value)})))`;
}

function nameCondition(matcher: Matcher): Sql {
  const { operator, value } = matcher;
  if (operator !== '=') return sql`arrayExists(n -> ${valueCondition(raw('n'), matcher)}, ${rowNames})`;
  const suffix = pointSuffixes.find((end) => value.endsWith(end) && value.length > end.length);
  if (suffix === undefined) return sql`name = ${text(value)} AND NOT (${raw(fromOtlp)} AND type = 'histogram')`;
  const base = value.slice(0, -suffix.length);
  // One set, so that the index on the name serves both.
  return sql`name IN ${texts([value, base])} AND has(${rowNames}, ${text(value)})`;
}

/** A value against a matcher. */
export function valueCondition(value: Sql, { operator, value: wanted }: Matcher): Sql {
  switch (operator) {
    case '=':
      return sql`${value} = ${text(wanted)}`;
    case '!=':
      return sql`${value} != ${text(wanted)}`;
    case '=~':
      return sql`match(${value}, ${text(anchored(wanted))})`;
    case '!~':
      return sql`NOT match(${value}, ${text(anchored(wanted))})`;
  }
}

/** RE2 at both ends, a dot matching a newline, as Prometheus does. */
function anchored(pattern: string): string {
  return `^(?s:${pattern})$`;
}

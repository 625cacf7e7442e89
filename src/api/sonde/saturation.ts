/** How close services are to what they can run out of, from runtime and process metrics: the use of the most used instance. */
import { nsPerHour } from '../../base/time.ts';
import { raw, sql, text } from '../../engine/sql.ts';
import { metricIdOf } from '../../model/metric-ids.ts';
import type { StoredAttributes } from './attribute-values.ts';
import type { GridValues, Saturation } from './contract.ts';
import { isOneOf, numbersIn } from './filters.ts';
import type { Grid } from './grid.ts';
import { groupBy } from './group.ts';
import { stepOfTime } from './minutes.ts';
import type { Reader } from './reader.ts';
import { saturationSources } from './saturation-sources.ts';
import type { SaturationOf, SaturationSource, SeriesChoice } from './saturation-sources.ts';

/** Shares from 0 to 1 by step. */
export type SaturationOverTime = Readonly<Record<SaturationOf, GridValues>>;

/** A series of one of the sources' metrics, with its last value of each step. */
export interface SaturationSeries {
  readonly metric: string;
  readonly service: string;
  readonly resource_id: string;
  readonly attributes: StoredAttributes;
  readonly values: (number | undefined)[];
}

const seriesMax = 20_000;
/** A value holds until the next one, at most so long. */
const holdNs = 5 * 60_000_000_000;

/** The last known use per service: looks at the last hour of the range. */
export async function readSaturation(reader: Reader, { range }: Grid): Promise<ReadonlyMap<string, Saturation>> {
  const fromNs = range.toNs - nsPerHour > range.fromNs ? range.toNs - nsPerHour : range.fromNs;
  const last: Grid = { range: { fromNs, toNs: range.toNs }, startNs: fromNs, stepNs: range.toNs - fromNs, points: 1 };
  const byService = groupBy(await readSeries(reader, last), ({ service }) => service);
  return new Map([...byService].map(([service, series]) => [service, lastOf(saturationOf(series, 1))]));
}

/** The use of one service over time. */
export async function readSaturationOverTime(reader: Reader, grid: Grid, service: string): Promise<SaturationOverTime> {
  const series = await readSeries(reader, grid, service);
  const steps = Math.floor(holdNs / Number(grid.stepNs));
  for (const { values } of series) holdValues(values, steps);
  return saturationOf(series, grid.points);
}

/** The last known use in a course of time. */
export function lastOf({ cpu, memory, eventLoop }: SaturationOverTime): Saturation {
  const last = (values: GridValues): number | null => values.findLast((value) => value !== null) ?? null;
  return { cpu: last(cpu), memory: last(memory), eventLoop: last(eventLoop) };
}

async function readSeries(reader: Reader, grid: Grid, service?: string): Promise<SaturationSeries[]> {
  const metrics = new Set(saturationSources.flatMap(({ metric, limit }) => (limit === undefined ? [metric] : [metric, limit])));
  const ofService = service === undefined ? sql`1` : sql`service = ${text(service)}`;
  const series = await reader.rows<Omit<SaturationSeries, 'values'> & { id: string }>(
    grid.range,
    sql`SELECT id, metric, service, resource_id, attributes FROM series
      WHERE ${isOneOf(sql`metric`, [...metrics])} AND ${ofService} LIMIT 1 BY id LIMIT ${raw(String(seriesMax))}`,
  );
  if (series.length === 0) return [];
  const points = await reader.rows<{ series_id: string; step: number; last: number }>(
    grid.range,
    sql`SELECT series_id, ${stepOfTime(sql`time`, grid)} AS step, argMax(value, time) AS last FROM samples
      WHERE metric_id IN ${numbersIn([...metrics].map((metric) => String(metricIdOf(metric))))}
        AND series_id IN ${numbersIn(series.map(({ id }) => id))} AND bitAnd(flags, 1) = 0 AND isFinite(value)
      GROUP BY series_id, step`,
  );
  const values = new Map(series.map(({ id }) => [id, Array.from<number | undefined>({ length: grid.points })]));
  for (const { series_id, step, last } of points) {
    const ofSeries = values.get(series_id);
    if (ofSeries !== undefined) ofSeries[step] = last;
  }
  return series.map((one) => ({ ...one, values: values.get(one.id) ?? [] }));
}

function holdValues(values: (number | undefined)[], steps: number): void {
  let [held, age] = [values[0], 0];
  for (let i = 1; i < values.length; i++) {
    age = values[i] === undefined ? age + 1 : 0;
    if (age === 0) held = values[i];
    else if (age <= steps) values[i] = held;
  }
}

/** The use of one service by its series: per step, that of the instance that uses most. */
export function saturationOf(series: readonly SaturationSeries[], points: number): SaturationOverTime {
  const instances = [...groupBy(series, ({ resource_id }) => resource_id).values()];
  const worst = (of: SaturationOf): GridValues => {
    const uses = instances.map((instance) => useOf(instance, of, points));
    return Array.from({ length: points }, (_, i) => {
      const shares = uses.map((use) => use[i]).filter((share) => share !== undefined);
      return shares.length === 0 ? null : Math.max(...shares);
    });
  };
  return { cpu: worst('cpu'), memory: worst('memory'), eventLoop: worst('eventLoop') };
}

function useOf(instance: readonly SaturationSeries[], of: SaturationOf, points: number): readonly (number | undefined)[] {
  for (const source of saturationSources) {
    if (source.of !== of) continue;
    const use = Array.from({ length: points }, (_, i) => shareOf(instance, source, i));
    if (use.some((share) => share !== undefined)) return use;
  }
  return [];
}

function shareOf(instance: readonly SaturationSeries[], source: SaturationSource, step: number): number | undefined {
  const used = instance.filter((series) => series.metric === source.metric && isChosen(series, source));
  const sum = sumAt(used, step);
  if (sum === undefined) return undefined;
  if (source.limit === undefined) return clamp((source.toShare?.(sum) ?? sum) / countPer(used, source.per));
  const limits = instance.filter((series) => series.metric === source.limit && isChosen(series, source));
  const limit = sumAt(limits, step);
  return limit === undefined || limit <= 0 ? undefined : clamp(sum / limit);
}

function isChosen({ attributes }: SaturationSeries, { only, without }: SaturationSource): boolean {
  const has = ({ keys, values }: SeriesChoice): boolean =>
    attributes.some(([key, value]) => keys.includes(key) && values.includes(value));
  return (only === undefined || has(only)) && (without === undefined || !has(without));
}

function sumAt(series: readonly SaturationSeries[], step: number): number | undefined {
  const values = series.map((one) => one.values[step]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function countPer(series: readonly SaturationSeries[], keys: readonly string[] | undefined): number {
  if (keys === undefined) return 1;
  const found = series.flatMap(({ attributes }) => attributes.filter(([key]) => keys.includes(key)).map(([, value]) => value));
  return Math.max(new Set(found).size, 1);
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}

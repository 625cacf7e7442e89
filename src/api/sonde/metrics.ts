/** GET /api/metrics: which metrics there are. */
import type { MetricInfo, MetricsAnswer, Resource } from './contract.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { groupBy } from './group.ts';
import { readMetrics } from './metrics-query.ts';
import type { MetricRow } from './metrics-query.ts';
import type { Origins } from './origins.ts';
import { readLimit, readText, readTimeRange } from './parameters.ts';
import type { Reader } from './reader.ts';

const limits = { default: 1000, max: 10_000 };

/** By their number in OTLP. */
export const temporalities = ['unspecified', 'delta', 'cumulative'] as const;

export async function listMetrics(reader: Reader, origins: Origins): Promise<MetricsAnswer> {
  const { query } = reader.request;
  const limit = readLimit(query, limits);
  const cursor = readText(query, 'cursor');
  const { range, place } =
    cursor === undefined
      ? { range: readTimeRange(query, reader.context.nowNs()), place: [] }
      : decodeCursor('metrics', ['text'], cursor);
  const filter = { service: readText(query, 'service'), text: readText(query, 'text'), after: place[0] };
  const names = [...groupBy(await readMetrics(reader, range, filter, limit + 1), ({ metric }) => metric).values()];
  const shown = names.slice(0, limit);
  const last = shown.at(-1)?.[0];
  const infos = await toMetricInfos(reader, origins, shown);
  return {
    metrics: infos,
    next: names.length > limit && last !== undefined ? encodeCursor('metrics', { range, place: [last.metric] }) : null,
  };
}

/** One record for each list of kinds that share a name: about the first of them, which has most series. */
export async function toMetricInfos(
  reader: Reader,
  origins: Origins,
  names: readonly (readonly MetricRow[])[],
): Promise<MetricInfo[]> {
  const firsts = names.flatMap(([first]) => (first === undefined ? [] : [first]));
  const resources = await origins.resources(reader, new Set(firsts.flatMap((first) => first.resource_ids)));
  return names.flatMap(([first, ...others]) => (first === undefined ? [] : [toMetricInfo(first, others, resources)]));
}

function toMetricInfo(first: MetricRow, others: readonly MetricRow[], resources: ReadonlyMap<string, Resource>): MetricInfo {
  const ofResources = new Set<string>();
  for (const id of first.resource_ids) {
    for (const key of Object.keys(resources.get(id)?.attributes ?? {})) ofResources.add(`resource.${key}`);
  }
  const otherTypes = new Set(others.map(({ type }) => type));
  return {
    name: first.metric,
    type: first.type,
    unit: first.any_unit,
    description: first.any_description,
    temporality: temporalities[first.temporality] ?? 'unspecified',
    monotonic: first.monotonic === 1,
    seriesCount: first.series_count,
    services: first.service_names.toSorted(),
    attributeKeys: [...first.attribute_keys.toSorted(), 'service', ...[...ofResources].toSorted()],
    ...(otherTypes.size > 0 && { otherTypes: [...otherTypes] }),
  };
}

/** GET /api/services and GET /api/services/{service}: golden signals and saturation. */
import type { Saturation, ServiceAnswer, ServicesAnswer } from './contract.ts';
import { compareWorstFirst, goldenOf, goldenOverTime } from './golden.ts';
import type { TallyRow } from './golden.ts';
import { cutIntoSteps, showGrid } from './grid.ts';
import type { Grid } from './grid.ts';
import { groupBy } from './group.ts';
import { leastStepOfMinutes } from './minutes.ts';
import type { Origins } from './origins.ts';
import { readDuration, readTimeRange } from './parameters.ts';
import type { Reader } from './reader.ts';
import { lastOf, readSaturation, readSaturationOverTime } from './saturation.ts';
import {
  readOperationTallies,
  readResourceIds,
  readServiceLogs,
  readServiceSeries,
  readServiceTallies,
  withPoints,
} from './services-query.ts';
import { spanKinds } from './trace.ts';

type ServiceItem = ServicesAnswer['services'][number];

const noSaturation: Saturation = { cpu: null, memory: null, eventLoop: null };

export async function listServices(reader: Reader): Promise<ServicesAnswer> {
  const grid = readGrid(reader);
  const [tallies, logs, saturation, series] = await Promise.all([
    readServiceTallies(reader, grid),
    readServiceLogs(reader, grid),
    readSaturation(reader, grid),
    readServiceSeries(reader, grid),
  ]);
  const rowsOf = groupBy(tallies, ({ service }) => service);
  const errorLogsOf = new Map(logs.map(({ service, errors }) => [service, errors]));
  const known = new Set([...rowsOf.keys(), ...errorLogsOf.keys()]);
  const others = await withPoints(
    reader,
    grid,
    series.filter(({ service }) => !known.has(service)),
  );
  const names = [...known, ...new Set(others.map(({ service }) => service))];
  const services = names.map((name) => ({
    ...toItem(name, rowsOf.get(name) ?? [], grid),
    saturation: saturation.get(name) ?? noSaturation,
    errorLogs: errorLogsOf.get(name) ?? 0,
  }));
  return { services: services.toSorted((a, b) => compareWorstFirst(a, b) || compareNames(a, b)), next: null };
}

function toItem(name: string, rows: readonly TallyRow[], grid: Grid): Omit<ServiceItem, 'saturation' | 'errorLogs'> {
  return { name, ...goldenOf(rows, grid), overTime: goldenOverTime(rows, grid), hasSpans: rows.length > 0 };
}

/** A service that sent nothing in the range has zeros and nulls: it may have sent before. */
export async function readService(reader: Reader, origins: Origins): Promise<ServiceAnswer> {
  const name = reader.request.params['service'] ?? '';
  const grid = readGrid(reader);
  const [tallies, saturation, operations, resourceIds] = await Promise.all([
    readServiceTallies(reader, grid, name),
    readSaturationOverTime(reader, grid, name),
    readOperationTallies(reader, grid, name),
    readResourceIds(reader, grid, name),
  ]);
  const resources = await origins.resources(reader, new Set(resourceIds));
  return {
    name,
    ...goldenOf(tallies, grid),
    overTime: goldenOverTime(tallies, grid),
    saturation: lastOf(saturation),
    saturationOverTime: { grid: showGrid(grid), ...saturation },
    operations: operations
      .map((row) => ({
        name: row.name,
        kind: spanKinds[row.kind] ?? 'unspecified',
        entry: row.entry === 1,
        ...goldenOf([row], grid),
      }))
      .toSorted((a, b) => compareWorstFirst(a, b) || compareNames(a, b)),
    resources: [...resources.values()].map(({ attributes }) => ({ attributes })),
  };
}

function readGrid({ request: { query }, context }: Reader): Grid {
  const range = readTimeRange(query, context.nowNs());
  return cutIntoSteps(range, readDuration(query, 'step'), leastStepOfMinutes(range));
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The list of tables, by signal. The schema, the retention settings and the recovery are made from it. */
import { logs } from './logs.ts';
import { exemplars, histograms, metricMetadata, nativeHistograms, samples, series, summaries } from './metrics.ts';
import { resources, scopes } from './resources.ts';
import { spanEvents, spanLinks, spans } from './spans.ts';
import type { TableSpec } from './table.ts';

export interface Signal {
  readonly name: 'traces' | 'logs' | 'metrics';
  readonly doc: string;
  readonly tables: readonly TableSpec[];
}

export const signals: readonly Signal[] = [
  { name: 'traces', doc: 'Requests as trees of spans.', tables: [spanEvents, spanLinks, spans] },
  { name: 'logs', doc: 'Log records.', tables: [logs] },
  {
    name: 'metrics',
    doc: 'Numbers over time.',
    tables: [exemplars, series, metricMetadata, samples, histograms, nativeHistograms, summaries],
  },
];

/** Tables that every signal refers to. */
const sharedTables: readonly TableSpec[] = [resources, scopes];

/** All data tables, those that others refer to first. */
export const tables: readonly TableSpec[] = [...sharedTables, ...signals.flatMap((signal) => signal.tables)];

/**
 * /federate: the newest sample of each selected series, in a text format of /metrics, sorted by name. A series that ended is left
 * out, and so are native histograms, which have no form in text.
 */
import type { HttpResponse } from '../../base/http.ts';
import { negotiateText } from '../../codec/exposition/content-type.ts';
import { endOf, writeFamily } from '../../codec/exposition/write-text.ts';
import type { WrittenSample } from '../../codec/exposition/write-text.ts';
import { compareLabels, compareText, labelsKey, labelValue, metricName, withoutName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { sampleKinds } from '../../promql/source.ts';
import type { SeriesSamples } from '../../promql/source.ts';
import { askEngine } from '../../promql/store/lookup.ts';
import { storeSource } from '../../promql/store/source.ts';
import { renderParts } from './chunks.ts';
import { requireSelectors } from './parameters.ts';
import type { Reader } from './reader.ts';

interface Newest {
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

export async function federate(reader: Reader): Promise<HttpResponse> {
  const selectors = requireSelectors(reader.query);
  const { context, request } = reader;
  const { timeoutMs } = context.promql;
  const newest = new Map<string, Newest>();
  await reader.queries.run(
    async () => {
      for (const matchers of selectors) for (const series of await selectRecent(reader, matchers)) addNewest(newest, series);
    },
    { timeoutMs, signal: request.signal },
  );
  const target = negotiateText(request.headers['accept']);
  const families = byName([...newest.values()].toSorted((a, b) => compareLabels(a.labels, b.labels)));
  return renderParts(
    (function* lines() {
      for (const [name, samples] of families) yield writeFamily({ name, type: 'unknown', help: '', samples }, target);
      yield endOf(target);
    })(),
    { 'content-type': target.contentType, 'cache-control': 'no-store' },
  );
}

function selectRecent(
  { context, request }: Reader,
  matchers: Parameters<ReturnType<typeof storeSource>['select']>[0]['matchers'],
): Promise<readonly SeriesSamples[]> {
  const { engine, promql, limits, nowNs } = context;
  const nowMs = Number(nowNs() / 1_000_000n);
  const scope = { tenant: request.tenant, signal: request.signal, limits: { ...limits, rowsOut: promql.samplesMax } };
  const lookup = promql.lookup ?? askEngine(engine);
  return storeSource({ engine, lookup, scope, withStarts: false }).select(
    { matchers, afterMs: nowMs - promql.lookbackMs, toMs: nowMs },
    request.signal,
  );
}

function addNewest(newest: Map<string, Newest>, { labels, timesMs, kinds, values }: SeriesSamples): void {
  const last = timesMs.length - 1;
  if (kinds[last] !== sampleKinds.float) return;
  newest.set(labelsKey(labels), { labels, value: values[last] ?? Number.NaN, timestampMs: timesMs[last] ?? 0 });
}

function byName(sorted: readonly Newest[]): readonly (readonly [string, WrittenSample[]])[] {
  const families = new Map<string, WrittenSample[]>();
  for (const { labels, value, timestampMs } of sorted) {
    const name = labelValue(labels, metricName);
    const samples = families.get(name) ?? [];
    families.set(name, samples);
    samples.push({ labels: withInstance(withoutName(labels)), value, timestampMs });
  }
  return [...families].toSorted(([a], [b]) => compareText(a, b));
}

/** An empty `instance` keeps the Prometheus that scrapes from adding its own. */
function withInstance(labels: Labels): Labels {
  return labelValue(labels, 'instance') === '' ? [...labels, 'instance', ''] : labels;
}

/**
 * info(v, {…}): the labels of info metrics, such as target_info, added to the series of the same job and instance. At each step
 * the newest sample of an info metric counts.
 */
import { SondeError } from '../../base/errors.ts';
import { labelPairs, labelsKey, labelsOf, labelValue, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher } from '../../lang/matchers.ts';
import type { Call, Expr } from '../ast.ts';
import { offsetOf, timeOf } from './durations.ts';
import type { Evaluation } from './evaluation.ts';
import { copyStep, hasSamples, newSeries, presence, unite } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import { labelsText } from './labels-text.ts';
import { look, lookupOf } from './lookup.ts';
import { partsOf, withoutParens } from './shape.ts';

/** The labels by which a series and an info metric belong together. */
const identifying = ['instance', 'job'] as const;

/** Which info metrics, and which of their labels: those that any matcher names, or all. */
interface InfoSelector {
  readonly nameMatchers: readonly Matcher[];
  readonly labelMatchers: readonly Matcher[];
}

export async function addInfo(
  base: readonly GridSeries[],
  { call, grid, evaluation }: { readonly call: Call; readonly grid: Grid; readonly evaluation: Evaluation },
): Promise<readonly GridSeries[]> {
  const selector = infoSelectorOf(call.args[1]);
  const isInfoName = allMatch(selector.nameMatchers);
  const enriched = base.filter(({ labels }) => !isInfoName(labelValue(labels, metricName)));
  const infos = await selectInfos(enriched, selector, call, grid, evaluation);
  const results: GridSeries[] = [];
  for (const series of base) {
    if (evaluation.isDue()) await evaluation.pause();
    if (isInfoName(labelValue(series.labels, metricName))) results.push(series);
    else results.push(...enrich(series, infos, selector));
  }
  return unite(results.filter(hasSamples));
}

function infoSelectorOf(expr: Expr | undefined): InfoSelector {
  const selector = expr === undefined ? undefined : withoutParens(expr);
  const matchers = selector?.type === 'vectorSelector' ? selector.matchers : [];
  const labelMatchers = matchers.filter(({ name }) => name !== metricName);
  const named = matchers.filter(({ name }) => name === metricName);
  if (named.length === 0) return { labelMatchers, nameMatchers: [{ name: metricName, operator: '=', value: 'target_info' }] };
  const isPositive = named.some(({ operator }) => operator === '=' || operator === '=~');
  const anyInfo: Matcher = { name: metricName, operator: '=~', value: '.+_info' };
  return { labelMatchers, nameMatchers: isPositive ? named : [anyInfo, ...named] };
}

function allMatch(matchers: readonly Matcher[]): (text: string) => boolean {
  const tests = matchers.map(compileMatcher);
  return (text) => tests.every((test) => test(text));
}

/** Info metrics by name and identifying labels; of each the times of its newest samples, which decide between several. */
type Infos = ReadonlyMap<string, readonly GridSeries[]>;

async function selectInfos(
  enriched: readonly GridSeries[],
  { nameMatchers, labelMatchers }: InfoSelector,
  call: Call,
  grid: Grid,
  evaluation: Evaluation,
): Promise<ReadonlyMap<string, Infos>> {
  const identities = identifying.map((name) => identityMatcher(name, enriched)).filter((matcher) => matcher !== undefined);
  if (identities.length === 0) return new Map();
  const { lookbackMs } = evaluation.options;
  const { pinnedMs, offsetMs } = timesOfFirstSelector(call.args[0]!, evaluation);
  const lookup = lookupOf(grid, pinnedMs, offsetMs, lookbackMs);
  const found = await evaluation.select({
    matchers: [...identities, ...labelMatchers, ...nameMatchers],
    afterMs: lookup.startMs - lookbackMs,
    toMs: lookup.startMs + (lookup.steps - 1) * lookup.strideMs,
  });
  const byIdentity = new Map<string, Map<string, GridSeries[]>>();
  for (const samples of found) {
    if (samples.histograms !== undefined) {
      throw new SondeError('query_failed', `this should be an info metric, with float samples: ${labelsText(samples.labels)}`);
    }
    const series = look(samples, lookup, 'time');
    if (series === undefined) continue;
    const identity = identityOf(series.labels);
    const byName = byIdentity.get(identity) ?? new Map<string, GridSeries[]>();
    byIdentity.set(identity, byName);
    const name = labelValue(series.labels, metricName);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [series]);
    else known.push(series);
  }
  return byIdentity;
}

/** Values that are listed in one expression; of more all are read, and what belongs to no series is left over. */
const listedMax = 500;

/** Matches the values that any of the series has; undefined when none has the label. */
function identityMatcher(name: string, series: readonly GridSeries[]): Matcher | undefined {
  const values = new Set(series.map(({ labels }) => labelValue(labels, name)));
  values.delete('');
  if (values.size === 0) return undefined;
  if (values.size > listedMax) return { name, operator: '!=', value: '' };
  return { name, operator: '=~', value: [...values].map(quoteRegex).join('|') };
}

function quoteRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

function identityOf(labels: Labels): string {
  return labelsKey(identifying.map((name) => labelValue(labels, name)));
}

/** The time that the first selector looks at decides for the info metrics too: its own `@` and offset and those around it. */
function timesOfFirstSelector(expr: Expr, evaluation: Evaluation): { pinnedMs: number | undefined; offsetMs: number } {
  let pinnedMs: number | undefined;
  let offsetMs = 0;
  for (const node of pathToFirstSelector(expr).toReversed()) {
    if (pinnedMs !== undefined || (node.type !== 'vectorSelector' && node.type !== 'subquery')) continue;
    offsetMs += offsetOf(node.offset, evaluation.queryGrid);
    pinnedMs = timeOf(node.at, evaluation.queryGrid);
  }
  return { pinnedMs, offsetMs };
}

/** From the outermost expression to the selector; empty when there is none. The parser limits how deep expressions are. */
function pathToFirstSelector(expr: Expr): Expr[] {
  if (expr.type === 'vectorSelector') return [expr];
  for (const part of partsOf(expr)) {
    const path = pathToFirstSelector(part);
    if (path.length > 0) return [expr, ...path];
  }
  return [];
}

/** The series with the labels found at each step, one result for each set of them. */
function enrich(series: GridSeries, infos: ReadonlyMap<string, Infos>, { labelMatchers }: InfoSelector): readonly GridSeries[] {
  const byName = infos.get(identityOf(series.labels)) ?? new Map<string, readonly GridSeries[]>();
  const wanted = labelMatchers.length === 0 ? undefined : new Set(labelMatchers.map(({ name }) => name));
  const needsMatch = labelMatchers.some((matcher) => !compileMatcher(matcher)(''));
  const results = new Map<string, GridSeries>();
  for (let step = 0; step < series.values.length; step++) {
    if (series.present[step] === presence.absent) continue;
    const found = [...byName.values()].map((candidates) => newestAt(candidates, step)).filter((info) => info !== undefined);
    if (found.length === 0 && needsMatch) continue;
    const labels = addLabels(series.labels, found, wanted);
    const key = labelsKey(labels);
    let result = results.get(key);
    if (result === undefined) results.set(key, (result = newSeries(labels, series.values.length, series.dropName)));
    copyStep(result, series, step);
  }
  return [...results.values()];
}

/** Throws `query_failed` when two have equally new samples. */
function newestAt(candidates: readonly GridSeries[], step: number): GridSeries | undefined {
  let newest: GridSeries | undefined;
  for (const candidate of candidates) {
    if (candidate.present[step] === presence.absent) continue;
    if (newest !== undefined && candidate.values[step] === newest.values[step]) {
      const [a, b] = [newest, candidate].map(({ labels }) => `${labelsText(labels)} @ ${candidate.values[step]! * 1000}`);
      throw new SondeError('query_failed', `found duplicate series for info metric: existing ${a}, new ${b}`);
    }
    if (newest === undefined || candidate.values[step]! > newest.values[step]!) newest = candidate;
  }
  return newest;
}

/** Labels that the series has stay. Throws `query_failed` when two info metrics have different values for one. */
function addLabels(labels: Labels, infos: readonly GridSeries[], wanted: ReadonlySet<string> | undefined): Labels {
  const added = new Map<string, string>();
  for (const info of infos) {
    for (const [name, value] of labelPairs(info.labels)) {
      if (name === metricName || (wanted !== undefined && !wanted.has(name))) continue;
      const known = added.get(name);
      if (known !== undefined && known !== value) throw new SondeError('query_failed', `conflicting label: ${name}`);
      if (labelValue(labels, name) === '') added.set(name, value);
    }
  }
  return added.size === 0 ? labels : labelsOf([...labelPairs(labels), ...added]);
}

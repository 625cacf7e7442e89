/**
 * The labels of a scraped series: what the target exposed together with the target's own labels, then metric relabeling, then the
 * limits of its job (Prometheus, `honor_labels`, `metric_relabel_configs`, `label_limit`).
 */
import { SondeError } from '../base/errors.ts';
import { compareText, labelPairs, labelsOf, labelValue, metricName } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import type { ScrapeConfig, ScrapeLimits } from './config.ts';
import { isLabelName, relabel } from './relabel.ts';
import type { NameScheme } from './relabel.ts';

const exportedPrefix = 'exported_';
const legacyMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * The labels under which a series is stored, undefined when rules drop it. `exposed` is sorted, and may hold empty values of labels
 * that the target has: they were written as empty. Throws `malformed_body` for names that are not allowed, `too_large` over a limit.
 */
export function seriesLabels(exposed: Labels, target: Labels, config: ScrapeConfig): Labels | undefined {
  const merged = joined(exposed, target) ?? (config.honorLabels ? honored(exposed, target) : separated(exposed, target));
  const labels = relabel(merged, config.metricRelabelRules);
  if (labels === undefined) return undefined;
  checkNames(labels, config.names);
  checkLimits(labels, config.limits);
  return labels;
}

/** Both, where no name is in both: that is how most series are, and both are sorted already. */
function joined(exposed: Labels, target: Labels): Labels | undefined {
  const labels: string[] = [];
  let at = 0;
  for (let i = 0; i < exposed.length; i += 2) {
    const name = exposed[i] ?? '';
    let order = 1;
    for (; at < target.length && (order = compareText(target[at] ?? '', name)) < 0; at += 2)
      labels.push(target[at] ?? '', target[at + 1] ?? '');
    if (order === 0) return undefined;
    labels.push(name, exposed[i + 1] ?? '');
  }
  for (; at < target.length; at++) labels.push(target[at] ?? '');
  return labels;
}

/** Exposed labels go before those of the target; one that was exposed as empty removes the target's. */
function honored(exposed: Labels, target: Labels): Labels {
  return labelsOf([...labelPairs(target), ...labelPairs(exposed)]);
}

/** The target's labels go before exposed ones, which get other names: `exported_job`, or with the prefix again. */
function separated(exposed: Labels, target: Labels): Labels {
  const values = new Map(labelPairs(exposed));
  const renamed: [string, string][] = [];
  for (const [name, value] of labelPairs(target)) {
    const taken = values.get(name) ?? '';
    if (taken !== '') renamed.push([name, taken]);
    values.set(name, value);
  }
  // Short names first, so that the outcome does not hang on their order.
  for (const [name, value] of renamed.toSorted(([a], [b]) => a.length - b.length)) {
    let free = exportedPrefix + name;
    while ((values.get(free) ?? '') !== '') free = exportedPrefix + free;
    values.set(free, value);
  }
  return labelsOf(values);
}

function checkNames(labels: Labels, names: NameScheme): void {
  const name = labelValue(labels, metricName);
  if (name === '') throw new SondeError('malformed_body', 'A series has no name after metric relabeling.');
  if (names === 'utf8') return;
  if (!legacyMetricName.test(name)) throw new SondeError('malformed_body', `"${name}" is not a legacy metric name.`);
  for (const [label] of labelPairs(labels))
    if (!isLabelName(label, names)) throw new SondeError('malformed_body', `"${label}" is not a legacy label name.`);
}

function checkLimits(labels: Labels, limits: ScrapeLimits): void {
  if (limits.labels === 0 && limits.labelNameBytes === 0 && limits.labelValueBytes === 0) return;
  const metric = labelValue(labels, metricName);
  const over = (key: string, limit: number, what: string): never => {
    throw new SondeError('too_large', `Over the ${key} of ${limit}: ${what} of metric "${metric}".`);
  };
  const count = labels.length / 2;
  if (limits.labels > 0 && count > limits.labels) over('label_limit', limits.labels, `the ${count} labels of a series`);
  for (const [name, value] of labelPairs(labels)) {
    if (isOver(name, limits.labelNameBytes)) over('label_name_length_limit', limits.labelNameBytes, `the label name "${name}"`);
    if (isOver(value, limits.labelValueBytes)) over('label_value_length_limit', limits.labelValueBytes, `the label "${name}"`);
  }
}

function isOver(text: string, bytesMax: number): boolean {
  return bytesMax > 0 && Buffer.byteLength(text) > bytesMax;
}

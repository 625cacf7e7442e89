/**
 * Label sets as plain data: names and values in turn, sorted by name, no name twice, no empty value (an absent label and an
 * empty one are the same). `['__name__', 'up', 'job', 'node']` is `up{job="node"}`.
 */
export type Labels = readonly string[];

export const metricName = '__name__';

/** The value of a label, empty when there is none. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1] ?? '';
  return '';
}

/** A label set from pairs in any order; of a name that comes twice the last counts, empty values are left out. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const byName = new Map(pairs);
  const labels: string[] = [];
  for (const name of [...byName.keys()].toSorted(compareText)) {
    const value = byName.get(name) ?? '';
    if (value !== '') labels.push(name, value);
  }
  return labels;
}

export function labelPairs(labels: Labels): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return pairs;
}

/** The set with one label changed, added, or, for an empty value, removed. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  if (labelValue(labels, name) === value) return labels;
  return labelsOf([...labelPairs(labels), [name, value]]);
}

/** The labels whose name passes. */
export function pickLabels(labels: Labels, keeps: (name: string) => boolean): Labels {
  const picked: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] ?? '';
    if (keeps(name)) picked.push(name, labels[i + 1] ?? '');
  }
  return picked.length === labels.length ? labels : picked;
}

export function withoutName(labels: Labels): Labels {
  return pickLabels(labels, (name) => name !== metricName);
}

/** Equal for equal sets and only for those: for use as a key. No text holds a lone surrogate, so none holds the separator. */
export function labelsKey(labels: Labels): string {
  return labels.join('\uD800');
}

/** The order of label sets: label by label, by name and then by value, a shorter one first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = compareText(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Orders text by code points, as UTF-8 bytes would be. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

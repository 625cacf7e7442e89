/** A label set as messages show it: `{__name__="up", job="node"}`. */
import { labelPairs } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { quote } from '../../lang/strings.ts';

export function labelsText(labels: Labels): string {
  return `{${labelPairs(labels)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(', ')}}`;
}

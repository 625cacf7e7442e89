/** What a line of StatsD measures, as Prometheus names it. */
import { prometheusLabelName, prometheusLabels, prometheusMetricName } from '../../codec/prometheus-names.ts';
import type { Refusal } from './decode.ts';

type Tag = readonly [key: string, value: string];

/** The value of a tag that is only a word, as Datadog has them. */
const bareValue = 'true';

/**
 * Labels, names and values in turn, sorted by name after `__name__`. `head` is the name with the tags that stand in it, `tags` those
 * behind the `#`. Tags that come to one name have their values joined, as those of OTLP have.
 */
export function labelsOf(head: string, tags: string, isCounter: boolean): string[] | Refusal {
  const nameEnd = head.search(/[,;]/);
  const name = nameEnd < 0 ? head : head.slice(0, nameEnd);
  if (name === '') return 'form';
  const pairs = [...(nameEnd < 0 ? [] : tagsOf(head.slice(nameEnd + 1), head.charAt(nameEnd), '=')), ...tagsOf(tags, ',', ':')];
  if (!pairs.every(([key]) => isLabel(key))) return 'tags';
  const labels = [...prometheusLabels(pairs)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ['__name__', metricName(name, isCounter), ...labels.flat()];
}

function metricName(name: string, isCounter: boolean): string {
  const plain = prometheusMetricName(name, '', 'other');
  return isCounter && !plain.endsWith('_total') ? `${plain}_total` : plain;
}

function tagsOf(text: string, between: string, beforeValue: string): Tag[] {
  return text
    .split(between)
    .filter((tag) => tag !== '')
    .map((tag): Tag => {
      const keyEnd = tag.indexOf(beforeValue);
      return keyEnd < 0 ? [tag, bareValue] : [tag.slice(0, keyEnd), tag.slice(keyEnd + 1)];
    });
}

function isLabel(key: string): boolean {
  const name = prometheusLabelName(key);
  return name !== undefined && name !== '__name__';
}

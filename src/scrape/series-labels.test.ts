import { describe, expect, test } from 'vitest';
import { labelsOf } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import { readScrapeConfig } from './config.ts';
import { seriesLabels } from './series-labels.ts';

const target = labelsOf([
  ['instance', 'i'],
  ['job', 'j'],
]);

function labelsUnder(keys: string, exposed: Labels): Labels | undefined {
  const [config] = readScrapeConfig(`scrape_configs: [{ job_name: j, ${keys} }]`, '/p.yml').scrapeConfigs;
  return seriesLabels(exposed, target, config!);
}

describe('labels that conflict', () => {
  const check = (name: string, keys: string, exposed: readonly string[], expected: readonly string[]): void =>
    test(`conflict: ${name}`, () =>
      expect(labelsUnder(keys, ['__name__', 'a', ...exposed])).toEqual(['__name__', 'a', ...expected]));
  check('none do', '', ['x', '1'], ['instance', 'i', 'job', 'j', 'x', '1']);
  check('the exposed one moves', '', ['job', 'x'], ['exported_job', 'x', 'instance', 'i', 'job', 'j']);
  check(
    'further where that is taken',
    '',
    ['exported_job', 'y', 'job', 'x'],
    ['exported_exported_job', 'x', 'exported_job', 'y', 'instance', 'i', 'job', 'j'],
  );
  check('the exposed one stays where it is honored', 'honor_labels: true', ['job', 'x'], ['instance', 'i', 'job', 'x']);
  check('an empty one removes', 'honor_labels: true', ['job', ''], ['instance', 'i']);
  check('also among others', 'honor_labels: true', ['instance', '', 'k', '1', 'z', '2'], ['job', 'j', 'k', '1', 'z', '2']);
  check('names that begin alike do not', '', ['jo', '1', 'jobs', '2'], ['instance', 'i', 'jo', '1', 'job', 'j', 'jobs', '2']);
});

describe('names', () => {
  const dots = ['__name__', 'a.b', 'c.d', '1'];
  test('in UTF-8 are taken', () => expect(labelsUnder('', dots)).toEqual(['__name__', 'a.b', 'c.d', '1', ...target]));
  test('in UTF-8 are refused under the legacy scheme', () => {
    const legacy = 'metric_name_validation_scheme: legacy';
    expect(() => labelsUnder(legacy, dots)).toThrow('"a.b" is not a legacy metric name.');
    expect(() => labelsUnder(legacy, ['__name__', 'a:b', 'c.d', '1'])).toThrow('"c.d" is not a legacy label name.');
  });
  test('that rules removed are an error', () =>
    expect(() => labelsUnder('metric_relabel_configs: [{ regex: __name__, action: labeldrop }]', ['__name__', 'a'])).toThrow(
      'A series has no name after metric relabeling.',
    ));
});

test('limits count bytes, the name among the labels, after relabeling', () => {
  const exposed = ['__name__', 'a', 'x', 'éé'];
  expect(labelsUnder('label_limit: 4, label_value_length_limit: 4', exposed)).toHaveLength(8);
  expect(() => labelsUnder('label_limit: 3', exposed)).toThrow('Over the label_limit of 3');
  expect(() => labelsUnder('label_value_length_limit: 3', exposed)).toThrow('Over the label_value_length_limit of 3');
  expect(labelsUnder('label_limit: 3, metric_relabel_configs: [{ regex: x, action: labeldrop }]', exposed)).toHaveLength(6);
});

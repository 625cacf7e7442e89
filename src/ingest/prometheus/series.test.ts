import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricIdOf } from '../../model/metric-ids.ts';
import type { FamilyType } from '../../model/metrics.ts';
import { Commit, createCommitBuffers } from '../../engine/open-commit.ts';
import { Seen } from '../../engine/seen.ts';
import { rowsOf } from '../../../test/otlp/rows.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import { series } from '../../model/metrics.ts';
import { labelBytesMax, labelRules, labelsMax } from './decode-labels.ts';
import { nameRule, SeriesFinder, unknownSeries } from './series.ts';

function newCommit(): Commit {
  return new Commit({ number: 1n, mark: 3 }, new Seen(1 << 12), createCommitBuffers());
}

function find(labels: readonly string[], tenant = 'default'): SeriesFinder {
  const finder = new SeriesFinder(newCommit(), tenant);
  finder.labels.setTexts(labels);
  expect(finder.find()).toBeUndefined();
  return finder;
}

const idOf = (labels: readonly string[], tenant?: string): string => {
  const { idLow, idHigh } = find(labels, tenant);
  return `${idHigh >>> 0} ${idLow >>> 0}`;
};

test('the id of a series never changes', () => {
  expect(idOf(['__name__', 'up', 'instance', 'a:9090', 'job', 'node'])).toBe('1347483378 221030047');
});

describe('which labels have one id', () => {
  const up = ['__name__', 'up', 'instance', 'a:9090', 'job', 'node'];
  const check = (title: string, other: readonly string[], isSame: boolean, tenant?: string): void =>
    test(`of an id: ${title}`, () => expect(idOf(other, tenant) === idOf(up)).toBe(isSame));

  check('the order does not count', ['job', 'node', '__name__', 'up', 'instance', 'a:9090'], true);
  check('an empty value is no label', [...up, 'zone', ''], true);
  check('a value counts', ['__name__', 'up', 'instance', 'a:9091', 'job', 'node'], false);
  check('where a name ends counts', ['__name__', 'up', 'instancea', ':9090', 'job', 'node'], false);
  check('which value belongs to which name counts', ['__name__', 'up', 'instance', 'node', 'job', 'a:9090'], false);
  check('the tenant counts', up, false, 'other');

  test('any order of any labels', () => {
    const labels = fc.uniqueArray(
      fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 })),
      {
        selector: ([name]) => name,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(labels, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (pairs, random) => {
        const all = [['__name__', 'm'] as const, ...pairs.filter(([name]) => name !== '__name__')];
        const weights = new Map(all.map((pair) => [pair, random.next().value]));
        const shuffled = all.toSorted((a, b) => weights.get(a)! - weights.get(b)!);
        expect(idOf(shuffled.flat())).toBe(idOf(all.flat()));
      }),
    );
  });
});

describe('labels that are refused', () => {
  const check = (title: string, labels: readonly string[], rule: string): void =>
    test(`refused: ${title}`, () => {
      const finder = new SeriesFinder(newCommit(), 'default');
      finder.labels.setTexts(labels);
      expect(finder.find()).toBe(rule);
    });
  const many = Array.from({ length: labelsMax }, (_, i) => [`l${i}`, 'x']).flat();

  check('no name', ['job', 'node'], nameRule);
  check('an empty name of the metric', ['__name__', '', 'job', 'node'], nameRule);
  check('none at all', [], nameRule);
  check('an empty name', ['__name__', 'up', '', 'x'], labelRules.empty);
  check('one twice', ['__name__', 'up', 'a', 'x', 'a', 'y'], labelRules.twice);
  check('one twice, not side by side', ['a', 'x', '__name__', 'up', 'a', 'x'], labelRules.twice);
  check('too many', ['__name__', 'up', ...many], labelRules.count);
  check('too long ones', ['__name__', 'up', 'a', 'x'.repeat(labelBytesMax)], labelRules.bytes);
});

test('what is not UTF-8 is refused', () => {
  const finder = new SeriesFinder(newCommit(), 'default');
  const bytes = Buffer.from('__name__up\xff', 'latin1');
  finder.labels.begin(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  finder.labels.add(0, 8, 8, 11);
  expect(finder.find()).toBe(labelRules.utf8);
});

test('the metric has the id of its name', () => {
  expect(find(['A', 'before the name', '__name__', 'http.größe']).metricId).toBe(metricIdOf('http.größe'));
});

describe('the row of a series', () => {
  function rowOf(labels: readonly string[], nature: Partial<typeof unknownSeries>): Row {
    const commit = newCommit();
    const finder = new SeriesFinder(commit, 'default');
    finder.labels.setTexts(labels);
    finder.find();
    expect(finder.isNew(20_000)).toBe(true);
    finder.write(20_000, { ...unknownSeries, ...nature });
    expect(finder.isNew(20_000)).toBe(false);
    expect(finder.isNew(20_001)).toBe(true);
    return rowsOf(commit.batch(series))[0]!;
  }

  test('holds the labels twice, as labels and as attributes, and the name for both', () => {
    const row = rowOf(['__name__', 'up', 'job', 'node', 'instance', 'a:9090'], { unit: 's', help: 'Is it up?' });
    expect(row).toMatchObject({
      tenant: 'default',
      day: 20_000,
      metric: 'up',
      name: 'up',
      metric_id: metricIdOf('up'),
      labels: [
        ['instance', 'a:9090', 's'],
        ['job', 'node', 's'],
      ],
      type: 'unknown',
      unit: 's',
      description: 'Is it up?',
      service: 'node',
      resource_id: 0n,
      scope_id: 0n,
    });
    expect(row['attributes']).toEqual(row['labels']);
  });

  const checkService = (title: string, labels: readonly string[], service: string): void =>
    test(`of a service: ${title}`, () => expect(rowOf(['__name__', 'up', ...labels], {})['service']).toBe(service));
  checkService('service_name comes before job', ['job', 'node', 'service_name', 'shop'], 'shop');
  checkService('without both there is no service', ['instance', 'a'], '');

  const checkType = (
    title: string,
    name: string,
    family: FamilyType,
    isHistogram: boolean,
    type: string,
    temporality: number,
  ): void =>
    test(`of a type: ${title}`, () => {
      const row = rowOf(['__name__', name], { family, isHistogram });
      expect([row['type'], row['temporality'], row['monotonic']]).toEqual([type, temporality, temporality === 0 ? 0 : 1]);
    });
  checkType('a counter is a sum that grows', 'a_total', 'counter', false, 'sum', 2);
  checkType('a gauge', 'a', 'gauge', false, 'gauge', 0);
  checkType('info', 'a_info', 'info', false, 'info', 0);
  checkType('a state set', 'a', 'stateset', false, 'stateset', 0);
  checkType('a bucket of a histogram is a sum that grows', 'a_bucket', 'histogram', false, 'sum', 2);
  checkType('a bucket of a gauge histogram is a gauge', 'a_gcount', 'gaugehistogram', false, 'gauge', 0);
  checkType('the count of a summary is a sum that grows', 'a_count', 'summary', false, 'sum', 2);
  checkType('a quantile of a summary is a gauge', 'a', 'summary', false, 'gauge', 0);
  checkType('a native histogram', 'a', 'histogram', true, 'native_histogram', 2);
  checkType('a native histogram of a gauge', 'a', 'gaugehistogram', true, 'native_histogram', 0);
  checkType('a native histogram of which nothing is said', 'a', 'unknown', true, 'native_histogram', 2);
});

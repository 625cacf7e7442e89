import { describe, expect, test } from 'vitest';
import { Annotations, infoOf, warningOf } from './annotations.ts';

const place = (offset: number): string => `1:${offset + 1}`;

describe('annotations', () => {
  test('tell warnings from infos, with places', () => {
    const annotations = new Annotations();
    annotations.warn(warningOf.quantile(2), 4);
    annotations.inform(infoOf.possibleNonCounter('up'), 7);
    expect(annotations.texts(place)).toEqual({
      warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:5)'],
      infos: ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:8)'],
    });
  });

  test('are given once, at the last place', () => {
    const annotations = new Annotations();
    annotations.warn(warningOf.mixedTypes('x'), 1);
    annotations.warn(warningOf.mixedTypes('x'), 9);
    annotations.warn(warningOf.mixedTypes('y'), 1);
    expect(annotations.texts(place).warnings).toEqual([
      'PromQL warning: encountered a mix of histograms and floats for metric name "x" (1:10)',
      'PromQL warning: encountered a mix of histograms and floats for metric name "y" (1:2)',
    ]);
  });

  test('count overlaps', () => {
    const annotations = new Annotations();
    const text = 'PromQL warning: sample has start time that overlaps with previous sample timestamp for metric "x"';
    annotations.warnOfOverlap('x', 0);
    expect(annotations.texts(place).warnings).toEqual([`${text} (1:1)`]);
    annotations.warnOfOverlap('x', 5);
    expect(annotations.texts(place).warnings).toEqual([`${text} (2 occurrences) (1:1)`]);
  });

  test('tell how far buckets were fixed', () => {
    const annotations = new Annotations();
    annotations.informOfMonotonicity('h', 3, 60_500, { lowest: 0.5, highest: 1, difference: 0.123 });
    annotations.informOfMonotonicity('h', 3, 0, { lowest: 1, highest: Infinity, difference: 250 });
    const [info] = annotations.texts(place).infos;
    expect(info).toContain(
      'for metric name "h", from buckets 0.5 to +Inf, with a max diff of 2.5e+02, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:4)',
    );
  });
});

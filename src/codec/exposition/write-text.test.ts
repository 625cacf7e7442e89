import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelsText, linesOf } from '../../../test/exposition/lines.ts';
import { escapings, negotiateText } from './content-type.ts';
import type { Negotiated } from './content-type.ts';
import { escapeName } from './escape-names.ts';
import { sortedLabels } from './sorted-labels.ts';
import { writeExposition } from './write-text.ts';
import type { WrittenFamily } from './write-text.ts';

const text = negotiateText('text/plain;version=1.0.0;escaping=allow-utf-8');
const openMetrics = negotiateText('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8');
const dots = negotiateText('text/plain;version=1.0.0;escaping=dots');

describe('families', () => {
  const check = (what: string, families: WrittenFamily[], target: Negotiated, ...expected: string[]): void =>
    test(`families ${what}`, () => expect(writeExposition(families, target)).toBe(expected.map((line) => `${line}\n`).join('')));

  const counter: WrittenFamily = {
    name: 'a_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Say "a" \\ or\nb.',
    samples: [
      {
        labels: ['b', 'c"\\\n', 'd', 'é'],
        value: 1.5,
        timestampMs: 1700000000123,
        exemplar: { labels: ['t', 'x'], value: 0.5, timestampMs: 5001 },
      },
      { labels: [], value: Number.POSITIVE_INFINITY },
    ],
  };
  check(
    'of counters are called by their samples in text',
    [counter],
    text,
    '# HELP a_seconds_total Say "a" \\\\ or\\nb.',
    '# TYPE a_seconds_total counter',
    'a_seconds_total{b="c\\"\\\\\\n",d="é"} 1.5 1700000000123',
    'a_seconds_total +Inf',
  );
  check(
    'of counters lose their suffix in OpenMetrics',
    [counter],
    openMetrics,
    '# TYPE a_seconds counter',
    '# UNIT a_seconds seconds',
    '# HELP a_seconds Say \\"a\\" \\\\ or\\nb.',
    'a_seconds_total{b="c\\"\\\\\\n",d="é"} 1.5 1700000000.123 # {t="x"} 0.5 5.001',
    'a_seconds_total +Inf',
    '# EOF',
  );
  const histogram: WrittenFamily = {
    name: 'a',
    type: 'histogram',
    help: '',
    unit: 's',
    samples: [
      { suffix: '_bucket', labels: ['le', '+Inf'], value: 2, exemplar: { labels: [], value: 1 } },
      { suffix: '_count', labels: [], value: 2, exemplar: { labels: [], value: 1 } },
    ],
  };
  check(
    'of histograms have exemplars at buckets',
    [histogram],
    openMetrics,
    '# TYPE a histogram',
    'a_bucket{le="+Inf"} 2 # {} 1',
    'a_count 2',
    '# EOF',
  );
  check('of histograms have none in text', [histogram], text, '# TYPE a histogram', 'a_bucket{le="+Inf"} 2', 'a_count 2');
  const quoted: WrittenFamily = { name: 'a.b', type: 'gauge', help: 'A.', samples: [{ labels: ['c.d', 'e'], value: -0 }] };
  check(
    'with names that are not plain are quoted',
    [quoted],
    text,
    '# HELP "a.b" A.',
    '# TYPE "a.b" gauge',
    '{"a.b","c.d"="e"} -0',
  );
  check(
    'with names that are not plain are escaped',
    [quoted],
    dots,
    '# HELP a_dot_b A.',
    '# TYPE a_dot_b gauge',
    'a_dot_b{c_dot_d="e"} -0',
  );
  const odd: WrittenFamily[] = [
    { name: 'a', type: 'counter', help: '', samples: [{ labels: [], value: 1 }] },
    { name: 'b_info', type: 'info', help: '', samples: [{ labels: [], value: 1 }] },
    { name: 'c', type: 'stateset', help: '', samples: [{ labels: ['c', 'd'], value: 1 }] },
    { name: 'e', type: 'unknown', help: '', samples: [{ labels: [], value: Number.NaN }] },
  ];
  check(
    'of types that text has not',
    odd,
    text,
    '# TYPE a counter',
    'a 1',
    '# TYPE b_info gauge',
    'b_info 1',
    '# TYPE c gauge',
    'c{c="d"} 1',
    '# TYPE e untyped',
    'e NaN',
  );
  check(
    'of types that OpenMetrics has',
    odd,
    openMetrics,
    '# TYPE a unknown',
    'a 1',
    '# TYPE b info',
    'b_info 1',
    '# TYPE c stateset',
    'c{c="d"} 1',
    '# TYPE e unknown',
    'e NaN',
    '# EOF',
  );
  check('that are none are an end', [], openMetrics, '# EOF');
});

describe('what was written is read as it was', () => {
  const string = fc.string({ unit: 'binary' });
  const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== '__name__');
  const labels = fc.dictionary(name, string).map((pairs) => Object.entries(pairs).flat());
  const sample = fc.record({ labels, value: fc.double(), timestampMs: fc.integer({ min: -1e12, max: 4e12 }) });

  test.each([text, openMetrics])('in $contentType', (target) => {
    fc.assert(
      fc.property(name, string, fc.array(sample), (family, help, samples) => {
        const body = writeExposition([{ name: family, type: 'gauge', help, samples }], target);
        const expected = samples.map(({ labels: pairs, value, timestampMs }) => {
          const sorted = sortedLabels([['__name__', family], ...pairsOf(pairs)]) ?? [];
          return `${labelsText(sorted)} ${value} @${timestampMs} gauge`;
        });
        const lines = linesOf(body, target.contentType);
        expect(lines.filter((line) => line.startsWith('{'))).toEqual(expected);
        expect(lines).toContain(`type ${family} gauge`);
        expect(lines.filter((line) => line.startsWith('help '))).toEqual(help === '' ? [] : [`help ${family} ${help}`]);
      }),
    );
  });

  test('and with names escaped it can always be read', () => {
    fc.assert(
      fc.property(name, labels, fc.constantFrom(...escapings), (family, pairs, escaping) => {
        const names = pairs.filter((_, i) => i % 2 === 0).map((label) => escapeName(label, escaping));
        // Two labels may become one.
        fc.pre(new Set(names).size === names.length);
        const samples = [{ labels: pairs, value: 1 }];
        const body = writeExposition([{ name: family, type: 'gauge', help: '', samples }], { ...text, escaping });
        expect(linesOf(body, text.contentType)).toHaveLength(2);
      }),
    );
  });
});

function pairsOf(labels: readonly string[]): [string, string][] {
  return labels.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, labels[i + 1] ?? '']] : []));
}

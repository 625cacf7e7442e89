import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf } from '../../../test/exposition/lines.ts';
import type { ExpositionOptions } from './exposition.ts';

const read = (body: string, options?: Partial<ExpositionOptions>): string[] => linesOf(body, contentTypes.openMetrics, options);

describe('a line of OpenMetrics', () => {
  const check = (lines: string, ...expected: string[]): void =>
    test(`reads ${JSON.stringify(lines)}`, () => expect(read(`${lines}# EOF\n`)).toEqual(expected));

  check('');
  check('a 1\n', '{__name__="a"} 1 unknown');
  check('a{b="c"} 1 1700000000.123\n', '{__name__="a",b="c"} 1 @1700000000123 unknown');
  check('a 1 -1.5e3\n', '{__name__="a"} 1 @-1500000 unknown');
  check('a 1 1520879607.789\n', '{__name__="a"} 1 @1520879607789 unknown');
  check('{"a.b","c.d"="e"} 1\n', '{__name__="a.b",c.d="e"} 1 unknown');
  check('a{b="c",} 1\n', '{__name__="a",b="c"} 1 unknown');
  check('# TYPE a counter\n# UNIT a \n# HELP a b \\" \\\\ \\n c\n', 'type a counter', 'unit a ', 'help a b " \\ \n c');
  check('# TYPE "a.b" info\n{"a.b_info"} 1\n', 'type a.b info', '{__name__="a.b_info"} 1 info');
  check('# UNIT a_seconds seconds\n', 'unit a_seconds seconds');
  check(
    '# TYPE a gaugehistogram\na_bucket{le="2"} 1\na_gsum 1\na_gcount 1\n',
    'type a gaugehistogram',
    '{__name__="a_bucket",le="2.0"} 1 gaugehistogram',
    '{__name__="a_gsum"} 1 gaugehistogram',
    '{__name__="a_gcount"} 1 gaugehistogram',
  );
  check(
    'a_total 1 # {trace_id="x",a=""} 0.5\nb 1 2 # {} -1 3.0015\n',
    '{__name__="a_total"} 1 unknown',
    'exemplar {trace_id="x"} 0.5',
    '{__name__="b"} 1 @2000 unknown',
    'exemplar {} -1 @3002',
  );
});

describe('since when samples count', () => {
  const check = (what: string, lines: string, ...expected: string[]): void =>
    test(`a start ${what}`, () => expect(read(`${lines}# EOF\n`).filter((line) => line.startsWith('{'))).toEqual(expected));

  check(
    'is said after the sample of a counter',
    '# TYPE a counter\na_total{b="1"} 1\na_created{b="1"} 7.5\na_total{b="2"} 1\na_total{b="3"} 1\na_created{b="3"} 9\n',
    '{__name__="a_total",b="1"} 1 since 7500 counter',
    '{__name__="a_created",b="1"} 7.5 counter',
    '{__name__="a_total",b="2"} 1 counter',
    '{__name__="a_total",b="3"} 1 since 9000 counter',
    '{__name__="a_created",b="3"} 9 counter',
  );
  check(
    'is the same for all parts of a histogram, wherever their bound stands',
    '# TYPE a histogram\na_bucket{le="1",b="c"} 1\na_bucket{b="c",le="+Inf"} 1\na_sum{b="c"} 1\na_count{b="c"} 1\na_created{b="c"} 7\n',
    '{__name__="a_bucket",b="c",le="1.0"} 1 since 7000 histogram',
    '{__name__="a_bucket",b="c",le="+Inf"} 1 since 7000 histogram',
    '{__name__="a_sum",b="c"} 1 since 7000 histogram',
    '{__name__="a_count",b="c"} 1 since 7000 histogram',
    '{__name__="a_created",b="c"} 7 histogram',
  );
  check(
    'holds for a summary and its quantiles',
    '# TYPE a summary\na{quantile="0.5"} 1\na_count 1\na_created 7\n',
    '{__name__="a",quantile="0.5"} 1 since 7000 summary',
    '{__name__="a_count"} 1 since 7000 summary',
    '{__name__="a_created"} 7 summary',
  );
  check(
    'holds for quoted names',
    '# TYPE "a.b" counter\n{"a.b_total","c"="d"} 1\n{"a.b_created","c"="d"} 7\n',
    '{__name__="a.b_total",c="d"} 1 since 7000 counter',
    '{__name__="a.b_created",c="d"} 7 counter',
  );
  check(
    'is not said by a gauge, by another family, or for other labels',
    '# TYPE a gauge\na 1\na_created 7\n# TYPE b counter\nb_total 1\n# TYPE c counter\nc_created{d="e"} 7\nc_total 1\nb_created 8\n',
    '{__name__="a"} 1 gauge',
    '{__name__="a_created"} 7 unknown',
    '{__name__="b_total"} 1 counter',
    '{__name__="c_created",d="e"} 7 counter',
    '{__name__="c_total"} 1 counter',
    '{__name__="b_created"} 8 unknown',
  );

  test('is no sample of its own when that is not asked for', () => {
    const body = '# TYPE a counter\na_total 1\na_created 7\nb_created 1\n# TYPE c gauge\nc_created 1\n# EOF';
    expect(read(body, { createdSamples: false })).toEqual([
      'type a counter',
      '{__name__="a_total"} 1 since 7000 counter',
      '{__name__="b_created"} 1 unknown',
      'type c gauge',
      '{__name__="c_created"} 1 unknown',
    ]);
  });

  test('takes linear time, whatever the order of the lines', () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `a_bucket{b="${i % 2}",le="${i}"} 1\n`).join('');
    const alternating = `# TYPE a histogram\n${lines}a_created{b="1"} 1\n# EOF\n`;
    const oneMetric = alternating.replaceAll('b="0"', 'b="1"');
    for (const body of [alternating, oneMetric]) {
      const start = performance.now();
      expect(read(body, { bodyBytesMax: 1 << 24 })).toHaveLength(40_002);
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });
});

describe('OpenMetrics that is not well-formed', () => {
  const check = (body: string, expected: string): void => {
    test(`${JSON.stringify(body)}: ${expected}`, () => expect(() => read(body)).toThrow(expected));
  };

  check('', 'Expected # EOF, found the end of the body, on line 1, at byte 0.');
  check('a 1\n', 'Expected # EOF, found the end of the body');
  check('a 1', 'Expected the end of the line, found the end of the body');
  check('a 1\n# EO', 'Expected # EOF at the end');
  check('# EOF\n\n', 'Expected the end of the body after # EOF, found the end of the line, on line 2, at byte 6.');
  check('# EOFa', 'Expected the end of the body after # EOF, found "a"');
  check('\n# EOF', 'Expected a metric name, found the end of the line, on line 1, at byte 0.');
  check(' a 1\n# EOF', 'Expected a metric name, found " a 1"');
  check('a  1\n# EOF', 'Expected a number, found " 1"');
  check('a 1 \n# EOF', 'Expected a number, found the end of the line');
  check('a 1 NaN\n# EOF', 'Expected a time in seconds, found "NaN"');
  check('a{b="c"}1\n# EOF', 'Expected a blank before the value');
  check('a{b="c" } 1\n# EOF', 'Expected , or }');
  check('a{b="c"d="e"} 1\n# EOF', 'Expected , or }');
  check('a{b="two\nlines"} 1\n# EOF', 'Expected text that ends in a quote');
  check('a 1 # {b="c"}\n# EOF', 'Expected a blank before the value');
  check('a 1 # b\n# EOF', 'Expected # {, an exemplar');
  check('a 1 # {"b"} 1\n# EOF', 'Expected =');
  check('a 1 # {b="c"} 1 Inf\n# EOF', 'Expected a time in seconds');
  check('# a comment\n# EOF', 'Expected # HELP, # TYPE, # UNIT or # EOF, found "# a comment"');
  check('# TYPE a gauge', 'Expected # EOF at the end');
  check('# TYPE a untyped\n# EOF', 'Expected one of unknown, counter,');
  check('# HELP a\n# EOF', 'Expected a blank and text after the name');
  check('# UNIT a seconds\n# EOF', 'The name "a" does not end in its unit, on line 1, at byte 0.');
  check('# UNIT seconds seconds\n# EOF', 'does not end in its unit');

  test('by its UTF-8 is refused', () => {
    const body = Uint8Array.from('# HELP a \xff\n# EOF', (character) => character.charCodeAt(0));
    expect(() => linesOf(body, contentTypes.openMetrics)).toThrow('Expected a line in UTF-8');
  });

  test('by its limits says which', () => {
    expect(() => read('a 1 # {b="1",c="2"} 1\n# EOF', { labelsMax: 1 })).toThrow('Over the limit of 1 labels per series');
    expect(() => read('# HELP a long text\n# EOF', { lineBytesMax: 8 })).toThrow('Over the limit of 8 bytes per line');
  });
});

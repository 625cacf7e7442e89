import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf } from '../../../test/exposition/lines.ts';
import type { ExpositionOptions } from './exposition.ts';

const read = (body: string, options?: Partial<ExpositionOptions>): string[] => linesOf(body, contentTypes.text, options);

describe('a line of text', () => {
  const check = (body: string, ...expected: string[]): void =>
    test(`reads ${JSON.stringify(body)}`, () => expect(read(body)).toEqual(expected));

  check('a 1', '{__name__="a"} 1 unknown');
  check('a 1\n', '{__name__="a"} 1 unknown');
  check('a 1 \n', '{__name__="a"} 1 unknown');
  check('a{} 1\n', '{__name__="a"} 1 unknown');
  check('a{b="c"}1\n', '{__name__="a",b="c"} 1 unknown');
  check('a:b_1{c="d"} +Inf 1700000000123\n', '{__name__="a:b_1",c="d"} Infinity @1700000000123 unknown');
  check('a 1 -5\n', '{__name__="a"} 1 @-5 unknown');
  check('\t a\t{ b = "c" , d="e", }\t 1\t5 \n', '{__name__="a",b="c",d="e"} 1 @5 unknown');
  check('a{z="1",B="2",a="3"} 1', '{B="2",__name__="a",a="3",z="1"} 1 unknown');
  check('a{b="c"d="e"} 1', '{__name__="a",b="c",d="e"} 1 unknown');
  check('a{b=""} 1', '{__name__="a"} 1 unknown');
  check('a{b="}# {,="} 1', '{__name__="a",b="}# {,="} 1 unknown');
  check('a{b="\\\\\\"\\n\\x"} 1', '{__name__="a",b="\\\\\\"\\n\\\\x"} 1 unknown');
  check('a{b="two\nlines"} 1\nc 2', '{__name__="a",b="two\\nlines"} 1 unknown', '{__name__="c"} 2 unknown');
  check('a{b="ü☃"} NaN', '{__name__="a",b="ü☃"} NaN unknown');
  check('{"a.b"} 1', '{__name__="a.b"} 1 unknown');
  check('{"ü", "c.d"="e"} 1', '{__name__="ü",c.d="e"} 1 unknown');
  check('{b="c","a \\"x\\""} 1', '{__name__="a \\"x\\"",b="c"} 1 unknown');
  check('\n\n  \n# a comment\n#\n# HELPS a\n#HELP a b\n# HELP\n# HELP a.b c\n');
});

describe('what is said of a family', () => {
  const check = (body: string, ...expected: string[]): void =>
    test(`reads ${JSON.stringify(body)}`, () => expect(read(body)).toEqual(expected));

  check('# HELP a Some \\\\ help\\n\\"\n', 'help a Some \\ help\n\\"');
  check('# HELP a', 'help a ');
  check('# TYPE a counter', 'type a counter');
  check('#\tTYPE  a\tuntyped \n', 'type a unknown');
  check('# TYPE "a.b" gauge\n{"a.b"} 1', 'type a.b gauge', '{__name__="a.b"} 1 gauge');
  check(
    '# TYPE a_total counter\na_total 1\nb 2\n',
    'type a_total counter',
    '{__name__="a_total"} 1 counter',
    '{__name__="b"} 2 unknown',
  );
  check('# TYPE a gauge\na_count 1', 'type a gauge', '{__name__="a_count"} 1 unknown');
  check('# TYPE a gauge\n# HELP b c\na 1', 'type a gauge', 'help b c', '{__name__="a"} 1 unknown');
  check(
    '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="1000000"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\na{le="1"} 2',
    'type a histogram',
    '{__name__="a_bucket",le="1.0"} 1 histogram',
    '{__name__="a_bucket",le="1e+06"} 1 histogram',
    '{__name__="a_bucket",le="+Inf"} 1 histogram',
    '{__name__="a_sum"} 1 histogram',
    '{__name__="a_count"} 1 histogram',
    '{__name__="a",le="1.0"} 2 histogram',
  );
  check('# TYPE a summary\na{quantile="0.50",le="1"} 1', 'type a summary', '{__name__="a",le="1",quantile="0.5"} 1 summary');
  check('a_bucket{le="1"} 1', '{__name__="a_bucket",le="1"} 1 unknown');
});

describe('text that is not well-formed', () => {
  const check = (body: string, expected: string): void => {
    test(`${JSON.stringify(body)}: ${expected}`, () => expect(() => read(body)).toThrow(expected));
  };

  check('a', 'Expected a number, found the end of the body, on line 1, at byte 1.');
  check('x 1\na b\n', 'Expected a number, found "b", on line 2, at byte 6.');
  check('a 1 2 3\n', 'Expected the end of the line, found "3", on line 1, at byte 6.');
  check('a 1 1.5\n', 'Expected a timestamp in milliseconds, found "1.5"');
  check('a 1 -\n', 'Expected a timestamp in milliseconds, found "-"');
  check('a 1 99999999999999999999\n', 'Expected a timestamp of 64 bits');
  check('1a 1', 'Expected a metric name, found "1a 1", on line 1, at byte 0.');
  check('{b="c"} 1', 'Expected a metric name');
  check('{} 1', 'Expected a metric name');
  check('{""} 1', 'Expected a metric name');
  check('a{"b"} 1', 'Expected =, found "} 1"');
  check('{"a","b"} 1', 'Expected =, found "} 1"');
  check('a{b} 1', 'Expected =, found "} 1"');
  check('a{b="c"', 'Expected a label name or }, found the end of the body');
  check('a{b="c" 1', 'Expected a label name or }, found "1"');
  check('a{b="c\\', 'Expected text that ends in a quote');
  check('a{b="c\\\n"} 1', 'Expected text that ends in a quote');
  check('a{b=c} 1', 'Expected a label value in quotes, found "c} 1"');
  check('a{,} 1', 'Expected a label name or }');
  check('a{""="c"} 1', 'Expected a label name');
  check('a{b="1",b="1"} 1', 'A label comes twice in one series, on line 1, at byte 0.');
  check('a{__name__="b"} 1', 'A label comes twice in one series');
  check('# TYPE a', 'Expected one of counter, gauge, histogram, summary, untyped, found the end of the body');
  check('# TYPE a info\n', 'Expected one of counter, gauge, histogram, summary, untyped, found "info"');
  check('# TYPE a.b gauge\n', 'Expected a blank after the name, found ".b gauge"');
  check('# HELP 1a x\n', 'Expected a metric name, found "1a x"');
  check('# HELP "a x\n', 'Expected a metric name');
  check('# TYPE "" gauge\n', 'Expected a metric name');
  check('a\r 1\n', 'Expected a number, found "\\r 1"');
  check('\0', 'Expected a metric name');

  test('by its UTF-8 is refused, be it in labels, escaped or in help', () => {
    for (const text of ['a{b="\xff"} 1', 'a{b="\\\xff"} 1', '{"a\xff"} 1', '# HELP a \xff', '# TYPE "a\xff" gauge']) {
      const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
      expect(() => linesOf(body, contentTypes.text)).toThrow('Expected');
    }
    expect(linesOf(Uint8Array.of(0x23, 0x20, 0xff, 0x0a), contentTypes.text)).toEqual([]);
  });
});

describe('limits of text', () => {
  test('are on labels, lines and the body, and named', () => {
    expect(() => read('a{b="1",c="2",d="3"} 1', { labelsMax: 2 })).toThrow(
      'Over the limit of 2 labels per series, on line 1, at byte 14.',
    );
    expect(read('a{b="1",c="2"} 1', { labelsMax: 2 })).toHaveLength(1);
    expect(() => read('a 1\nbcdefgh 1\n', { lineBytesMax: 8 })).toThrow(
      'Over the limit of 8 bytes per line, on line 2, at byte 4.',
    );
    expect(() => read('# a comment of some length\n', { lineBytesMax: 8 })).toThrow('Over the limit of 8 bytes per line');
    expect(() => read('a 1\n', { bodyBytesMax: 3 })).toThrow('Over the limit of 3 bytes per body: 4 bytes.');
  });

  test('hold for many labels: more than fit at first', () => {
    const labels = Array.from({ length: 60 }, (_, i) => `l${String(i).padStart(2, '0')}="${i}"`);
    expect(read(`a{${labels.join()}} 1`)).toEqual([`{__name__="a",${labels.join()}} 1 unknown`]);
  });
});

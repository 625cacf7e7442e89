import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf } from '../../../test/exposition/lines.ts';

const read = (lines: string, strict: boolean): string[] => linesOf(`${lines}\n# EOF\n`, contentTypes.openMetrics, { strict });
const histogram = (...lines: string[]): string => ['# TYPE a histogram', ...lines].join('\n');

describe('OpenMetrics that keeps the rules', () => {
  const check = (...lines: string[]): void =>
    test(`is taken: ${lines.join(' ; ').replaceAll('\n', ' ; ')}`, () =>
      expect(read(lines.join('\n'), true)).toEqual(read(lines.join('\n'), false)));

  check('a 1', 'b 2', 'c{d="e"} 3', 'c{d="f"} 4');
  check('# HELP a x', '# TYPE a counter', 'a_total{b="1"} 1', 'a_created{b="1"} 5', 'a_total{b="2"} 1');
  check('# TYPE a_s counter', '# UNIT a_s s', '# HELP a_s ', 'a_s_total 1.5 # {x="y"} 0.5 1');
  check('# TYPE a gauge', 'a 1 1', 'a 2 2', 'a 3 2', 'a{b="c"} 1');
  check(histogram('a_bucket{le="1"} 1', 'a_bucket{le="+Inf"} 2 # {b="c"} 9', 'a_count 2', 'a_sum 3'));
  check(histogram('a_bucket{le="-1"} 1', 'a_bucket{le="+Inf"} 2', 'a_count 2'));
  check(histogram('a_bucket{le="+Inf"} 2 1', 'a_bucket{le="+Inf"} 1 2'));
  check('# TYPE a gaugehistogram', 'a_bucket{le="-1"} 1', 'a_bucket{le="+Inf"} 2', 'a_gcount 2', 'a_gsum -3');
  check('# TYPE a summary', 'a_count 2', 'a_sum 3', 'a{quantile="0"} NaN', 'a{quantile="1"} 3');
  check('# TYPE a info', 'a_info{b="c"} 1', 'a_info{b="d"} 1');
  check('# TYPE a stateset', 'a{a="on"} 1', 'a{a="off"} 0', 'a{a="on",b="c"} 0');
  check('# TYPE a gauge', '# TYPE b gauge', 'b 1');
  check('a{b="__name__"} 1');
});

describe('OpenMetrics that breaks a rule is refused if that is asked for, and taken else', () => {
  const check = (expected: string, ...lines: string[]): void => {
    const body = lines.join('\n');
    test(`${expected}: ${body.replaceAll('\n', ' ; ')}`, () => {
      expect(() => read(body, true)).toThrow(expected);
      expect(read(body, false).length).toBeGreaterThan(0);
    });
  };

  check('The type of a is said twice, on line 2, at byte 15.', '# TYPE a gauge', '# TYPE a gauge');
  check('The name a of family a belongs to another family', '# TYPE a gauge', '# TYPE b gauge', '# HELP a x');
  check('The name a_total of family a', '# TYPE a_total gauge', '# TYPE a counter');
  check('The name a of family a', '# TYPE a counter', 'a 1');
  check('The name a of family a', 'a 1', 'b 1', 'a 2');
  check('The help of a stands after its samples', '# TYPE a gauge', 'a 1', '# HELP a x');
  check('The info a_u has a unit', '# UNIT a_u u', '# TYPE a_u info');
  check('A comma stands after the last label', 'a{b="c",} 1');
  check('A series comes twice', 'a{b="c"} 1', 'a{b="c"} 1');
  check('A series comes twice', '# TYPE a counter', 'a_total 1', 'a_created 1', 'a_total 1');
  check('Other samples stand between those of one metric', '# TYPE a gauge', 'a{b="1"} 1', 'a{b="2"} 1', 'a{b="1"} 1');
  check('The time is before that of the sample above', 'a 1 2', 'a 1 1');
  check('in part with and in part without a time', 'a 1', 'a 1 1');
  check('in part with and in part without a time', 'a 1 1', 'a 1');
  check('A gauge has an exemplar', '# TYPE a gauge', 'a 1 # {} 1');
  check('A histogram_sum has an exemplar', histogram('a_bucket{le="+Inf"} 1', 'a_sum 1 # {} 1', 'a_count 1'));
  check('An exemplar has labels of over 128 characters', '# TYPE a counter', `a_total 1 # {b="${'☃'.repeat(128)}"} 1`);
  check('An exemplar is within the bound of its bucket', histogram('a_bucket{le="1"} 1 # {} 2', 'a_bucket{le="+Inf"} 1'));
  check('A count or a sum is 0 or more', '# TYPE a counter', 'a_total -1');
  check('A count or a sum is 0 or more', '# TYPE a counter', 'a_total NaN');
  check('A count is an integer', histogram('a_bucket{le="+Inf"} 1.5'));
  check('A count is an integer', '# TYPE a summary', 'a_count 1.5');
  check('A bucket has a label le with a number', histogram('a_bucket 1'));
  check('A bucket has a label le with a number', histogram('a_bucket{le="NaN"} 1'));
  check('A bucket has a label le with a number', histogram('a_bucket{le="x"} 1'));
  check('The last bound is written +Inf', histogram('a_bucket{le="Inf"} 1'));
  check('Only buckets have a label le', histogram('a_sum{le="1"} 1'));
  check('Buckets stand by their bounds', histogram('a_bucket{le="2"} 1', 'a_bucket{le="1"} 1', 'a_bucket{le="+Inf"} 1'));
  check('A bucket holds what is in the ones before', histogram('a_bucket{le="1"} 2', 'a_bucket{le="+Inf"} 1'));
  check('A histogram before has no bucket +Inf, on line 3, at byte 38.', histogram('a_bucket{le="1"} 2'));
  check('A histogram before has no bucket +Inf', histogram('a_bucket{le="1"} 1 1', 'a_bucket{le="+Inf"} 1 2'));
  check('A count before differs from the bucket +Inf', histogram('a_bucket{le="+Inf"} 1', 'a_count 2', 'a_sum 1'));
  check('A histogram before has one of count and sum', histogram('a_bucket{le="+Inf"} 1', 'a_count 1'));
  check('negative bounds and a sum', histogram('a_bucket{le="-1"} 0', 'a_bucket{le="+Inf"} 1', 'a_sum 1'));
  check('a negative sum', '# TYPE a gaugehistogram', 'a_bucket{le="+Inf"} 1', 'a_gcount 1', 'a_gsum -1');
  check('A sum is a number', '# TYPE a gaugehistogram', 'a_bucket{le="+Inf"} 1', 'a_gsum NaN');
  check('A quantile is a number from 0 to 1', '# TYPE a summary', 'a 1');
  check('A quantile is a number from 0 to 1', '# TYPE a summary', 'a{quantile="1.1"} 1');
  check('The value of a quantile is 0 or more', '# TYPE a summary', 'a{quantile="1"} -1');
  check('The value of an info is 1', '# TYPE a info', 'a_info 2');
  check('The value of a state is 0 or 1', '# TYPE a stateset', 'a{a="b"} 2');
  check('A state has a label with the name of its family', '# TYPE a stateset', 'a 1');
});

import { describe, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { typeOf } from './check.ts';
import { parseExpr, type ParseOptions } from './parse.ts';

function errorOf(text: string, options: ParseOptions = { experimental: true }): SondeError {
  try {
    parseExpr(text, options);
  } catch (error) {
    if (error instanceof SondeError) return error;
    throw error;
  }
  throw new Error(`${text} is taken`);
}

function check(text: string, position: number, problem: string): void {
  test(`${text} is refused: ${problem}`, () => {
    const error = errorOf(text);
    expect([error.code, error.position, error.message]).toEqual([
      'bad_request',
      position,
      `1:${position + 1}: parse error: ${problem}`,
    ]);
  });
}

describe('words', () => {
  check('', 0, 'no expression found in input');
  check(' # none', 0, 'no expression found in input');
  check('up +', 4, 'unexpected end of input');
  check('up down', 3, 'unexpected identifier "down"');
  check('* up', 0, 'unexpected <op:*>');
  check('up - on(a) on(b) up', 11, 'unexpected <on>');
  check('up + group_left up', 5, 'unexpected <group_left>');
  check('sum (up) by job', 12, 'unexpected identifier "job" in grouping opts, expected "("');
  check('sum by (+) (up)', 8, 'unexpected <op:+> in grouping opts, expected label');
  check('sum by (without) (up)', 8, 'unexpected <without> in grouping opts, expected label');
  check('sum by (a b) (up)', 10, 'unexpected identifier "b" in grouping opts, expected "," or ")"');
  check('sum by ("") (up)', 8, 'invalid label name for grouping: ""');
  check('sum by (a) up', 11, 'unexpected identifier "up" in aggregation');
  check('bool', 0, 'unexpected <bool>');
  check('nope(up)', 0, 'unknown function with name "nope"');
  check('RATE(up[5m])', 0, 'unknown function with name "RATE"');
  check('toString(up)', 0, 'unknown function with name "toString"');
  check('abs(up,)', 6, 'trailing commas not allowed in function call args');
  check('1e999', 0, 'error parsing number: "1e999" is out of range');
});

describe('selectors', () => {
  check('{}', 0, 'vector selector must contain at least one non-empty matcher');
  check('{a="",b=~".*",c!="x"}', 0, 'vector selector must contain at least one non-empty matcher');
  check('up{__name__="down"}', 0, 'metric name must not be set twice: "up" or "down"');
  check('up{"down"}', 0, 'metric name must not be set twice: "up" or "down"');
  check('up{a}', 4, 'unexpected "}" in label matching, expected label matching operator');
  check('up{a=}', 5, 'unexpected "}" in label matching, expected string');
  check('up{a=b}', 5, 'unexpected identifier "b" in label matching, expected string');
  check('up{,}', 3, 'unexpected "," in label matching, expected identifier or "}"');
  check('up{a="b" c="d"}', 9, 'unexpected identifier "c" in label matching, expected "," or "}"');
  check('up{a=~"(b"}', 3, 'error parsing regexp: missing closing ): `(b`');
  check('up{a!~"b{2,1}"}', 3, 'error parsing regexp: invalid repeat count: `{2,1}`');
  check('up{a=~"(?=x)"}', 3, 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`');
});

describe('ranges and times', () => {
  const duration = 'number, duration, step(), or range()';
  check('up[]', 3, `unexpected "]" in subquery or range selector, expected ${duration}`);
  check('up[0s]', 3, 'duration must be greater than 0');
  check('up[-5m]', 3, 'duration must be greater than 0');
  check('up[5m:0s]', 6, 'duration must be greater than 0');
  check('up[5m1h]', 3, 'not a valid duration string: "5m1h"');
  check('up[1e11]', 3, 'duration out of range');
  check('up[5m 5m]', 6, 'unexpected duration "5m" in subquery or range, expected ":" or "]"');
  check('up[5m/0]', 5, 'division by zero');
  check('up[5m%0s]', 5, 'modulo by zero');
  check('up offset', 9, `unexpected end of input in offset, expected ${duration}`);
  check('up offset foo', 10, `unexpected identifier "foo" in offset, expected ${duration}`);
  check('up offset 1m offset 2m', 0, 'offset may not be set multiple times');
  check('up offset 1m[5m]', 12, 'no offset modifiers allowed before range');
  check('up @ 1[5m]', 6, 'no @ modifiers allowed before range');
  check('abs(up)[5m]', 7, 'ranges only allowed for vector selectors');
  check('up @ 1 @ 2', 0, '@ <timestamp> may not be set multiple times');
  check('up @', 4, 'unexpected end of input in @, expected timestamp');
  check('up @ start', 5, 'unexpected "start" in @, expected timestamp');
  check('up @ Inf', 0, 'timestamp out of bounds for @ modifier: +Inf');
  check('up @ 1e13', 0, 'timestamp out of bounds for @ modifier: 10000000000000.000000');
  const misplaced = 'must be preceded by an instant vector selector or range vector selector or a subquery';
  check('1 offset 1m', 0, `offset modifier ${misplaced}`);
  check('abs(up) @ 1', 0, `@ modifier ${misplaced}`);
  check('up anchored smoothed', 0, 'anchored and smoothed modifiers cannot be used together');
  check('up[5m:] anchored', 0, 'anchored modifier is not supported for subqueries');
  check('1[5m:]', 0, 'subquery is only allowed on instant vector, got scalar instead');
  check('up[5m][5m:]', 0, 'subquery is only allowed on instant vector, got matrix instead');
});

describe('types', () => {
  check('abs(1)', 4, 'expected type instant vector in call to function "abs", got scalar');
  check('rate(up)', 5, 'expected type range vector in call to function "rate", got instant vector');
  check('abs()', 0, 'expected 1 argument(s) in call to "abs", got 0');
  check('round()', 0, 'expected at least 1 argument(s) in call to "round", got 0');
  check('round(up, 1, 2)', 0, 'expected at most 2 argument(s) in call to "round", got 3');
  check('label_join(up, "a")', 0, 'expected at least 3 argument(s) in call to "label_join", got 2');
  check('label_join(up, "a", "b", "c", 1)', 30, 'expected type string in call to function "label_join", got scalar');
  check('sum(1)', 4, 'expected type instant vector in aggregation expression, got scalar');
  check('sum()', 0, 'no arguments for aggregate expression provided');
  check('topk(up)', 0, 'wrong number of arguments for aggregate expression provided, expected 2, got 1');
  check('topk("3", up)', 5, 'expected type scalar in aggregation parameter, got string');
  check('count_values(3, up)', 13, 'expected type string in aggregation parameter, got scalar');
  check('1 == 1', 2, 'comparisons between scalars must use BOOL modifier');
  check('up + bool up', 3, 'bool modifier can only be used on comparison operators');
  check('1 and 1', 0, 'set operator "and" not allowed in binary scalar expression');
  check('up unless 1', 0, 'set operator "unless" not allowed in binary scalar expression');
  check('"a" + 1', 0, 'binary expression must contain only scalar and instant vector types');
  check('1 + up[5m]', 4, 'binary expression must contain only scalar and instant vector types');
  check('up + on(a) 1', 0, 'vector matching only allowed between instant vectors');
  check('up + fill(1) 1', 0, 'filling in missing series only allowed between instant vectors');
  check('up and fill(1) up', 0, 'filling in missing series not allowed for set operators');
  check('up or on(a) group_left up', 0, 'no grouping allowed for "or" operation');
  check('up * on(a,b) group_left(c,b) up', 3, 'label "b" must not occur in ON and GROUP clause at once');
  const unary = 'unary expression only allowed on expressions of type scalar or instant vector';
  check('-"a"', 0, `${unary}, got "string"`);
  check('1 + -up[5m]', 4, `${unary}, got "range vector"`);
  check('info(up, down)', 9, 'expected label selectors only, got vector selector instead');
  check('info(up, {a="b"} == 1)', 9, 'expected label selectors only');
  check('info(up, 1)', 9, 'expected type instant vector in call to function "info", got scalar');

  test('what is wrong inside comes before what is wrong around it', () => {
    expect(errorOf('sum(rate(up)) + "a"').position).toBe(9);
  });

  test('the second argument of info() may select everything', () => {
    expect(typeOf(parseExpr('info(up, {})', { experimental: true }))).toBe('vector');
  });
});

describe('features', () => {
  function needs(text: string, position: number, feature: string): void {
    test(`${text} needs ${feature}`, () => {
      const error = errorOf(text, {});
      expect([error.position, error.message]).toEqual([position, expect.stringContaining(`the feature ${feature}`)]);
      expect(typeOf(parseExpr(text, { features: [feature as never] }))).toBe('vector');
    });
  }
  needs('mad_over_time(up[5m])', 0, 'promql-experimental-functions');
  needs('1 + limitk(2, up)', 4, 'promql-experimental-functions');
  needs('rate(up[5m] smoothed)', 5, 'promql-extended-range-selectors');
  needs('up + fill(0) up', 5, 'promql-binop-fill-modifiers');

  test('duration expressions need none', () => {
    expect(typeOf(parseExpr('up[step() + 1m] offset min_of(range(), 5)'))).toBe('matrix');
  });
});

test('the type of an expression is known', () => {
  const types = ['1 + 1', 'up + 1', '-(1)', '"a"', 'up[5m]', 'up[5m:]', 'time()', 'rate(up[5m])', 'sum(up)'];
  expect(types.map((text) => typeOf(parseExpr(text)))).toEqual([
    'scalar',
    'vector',
    'scalar',
    'string',
    'matrix',
    'matrix',
    'scalar',
    'vector',
    'vector',
  ]);
});

import { describe, expect, test } from 'vitest';
import type { Binary, Expr, NumberLiteral, VectorSelector } from './ast.ts';
import { parseExpr } from './parse.ts';
import { prettyExpr, printExpr } from './print.ts';

function parse(text: string): Expr {
  return parseExpr(text, { experimental: true });
}

describe('on one line', () => {
  function check(text: string, printed = text): void {
    test(`${text} is printed as ${printed}`, () => {
      expect(printExpr(parse(text))).toBe(printed);
      expect(printExpr(parse(printed))).toBe(printed);
    });
  }
  check('1e3', '1000');
  check('0x10', '16');
  check('.5e-7', '0.00000005');
  check('90m', '1h30m');
  check('1.001 + 1001ms', '1.001 + 1s1ms');
  check('inf', '+Inf');
  check('-inf', '-Inf');
  check('nan', 'NaN');
  check("'it'", '"it"');
  check('`a\n"b"`', '"a\\n\\"b\\""');
  check('up{}', 'up');
  check('up { b = "1" , a!="2",}', 'up{a!="2",b="1"}');
  check('{"disk.used", "a.b"=~"c"}', '{"a.b"=~"c",__name__="disk.used"}');
  check('{__name__="up"}');
  check('{__name__=~"up|down",a=""}');
  check('sum');
  check('up[300]', 'up[5m]');
  check('up[5m:30]', 'up[5m:30s]');
  check('up[5m:]');
  check('up offset 5m @ 1603774568', 'up @ 1603774568.000 offset 5m');
  check('up @ -0.25', 'up @ -0.250');
  check('up offset -5m anchored', 'up anchored offset -5m');
  check('up[5m] offset 1m smoothed @ end()', 'up[5m] smoothed @ end() offset 1m');
  check('up[5m:1m] @ start() offset 1m');
  check('up offset 0s', 'up');
  check('SUM(up)BY(a,b)', 'sum by (a, b) (up)');
  check('sum by () (up)', 'sum(up)');
  check('sum without()(up)', 'sum without () (up)');
  check('sum by ("a.b", without_x, "without", "inf") (up)', 'sum by ("a.b", without_x, "without", "inf") (up)');
  check('topk(1+2, up)', 'topk(1 + 2, up)');
  check('a+b', 'a + b');
  check('a ==bool b', 'a == bool b');
  check('a + on() b', 'a + on () b');
  check('a + ignoring() b', 'a + b');
  check('a * on(x) group_left b', 'a * on (x) group_left () b');
  check('a * ignoring(x) group_right(y,"z.z") b', 'a * ignoring (x) group_right (y, "z.z") b');
  check('a + fill_left(1) fill_right(1) b', 'a + fill (1) b');
  check('a + on(x) fill_right(-Inf) b', 'a + on (x) fill_right (-Inf) b');
  check('a </ 2 >/ 1');
  check('-(a)', '-(a)');
  check('- a ^ + b', '-a ^ +b');
  check('((a))');
  check('Inf ^ 2', '(+Inf) ^ 2');
  check('info(up, {})', 'info(up, {})');
  check('up offset -(5)');
  check('up offset (5m) + 3', 'up offset (5m) + 3');
  check('up offset +(5m) + 3', '(up offset (5m)) + 3');
  check('up offset - -5m', 'up offset 5m');
  check('up[step()+1m*2:max_of(1,range())]', 'up[step() + 1m * 2:max_of(1, range())]');
});

describe('a tree that does not come from the parser gets the parentheses it needs', () => {
  const position = { start: 0, end: 0 };
  const number = (value: number): NumberLiteral => ({ type: 'number', value, isDuration: false, position });
  const binary = (left: Expr, operator: Binary['operator'], right: Expr): Binary => ({
    type: 'binary',
    left,
    operator,
    right,
    bool: false,
    matching: undefined,
    position,
  });
  function check(expr: Expr, printed: string): void {
    test(`as in ${printed}`, () => expect(printExpr(expr)).toBe(printed));
  }
  check(binary(binary(number(1), '+', number(2)), '*', number(3)), '(1 + 2) * 3');
  check(binary(number(1), '-', binary(number(2), '-', number(3))), '1 - (2 - 3)');
  check(binary(binary(number(1), '^', number(2)), '^', number(3)), '(1 ^ 2) ^ 3');
  check(binary(number(-1), '^', number(2)), '(-1) ^ 2');
  check({ type: 'unary', operator: '-', expr: number(-1), position }, '-(-1)');
  check({ type: 'unary', operator: '-', expr: binary(number(1), '+', number(2)), position }, '-(1 + 2)');
  const selector: VectorSelector = {
    type: 'vectorSelector',
    name: 'disk.used',
    matchers: [{ name: '__name__', operator: '=', value: 'disk.used' }],
    offset: undefined,
    at: undefined,
    extension: undefined,
    position,
  };
  check(selector, '{__name__="disk.used"}');
});

describe('what is long', () => {
  function check(name: string, text: string, lines: readonly string[]): void {
    test(`in lines, ${name}`, () => {
      expect(prettyExpr(parse(text))).toBe(lines.join('\n'));
      expect(printExpr(parse(lines.join('\n')))).toBe(printExpr(parse(text)));
    });
  }
  const long = (name: string): string =>
    `${name}{instance="a-rather-long-name-of-an-instance",job="a-rather-long-name-of-a-job"}`;

  check('what fits stays on its line', 'sum ( rate( up [ 5m ] ) )', ['sum(rate(up[5m]))']);
  check('the arguments of a call are below it', `clamp(${long('http_requests_total')}, 0, 1)`, [
    'clamp(',
    `  ${long('http_requests_total')},`,
    '  0,',
    '  1',
    ')',
  ]);
  check('an operator stands between its sides', `${long('a')} * on(job) group_left() ${long('b')}`, [
    `  ${long('a')}`,
    '* on (job) group_left ()',
    `  ${long('b')}`,
  ]);
  check('aggregations, parentheses and signs', `topk by (job) (5, -(${long('a')} + ${long('b')}))`, [
    'topk by (job) (',
    '  5,',
    '  -(',
    `      ${long('a')}`,
    '    +',
    `      ${long('b')}`,
    '  )',
    ')',
  ]);
  check('a subquery follows what it is over', `max_over_time(rate(${long('requests_total')}[5m])[1h:1m])`, [
    'max_over_time(',
    '  rate(',
    `    ${long('requests_total')}[5m]`,
    '  )[1h:1m]',
    ')',
  ]);
  check('a short subquery is as far to the right as its level', `vector(time()) + max_over_time(a[5m:1m]) + ${long('b')}`, [
    '  vector(time()) + max_over_time(a[5m:1m])',
    '+',
    `  ${long('b')}`,
  ]);
});

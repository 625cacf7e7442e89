import { describe, expect, test } from 'vitest';
import type { Expr } from './ast.ts';
import { nestingMax } from './cursor.ts';
import { parseExpr, parseMatchers, queryLengthMax } from './parse.ts';
import { printExpr } from './print.ts';

function parse(text: string): Expr {
  return parseExpr(text, { experimental: true });
}

/** With parentheses around every operation, so that they show how operators group. */
function grouped(expr: Expr): string {
  if (expr.type === 'binary') return `(${grouped(expr.left)} ${expr.operator} ${grouped(expr.right)})`;
  if (expr.type === 'unary') return `(${expr.operator}${grouped(expr.expr)})`;
  return printExpr(expr);
}

/** The tree without positions and without what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'position' ? undefined : part)));
}

describe('operators group', () => {
  function check(text: string, expected: string): void {
    test(`${text} as ${expected}`, () => expect(grouped(parse(text))).toBe(expected));
  }
  check('a + b * c - d', '((a + (b * c)) - d)');
  check('a * b / c % d', '(((a * b) / c) % d)');
  check('a ^ b ^ c', '(a ^ (b ^ c))');
  check('a ^ b * c', '((a ^ b) * c)');
  check('a atan2 b * c', '((a atan2 b) * c)');
  check('a or b and c unless d or e', '((a or ((b and c) unless d)) or e)');
  check('a > b + c == bool d', '((a > (b + c)) == d)');
  check('a </ 1 >/ (2 + 3)', '((a </ 1) >/ (2 + 3))');
  check('a and b == c', '(a and (b == c))');
  check('-a ^ b', '(-(a ^ b))');
  check('-a * b', '((-a) * b)');
  check('a ^ -b * c', '((a ^ (-b)) * c)');
  check('a ^ -b ^ c', '(a ^ (-(b ^ c)))');
  check('a - -b', '(a - (-b))');
  check('--a', '(-(-a))');
  check('-a offset 5m', '(-a offset 5m)');
  check('a + b offset 5m', '(a + b offset 5m)');
  check('-1 ^ 2', '(-(1 ^ 2))');
  check('2 - -1', '(2 - -1)');
  check('a OR b AND c', '(a or (b and c))');
});

describe('as a tree', () => {
  function check(text: string, expected: unknown): void {
    test(`the tree of ${text}`, () => expect(plain(parse(text))).toEqual(expected));
  }
  const name = (value: string) => ({ name: '__name__', operator: '=', value });
  const up = { type: 'vectorSelector', name: 'up', matchers: [name('up')] };
  const literal = (ms: number) => ({ kind: 'literal', ms });

  check('42', { type: 'number', value: 42, isDuration: false });
  check('1h30m', { type: 'number', value: 5400, isDuration: true });
  check('- +5', { type: 'number', value: -5, isDuration: false });
  check('"a\\n"', { type: 'string', value: 'a\n' });
  check('up', up);
  check('up{}', up);
  check('up{a="1",b!="2",c=~"3|4",d!~`5`,}', {
    ...up,
    matchers: [
      name('up'),
      { name: 'a', operator: '=', value: '1' },
      { name: 'b', operator: '!=', value: '2' },
      { name: 'c', operator: '=~', value: '3|4' },
      { name: 'd', operator: '!~', value: '5' },
    ],
  });
  check('{"disk.used", "host.name"="db"}', {
    type: 'vectorSelector',
    name: '',
    matchers: [name('disk.used'), { name: 'host.name', operator: '=', value: 'db' }],
  });
  check('{__name__="up"}', { ...up, name: '' });
  check('sum', { type: 'vectorSelector', name: 'sum', matchers: [name('sum')] });
  check('OFFSET offset 1m', {
    type: 'vectorSelector',
    name: 'OFFSET',
    matchers: [name('OFFSET')],
    offset: literal(60_000),
  });
  check('up[5m]', { type: 'matrixSelector', vector: up, range: literal(300_000) });
  check('up[90.5]', { type: 'matrixSelector', vector: up, range: literal(90_500) });
  check('up[1m] @ 1.5 offset -30s', {
    type: 'matrixSelector',
    vector: { ...up, offset: literal(-30_000), at: { kind: 'time', ms: 1500 } },
    range: literal(60_000),
  });
  check('up offset 30 @ end()', { ...up, offset: literal(30_000), at: { kind: 'end' } });
  check('up @ -2m', { ...up, at: { kind: 'time', ms: -120_000 } });
  check('up offset 0s offset 5m', { ...up, offset: literal(300_000) });
  check('up smoothed', { ...up, extension: 'smoothed' });
  check('up anchored[1m]', {
    type: 'matrixSelector',
    vector: { ...up, extension: 'anchored' },
    range: literal(60_000),
  });
  check('up[1h:5m] @ start() offset 1m', {
    type: 'subquery',
    expr: up,
    range: literal(3_600_000),
    step: literal(300_000),
    at: { kind: 'start' },
    offset: literal(60_000),
  });
  check('up[1h:]', { type: 'subquery', expr: up, range: literal(3_600_000) });
  check('rate(up[1m])', {
    type: 'call',
    name: 'rate',
    args: [{ type: 'matrixSelector', vector: up, range: literal(60_000) }],
  });
  check('max_of(step(), 5)', {
    type: 'call',
    name: 'max_of',
    args: [
      { type: 'call', name: 'step', args: [] },
      { type: 'number', value: 5, isDuration: false },
    ],
  });
  const sum = { type: 'aggregation', operator: 'sum', expr: up, grouping: ['by', 'a.b'], without: false };
  check('sum by (by, "a.b",) (up)', sum);
  check('SUM(up) BY (by, "a.b")', sum);
  check('sum without () (up)', { ...sum, grouping: [], without: true });
  check('topk(3, up)', {
    type: 'aggregation',
    operator: 'topk',
    parameter: { type: 'number', value: 3, isDuration: false },
    expr: up,
    grouping: [],
    without: false,
  });
});

describe('vectors are matched', () => {
  function check(text: string, expected: unknown): void {
    test(`how ${text} matches`, () => {
      const expr = parse(text);
      expect(expr.type === 'binary' ? plain({ matching: expr.matching }) : undefined).toEqual(expected);
    });
  }
  const plainly = { cardinality: 'one-to-one', on: false, labels: [], include: [] };
  check('a + b', { matching: plainly });
  check('a + 1', {});
  check('1 + on() 2', {});
  check('a == bool ignoring(x) b', { matching: { ...plainly, labels: ['x'] } });
  check('a and b', { matching: { ...plainly, cardinality: 'many-to-many' } });
  check('a unless on(x) b', { matching: { ...plainly, cardinality: 'many-to-many', on: true, labels: ['x'] } });
  check('a * on(x) group_left b', { matching: { ...plainly, cardinality: 'many-to-one', on: true, labels: ['x'] } });
  check('a * ignoring(x) group_right(y, z) b', {
    matching: { cardinality: 'one-to-many', on: false, labels: ['x'], include: ['y', 'z'] },
  });
  check('a + fill(0) b', { matching: { ...plainly, fillLeft: 0, fillRight: 0 } });
  check('a + fill_right(-1) fill_left(2m) b', { matching: { ...plainly, fillLeft: 120, fillRight: -1 } });
  check('fill + fill', { matching: plainly });
});

describe('durations are computed', () => {
  function check(text: string, expected: string): void {
    test(`${text} as ${expected}`, () => expect(printExpr(parse(text))).toBe(expected));
  }
  check('up[1m + 30 * 2]', 'up[1m + 30 * 2]');
  check('up[(5)]', 'up[(5)]');
  check('up[STEP() + range():max_of(step(), 1m) / 2]', 'up[step() + range():max_of(step(), 1m) / 2]');
  check('up[-1m + 2m]', 'up[-1m + 2m]');
  check('up[-(2 ^ 3) + 1h]', 'up[-(2 ^ 3) + 1h]');
  check('up[+step()]', 'up[step()]');
  check('up offset step()', 'up offset step()');
  check('up offset -min_of(step(), 1m)', 'up offset -min_of(step(), 1m)');
  check('up offset 5m + 3', 'up offset 5m + 3');
  check('up offset (5m + 3)', 'up offset (5m + 3)');
  check('up offset -(5m) + x', 'up offset -(5m) + x');

  test('an offset takes one operand only, unless it starts with parentheses', () => {
    expect(parse('up offset 5m + 3').type).toBe('binary');
    expect(parse('up offset -step() * 2').type).toBe('binary');
    expect(parse('up offset -(5m) ^ 2').type).toBe('binary');
    expect(parse('up offset (5m) + 3').type).toBe('vectorSelector');
  });
});

describe('positions', () => {
  function check(text: string, find: (expr: Expr) => unknown, part: string): void {
    test(`of ${part} in ${text}`, () => {
      const node = find(parse(text)) as Expr;
      expect(text.slice(node.position.start, node.position.end)).toBe(part);
    });
  }
  check(' up{a="b"} @ 5 offset 1m # x', (expr) => expr, 'up{a="b"} @ 5 offset 1m');
  check('sum by (a) (up) + 1', (expr) => expr.type === 'binary' && expr.left, 'sum by (a) (up)');
  check('sum(up) by (a) + -1', (expr) => expr.type === 'binary' && expr.left, 'sum(up) by (a)');
  check('sum(up) + -1 # one', (expr) => expr.type === 'binary' && expr.right, '-1');
  check('2 * ( 1 + 2 )', (expr) => expr.type === 'binary' && expr.right, '( 1 + 2 )');
});

describe('selectors alone', () => {
  test('give their matchers', () => {
    expect(parseMatchers('up{a!="b"}')).toEqual([
      { name: '__name__', operator: '=', value: 'up' },
      { name: 'a', operator: '!=', value: 'b' },
    ]);
    expect(parseMatchers('{}')).toEqual([]);
  });

  test.each(['up[5m]', 'up offset 1m', 'sum(up)', '1', '', 'up up'])('%j is none', (text) => {
    expect(() => parseMatchers(text)).toThrow('parse error: unexpected');
  });
});

describe('limits', () => {
  const deep = 20_000;
  test.each([
    ['parentheses', '('.repeat(deep) + '1' + ')'.repeat(deep)],
    ['signs', `${'-'.repeat(deep)}x`],
    ['powers', `x${'^x'.repeat(deep)}`],
    ['calls', `${'abs('.repeat(deep)}x${')'.repeat(deep)}`],
    ['durations', `x[${'('.repeat(deep)}1${')'.repeat(deep)}]`],
    ['signs of durations', `x[${'-'.repeat(deep)}step()]`],
  ])('%s inside one another are bounded', (_name, text) => {
    expect(() => parse(text)).toThrow(`nested deeper than ${nestingMax} levels`);
  });

  test('a chain of operators is bounded, and that of 900 is taken', () => {
    expect(() => parse(`x${' or x'.repeat(deep)}`)).toThrow('deeper than 1000 levels');
    expect(parse(`x${' or x'.repeat(900)}`).type).toBe('binary');
  });

  test('the length is bounded', () => {
    expect(() => parse('x'.repeat(queryLengthMax + 1))).toThrow(`more than the limit of ${queryLengthMax}`);
  });
});

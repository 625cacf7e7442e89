/** Trees of every kind are printed and read again: the same tree comes back, but for positions and parentheses. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Matcher } from '../lang/matchers.ts';
import type { AggregationOperator, BinaryOperator, Duration, DurationExpr, Expr, VectorMatching, VectorSelector } from './ast.ts';
import { parseExpr } from './parse.ts';
import { prettyExpr, printExpr } from './print.ts';

const position = { start: 0, end: 0 };
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const durationMs = fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.constantFrom(1000, 300_000, 31_536_000_000));
const labelNames = fc.array(fc.constantFrom('job', 'by', 'without', 'a.b', 'Inf', 'x y', 'é'), { maxLength: 3 });
const values = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, NaN));

/** What `parse` makes of numbers and durations: a part of a millisecond does not come from a duration. */
const number: fc.Arbitrary<Expr> = fc.oneof(
  values.map((value): Expr => ({ type: 'number', value, isDuration: false, position })),
  fc.tuple(durationMs, fc.constantFrom(1, -1)).map(([ms, sign]): Expr => {
    return { type: 'number', value: (sign * ms) / 1000, isDuration: true, position };
  }),
);

const durationTree: fc.Arbitrary<DurationExpr> = fc.letrec<{ tree: DurationExpr; leaf: DurationExpr }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom<DurationExpr>({ type: 'step', position }, { type: 'range', position }),
    fc
      .integer({ min: -100, max: 100 })
      .map((n): DurationExpr => ({ type: 'number', seconds: n + 0.5, isDuration: false, position })),
    durationMs.map((ms): DurationExpr => ({ type: 'number', seconds: ms / 1000, isDuration: true, position })),
  ),
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({
      type: fc.constant('binary' as const),
      operator: fc.constantFrom('+', '-', '*', '/', '%', '^' as const),
      left: tie('tree'),
      right: tie('tree'),
      position: fc.constant(position),
    }),
    fc.record({
      type: fc.constantFrom('min_of' as const, 'max_of' as const),
      left: tie('tree'),
      right: tie('tree'),
      position: fc.constant(position),
    }),
    fc.record({
      type: fc.constant('unary' as const),
      operator: fc.constant('-' as const),
      expr: tie('tree'),
      position: fc.constant(position),
    }),
  ),
})).tree;

const expression: fc.Arbitrary<Duration> = durationTree
  .filter(({ type }) => type !== 'number')
  .map((expr) => ({ kind: 'expression', expr, position }));
const range = fc.oneof(
  durationMs.map((ms): Duration => ({ kind: 'literal', ms, position })),
  expression,
);
const offset = fc.oneof(
  fc.tuple(durationMs, fc.constantFrom(1, -1)).map(([ms, sign]): Duration => ({ kind: 'literal', ms: ms * sign, position })),
  expression,
);
const at = fc.oneof(
  fc.constantFrom({ kind: 'start' as const }, { kind: 'end' as const }),
  fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).map((ms) => ({ kind: 'time' as const, ms })),
);

const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom('a', 'by', 'le.x', 'on'),
  operator: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.constantFrom('', 'x', 'a|b', '"\\\\\n', 'π.*'),
});

const selector: fc.Arbitrary<VectorSelector> = fc
  .record({
    name: fc.constantFrom('up', 'a:b', 'sum', 'offset', 'start', 'fill', 'By'),
    others: fc.array(matcher, { maxLength: 3 }),
    offset: maybe(offset),
    at: maybe(at),
    extension: maybe(fc.constantFrom('anchored' as const, 'smoothed' as const)),
  })
  .map(({ name, others, ...rest }) => ({
    type: 'vectorSelector',
    name,
    ...rest,
    position,
    matchers: [{ name: '__name__', operator: '=', value: name }, ...others],
  }));

const matching: fc.Arbitrary<VectorMatching> = fc
  .record({
    cardinality: fc.constantFrom('one-to-one', 'many-to-one', 'one-to-many'),
    on: fc.boolean(),
    labels: labelNames,
    include: fc.constant(['region', 'bool']),
    fillLeft: maybe(values),
    fillRight: maybe(values),
  })
  .map((made) => (made.cardinality === 'one-to-one' ? { ...made, include: [] } : made));

const arithmetic = ['+', '-', '*', '/', '%', '^', 'atan2', '</', '>/'] as const;
const comparisons = ['==', '!=', '<', '>', '<=', '>='] as const;

const trees = fc.letrec<Record<'vector' | 'scalar' | 'matrix' | 'aggregation', Expr>>((tie) => ({
  scalar: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    signed(tie('scalar')),
    operation(tie('scalar'), tie('scalar'), fc.constantFrom<BinaryOperator>(...arithmetic), fc.constant(undefined)),
    operation(tie('scalar'), tie('scalar'), fc.constantFrom<BinaryOperator>(...comparisons), fc.constant(undefined), true),
    tie('vector').map((arg): Expr => ({ type: 'call', name: 'scalar', args: [arg], position })),
  ),
  matrix: fc.oneof(
    fc.tuple(selector, range).map(([vector, range]): Expr => ({ type: 'matrixSelector', vector, range, position })),
    fc
      .record({ expr: tie('vector'), range, step: maybe(range), offset: maybe(offset), at: maybe(at) })
      .map((parts): Expr => ({ type: 'subquery', ...parts, position })),
  ),
  aggregation: fc
    .record({
      operator: fc.constantFrom<AggregationOperator>('sum', 'topk', 'quantile'),
      expr: tie('vector'),
      scalar: tie('scalar'),
      grouping: labelNames,
      without: fc.boolean(),
    })
    .map(({ scalar, ...parts }): Expr => {
      return { type: 'aggregation', ...parts, parameter: parts.operator === 'sum' ? undefined : scalar, position };
    }),
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    selector,
    tie('aggregation'),
    tie('matrix').map((arg): Expr => ({ type: 'call', name: 'rate', args: [arg], position })),
    signed(tie('vector')),
    operation(tie('vector'), tie('vector'), fc.constantFrom<BinaryOperator>(...arithmetic, ...comparisons), matching),
    operation(
      tie('vector'),
      tie('scalar'),
      fc.constantFrom<BinaryOperator>(...arithmetic, ...comparisons),
      fc.constant(undefined),
    ),
    operation(tie('scalar'), tie('vector'), fc.constantFrom<BinaryOperator>(...comparisons), fc.constant(undefined), true),
    operation(tie('vector'), tie('vector'), fc.constantFrom<BinaryOperator>('and', 'or', 'unless'), setMatching()),
  ),
}));

function operation(
  left: fc.Arbitrary<Expr>,
  right: fc.Arbitrary<Expr>,
  operator: fc.Arbitrary<BinaryOperator>,
  matching: fc.Arbitrary<VectorMatching | undefined>,
  bool = false,
): fc.Arbitrary<Expr> {
  return fc.record({ left, right, operator, matching }).map((parts): Expr => ({ type: 'binary', ...parts, bool, position }));
}

function signed(operand: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> {
  return fc
    .record({ operator: fc.constantFrom<'+' | '-'>('+', '-'), expr: operand })
    .map((parts): Expr => ({ type: 'unary', ...parts, position }));
}

function setMatching(): fc.Arbitrary<VectorMatching> {
  return fc.record({ on: fc.boolean(), labels: labelNames }).map(({ on, labels }) => ({
    cardinality: 'many-to-many',
    on,
    labels,
    include: [],
    fillLeft: undefined,
    fillRight: undefined,
  }));
}

/** Without parentheses and positions, matchers in one order. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  if ('type' in value && value.type === 'paren' && 'expr' in value) return bare(value.expr);
  const entries = Object.entries(value).filter(([key]) => key !== 'position');
  return Object.fromEntries(
    entries.map(([key, part]) => [
      key,
      key === 'matchers' ? (part as Matcher[]).map((one) => JSON.stringify(one)).toSorted() : bare(part),
    ]),
  );
}

const experimental = { experimental: true };

test.each([
  ['vectors', trees.vector],
  ['numbers', trees.scalar],
])('what is printed reads back as the same tree and is printed the same again: %s', (_name, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, (expr) => {
      const text = printExpr(expr);
      const read = parseExpr(text, experimental);
      expect(bare(read)).toEqual(bare(expr));
      expect(printExpr(read)).toBe(text);
      expect(printExpr(parseExpr(prettyExpr(expr), experimental))).toBe(text);
    }),
    { numRuns: 100 },
  );
});

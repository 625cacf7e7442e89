import { expect, test } from 'vitest';
import { parseExpr } from '../../promql/parse.ts';
import { selectorsOf } from './selectors-of.ts';
import { treeOf } from './tree.ts';

const up = {
  type: 'vectorSelector',
  name: 'up',
  matchers: [{ name: '__name__', type: '=', value: 'up' }],
  offset: 0,
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
};

test.each<[string, object]>([
  ['1e-7', { type: 'numberLiteral', val: '0.0000001' }],
  ['"a"', { type: 'stringLiteral', val: 'a' }],
  ['-(up)', { type: 'unaryExpr', op: '-', expr: { type: 'parenExpr', expr: up } }],
  ['up', up],
  ['up offset 5m @ 10', { ...up, offset: 300_000, timestamp: 10_000 }],
  ['up @ end()', { ...up, startOrEnd: 'end' }],
  ['up[5m] offset -1m', { ...up, type: 'matrixSelector', range: 300_000, offset: -60_000 }],
  ['up[5m:1m] @ start()', { type: 'subquery', expr: up, range: 300_000, step: 60_000, offset: 0, startOrEnd: 'start' }],
  [
    'rate(up[step() * 2])',
    {
      type: 'call',
      func: { name: 'rate', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
      args: [
        {
          type: 'matrixSelector',
          range: 0,
          rangeExpr: { type: 'durationExpr', op: '*', lhs: { op: 'step' }, rhs: { type: 'numberLiteral', val: '2' } },
        },
      ],
    },
  ],
  ['label_join(up, "a", ",")', { type: 'call', func: { name: 'label_join', variadic: -1 } }],
  ['sum without (a) (up)', { type: 'aggregation', op: 'sum', expr: up, param: null, grouping: ['a'], without: true }],
  ['topk(2, up)', { type: 'aggregation', op: 'topk', param: { type: 'numberLiteral', val: '2' }, grouping: [], without: false }],
  [
    'up > bool on (a) group_left (b) up',
    {
      type: 'binaryExpr',
      op: '>',
      bool: true,
      matching: {
        card: 'many-to-one',
        labels: ['a'],
        on: true,
        include: ['b'],
        fillValues: { lhs: null, rhs: null },
      },
    },
  ],
  ['1 + 2', { type: 'binaryExpr', op: '+', matching: null, bool: false }],
])('%s as a tree', (query: string, expected: object) => {
  expect(treeOf(parseExpr(query, { experimental: true }))).toMatchObject(expected);
});

test('all selectors of an expression are found, in order', () => {
  const found = (query: string): string[] => selectorsOf(parseExpr(query, { experimental: true })).map(({ name }) => name);
  expect(found('1 + 2')).toEqual([]);
  expect(found('sum(rate(a[5m])) / -(b) + topk(scalar(c), d) > max_over_time(e[1h:])')).toEqual(['a', 'b', 'c', 'd', 'e']);
});

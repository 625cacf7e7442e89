import { describe, expect, test } from 'vitest';
import { parseExpr } from '../parse.ts';
import { Invariance } from './invariance.ts';

describe('an expression', () => {
  function check(text: string, holds: boolean): void {
    test(`${text} ${holds ? 'has one value' : 'may change from step to step'}`, () => {
      expect(new Invariance().holdsFor(parseExpr(text, { experimental: true }))).toBe(holds);
    });
  }
  check('1 + 2', true);
  check('x', false);
  check('x @ 10', true);
  check('x @ start() + y @ end()', true);
  check('x @ 10 + y', false);
  check('rate(x[5m] @ 10)', true);
  check('rate(x[5m])', false);
  check('sum_over_time(x[5m:1m] @ 10)', true);
  check('sum_over_time((x @ 10)[5m:1m])', false);
  check('time()', false);
  check('hour(x @ 10)', false);
  check('predict_linear(x[5m] @ 10, 60)', false);
  check('timestamp(x @ 10)', true);
  check('timestamp(abs(x @ 10))', false);
  check('sum by (a) (-(x @ 10))', true);
});

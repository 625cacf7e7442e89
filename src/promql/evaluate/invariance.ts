/**
 * Which expressions have the same value at every step, so that they are evaluated once: those whose selectors are all pinned
 * with @ and whose functions do not depend on the time of evaluation.
 */
import type { Call, Expr } from '../ast.ts';
import { withoutParens } from './shape.ts';

/** Functions that give another value at another time of evaluation, also for arguments that stay the same. */
const timeDependent: ReadonlySet<string> = new Set([
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'time',
  'timestamp',
]);

/** Remembers what was found, as the question is asked for every part of a tree. */
export class Invariance {
  readonly #known = new WeakMap<Expr, boolean>();

  holdsFor(expr: Expr): boolean {
    let holds = this.#known.get(expr);
    if (holds === undefined) {
      holds = this.#find(expr);
      this.#known.set(expr, holds);
    }
    return holds;
  }

  #find(expr: Expr): boolean {
    switch (expr.type) {
      case 'number':
      case 'string':
        return true;
      case 'vectorSelector':
      case 'subquery':
        return expr.at !== undefined;
      case 'matrixSelector':
        return expr.vector.at !== undefined;
      // The parameter does not count: Prometheus takes that of the first step for all of them.
      case 'aggregation':
      case 'unary':
      case 'paren':
        return this.holdsFor(expr.expr);
      case 'binary':
        return this.holdsFor(expr.left) && this.holdsFor(expr.right);
      case 'call':
        return this.#findOfCall(expr);
    }
  }

  #findOfCall({ name, args }: Call): boolean {
    if (!args.every((arg) => this.holdsFor(arg))) return false;
    // The time of a pinned sample itself does not change.
    if (name === 'timestamp') return args.every((arg) => withoutParens(arg).type === 'vectorSelector');
    return !timeDependent.has(name);
  }
}

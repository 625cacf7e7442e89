/** What a binary operator makes of two samples. */
import type { Binary, BinaryOperator } from '../ast.ts';
import { add, divide, equals, multiply, subtract, withHint } from '../histogram/arithmetic.ts';
import type { Combined } from '../histogram/arithmetic.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { keepAbove, keepBelow } from '../histogram/trim.ts';
import { infoOf, warningOf } from './annotations.ts';
import type { Annotations } from './annotations.ts';
import { presence, setFloat, setHistogram } from './grid.ts';
import type { GridSeries } from './grid.ts';

export interface Operation {
  readonly operator: BinaryOperator;
  /** Of two floats; undefined for comparisons, and for operators that floats do not have. */
  readonly compute: ((left: number, right: number) => number) | undefined;
  /** Of two floats, for comparisons. */
  readonly compare: ((left: number, right: number) => boolean) | undefined;
  /** A comparison gives 0 or 1 instead of keeping samples. */
  readonly bool: boolean;
  /** A comparison keeps the sample of the vector, which is on the right when a scalar is on the left. */
  readonly keepsRight: boolean;
  readonly annotations: Annotations;
  readonly position: number;
}

export function operationOf({ operator, bool, position }: Binary, annotations: Annotations, keepsRight: boolean): Operation {
  const compute = computations[operator];
  const compare = comparisons[operator];
  return { operator, compute, compare, bool, keepsRight, annotations, position: position.start };
}

/** Whether the result is something else than what was measured, so that its name is dropped. */
export function changesMeaning(operator: BinaryOperator): boolean {
  return computations[operator] !== undefined;
}

export const computations: Partial<Record<BinaryOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: (left, right) => Math.atan2(left, right),
};

export const comparisons: Partial<Record<BinaryOperator, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

/** IEEE 754 has 1 for 1 to any power, also to NaN, and for -1 to an infinite one; JavaScript has NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

/**
 * Applies an operator to what both sides have at a step, and puts the result into `out`; a comparison that does not hold puts
 * nothing. False, with an annotation, when the operator does not go with the types of the samples.
 */
export function combineAt(out: GridSeries, step: number, left: GridSeries, right: GridSeries, operation: Operation): boolean {
  if (left.present[step] !== presence.float || right.present[step] !== presence.float) {
    return combineHistogramsAt(out, step, left, right, operation);
  }
  const { compute, compare, bool, keepsRight } = operation;
  const leftValue = left.values[step]!;
  const rightValue = right.values[step]!;
  if (compute !== undefined) setFloat(out, step, compute(leftValue, rightValue));
  else if (compare !== undefined) {
    const holds = compare(leftValue, rightValue);
    if (bool) setFloat(out, step, holds ? 1 : 0);
    else if (holds) setFloat(out, step, keepsRight ? rightValue : leftValue);
  } else return refuse(operation, 'float', 'float');
  return true;
}

/** The same where at least one side is a histogram. */
function combineHistogramsAt(out: GridSeries, step: number, left: GridSeries, right: GridSeries, operation: Operation): boolean {
  const leftHistogram = left.present[step] === presence.histogram ? left.histograms![step] : undefined;
  const rightHistogram = right.present[step] === presence.histogram ? right.histograms![step] : undefined;
  const { operator } = operation;
  if (leftHistogram !== undefined && rightHistogram !== undefined) {
    if (operator === '==' || operator === '!=') {
      const holds = equals(leftHistogram, rightHistogram) === (operator === '==');
      if (operation.bool) setFloat(out, step, holds ? 1 : 0);
      else if (holds) setHistogram(out, step, leftHistogram);
      return true;
    }
    return setResult(out, step, combineHistograms(leftHistogram, rightHistogram, operation));
  }
  if (leftHistogram !== undefined) return setResult(out, step, withFloat(leftHistogram, right.values[step]!, operation));
  if (operator !== '*') return refuse(operation, 'float', 'histogram');
  return setResult(out, step, multiply(rightHistogram!, left.values[step]!));
}

function setResult(out: GridSeries, step: number, result: Histogram | undefined): boolean {
  if (result !== undefined) setHistogram(out, step, result);
  return result !== undefined;
}

function withFloat(histogram: Histogram, value: number, operation: Operation): Histogram | undefined {
  const { operator } = operation;
  if (operator === '*') return multiply(histogram, value);
  if (operator === '/') return divide(histogram, value);
  if (operator === '</') return keepBelow(histogram, value);
  if (operator === '>/') return keepAbove(histogram, value);
  refuse(operation, 'histogram', 'float');
  return undefined;
}

function combineHistograms(left: Histogram, right: Histogram, operation: Operation): Histogram | undefined {
  const { operator } = operation;
  if (operator === '+') return note(add(left, right), 'addition', operation);
  if (operator === '-') {
    const difference = note(subtract(left, right), 'subtraction', operation);
    return difference && withHint(difference, 'gauge');
  }
  refuse(operation, 'histogram', 'histogram');
  return undefined;
}

/** Conflicting hints leave no result, as in Prometheus. */
function note(
  combined: Combined | undefined,
  operation: 'addition' | 'subtraction',
  { annotations, operator, position }: Operation,
): Histogram | undefined {
  if (combined === undefined) {
    annotations.warn(warningOf.incompatibleBuckets(operator), position);
    return undefined;
  }
  if (combined.hintsCollide) {
    annotations.warn(warningOf.conflictingResets(operation), position);
    return undefined;
  }
  if (combined.boundsReconciled) annotations.inform(infoOf.mismatchedBounds(operation), position);
  return combined.histogram;
}

function refuse({ annotations, operator, position }: Operation, left: string, right: string): false {
  annotations.inform(infoOf.incompatibleTypes(left, operator, right), position);
  return false;
}

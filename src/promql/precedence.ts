/** How tightly operators bind; a higher number binds more tightly. `^` groups to the right, all others to the left. */
import type { BinaryOperator } from './ast.ts';

export const precedences = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
} as const satisfies Record<BinaryOperator, number>;

/** A sign takes what binds at least as tightly as this: `-1 ^ 2` is -1, `-1 * 2` is (-1) * 2. */
export const signPrecedence = precedences['^'];

/** Whether an operation needs parentheses as the left side of another. */
export function isLooserOnLeft(inner: BinaryOperator, outer: BinaryOperator): boolean {
  return precedences[inner] < precedences[outer] || (inner === '^' && outer === '^');
}

/** Whether an operation needs parentheses as the right side of another. */
export function isLooserOnRight(inner: BinaryOperator, outer: BinaryOperator): boolean {
  return precedences[inner] < precedences[outer] || (precedences[inner] === precedences[outer] && outer !== '^');
}

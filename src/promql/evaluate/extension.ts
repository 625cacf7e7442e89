/** The experimental modifiers `anchored` and `smoothed`: they reach beyond the range, so not every function can take them. */
import { SondeError } from '../../base/errors.ts';
import type { Call, VectorSelector } from '../ast.ts';

const functionsWith = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const;

/** Throws `query_failed` for a function that does not go with the modifier of its range. */
export function checkExtension(extension: VectorSelector['extension'], { name, position }: Call): void {
  if (extension === undefined) return;
  const allowed: readonly string[] = functionsWith[extension];
  if (allowed.includes(name)) return;
  const message = `${extension} modifier can only be used with: ${allowed.join(', ')} - not with ${name}`;
  throw new SondeError('query_failed', message, { position: position.start });
}

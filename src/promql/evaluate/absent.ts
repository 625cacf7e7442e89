/** absent and absent_over_time: 1 where there is nothing, with the labels that the selector asks for. */
import { labelsOf, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Expr } from '../ast.ts';
import { hasSamples, newSeries, presenceOfAny, setFloat } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { withoutParens } from './shape.ts';
import { vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

export function absent(context: CallContext): readonly GridSeries[] {
  return absentFrom(vectorArg(context, 0), context, false);
}

/** One series with 1 at the steps at which none of the series is present; none when there is no such step. */
export function absentFrom(series: readonly GridSeries[], { call, grid }: CallContext, dropName: boolean): readonly GridSeries[] {
  const result = newSeries(askedLabels(withoutParens(call.args[0]!)), grid.steps, dropName);
  const present = presenceOfAny(series, grid.steps);
  for (let step = 0; step < grid.steps; step++) if (present[step] === 0) setFloat(result, step, 1);
  return hasSamples(result) ? [result] : [];
}

/** Those that a selector asks to be equal to a value; a label that is asked for twice says nothing. */
function askedLabels(expr: Expr): Labels {
  const selector = expr.type === 'matrixSelector' ? expr.vector : expr;
  if (selector.type !== 'vectorSelector') return [];
  const asked = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === metricName) continue;
    if (operator === '=' && !seen.has(name)) asked.set(name, value);
    else asked.delete(name);
    if (operator === '=') seen.add(name);
  }
  return labelsOf(asked);
}

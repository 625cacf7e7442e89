/** Function calls, with their arguments evaluated. */
import type { FunctionName } from '../signatures.ts';
import { absentFrom } from './absent.ts';
import { mapDates } from './dates.ts';
import { checkExtension } from './extension.ts';
import { functions } from './functions.ts';
import type { FunctionRule } from './functions.ts';
import { presence, unite } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { addInfo } from './info.ts';
import { presentOverTime } from './over-time.ts';
import { mapFloats, mapHistograms, mapSeries } from './samplewise.ts';
import { positionOf } from './shape.ts';
import { matrixArg, vectorArg } from './values.ts';
import type { CallContext, Value } from './values.ts';
import { applyToWindows } from './windows.ts';
import type { RangeCall } from './windows.ts';

/** `timestamp` and `start_timestamp` of a selector are left to the selector: here they are those of a calculated vector. */
export async function evaluateCall(context: CallContext): Promise<Value> {
  const rule = functions[context.call.name as FunctionName];
  if (rule.kind === 'scalar') return { type: 'scalar', values: rule.apply(context) };
  return { type: 'vector', series: await evaluateVectorCall(rule, context) };
}

async function evaluateVectorCall(
  rule: Exclude<FunctionRule, { kind: 'scalar' }>,
  context: CallContext,
): Promise<readonly GridSeries[]> {
  const { grid, evaluation } = context;
  switch (rule.kind) {
    case 'float':
      return mapFloats(vectorArg(context, 0), evaluation, rule.apply);
    case 'histogram':
      return mapHistograms(vectorArg(context, 0), evaluation, rule.apply);
    case 'date':
      return mapDates(context, rule.part);
    case 'range':
      return unitedWithoutNames(await evaluateRangeCall(rule, context), context);
    case 'absentOverTime':
      return absentFrom(await evaluateRangeCall({ apply: presentOverTime, keepsName: false }, context), context, true);
    case 'vector':
      return rule.apply(context);
    case 'info':
      return addInfo(vectorArg(context, 0), context);
    // Only samples as they were stored have a start.
    case 'startTimestamp':
      return [];
    case 'timestamp':
      return mapSeries(vectorArg(context, 0), evaluation, ({ present }, to) => {
        for (let step = 0; step < grid.steps; step++) {
          if (present[step] === presence.absent) continue;
          to.values[step] = (grid.startMs + step * grid.stepMs) / 1000;
          to.present[step] = presence.float;
        }
      });
  }
}

async function evaluateRangeCall(
  rule: Pick<RangeCall, 'apply' | 'keepsName' | 'overFloats'>,
  context: CallContext,
): Promise<readonly GridSeries[]> {
  const { call, args, grid, evaluation } = context;
  const range = matrixArg(context);
  checkExtension(range.windows.extension, call);
  const parameters = args.flatMap((arg) => (arg.type === 'scalar' ? [arg.values] : []));
  const position = positionOf(call.args[0]);
  const expectsCounter = call.name === 'rate' || call.name === 'increase';
  return applyToWindows({ ...rule, expectsCounter, parameters, position }, range, grid, evaluation);
}

/** Names that are dropped at once may have been all that told series apart. */
function unitedWithoutNames(series: readonly GridSeries[], { evaluation }: CallContext): readonly GridSeries[] {
  return evaluation.options.delayedNameRemoval ? series : unite(series);
}

/** Mathematical functions of single samples, where JavaScript's differ from those of PromQL. */
import { newSeries, presence, setFloat } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { mapFloats } from './samplewise.ts';
import { scalarArg, vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

export function toRadians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

export function toDegrees(radians: number): number {
  return (radians * 180) / Math.PI;
}

/** Halves are rounded up. */
export async function round(context: CallContext): Promise<readonly GridSeries[]> {
  const nearest = context.args.length > 1 ? scalarArg(context, 1) : undefined;
  return mapFloats(vectorArg(context, 0), context.evaluation, (value, step) => {
    // Multiplying by the inverse rounds less often than dividing.
    const inverse = 1 / (nearest === undefined ? 1 : nearest[step]!);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

export async function clamp(context: CallContext): Promise<readonly GridSeries[]> {
  return clampBetween(context, scalarArg(context, 1), scalarArg(context, 2));
}

export async function clampMin(context: CallContext): Promise<readonly GridSeries[]> {
  return clampBetween(context, scalarArg(context, 1), undefined);
}

export async function clampMax(context: CallContext): Promise<readonly GridSeries[]> {
  return clampBetween(context, undefined, scalarArg(context, 1));
}

/** Nothing is left at a step where the least value is above the greatest. */
async function clampBetween(
  context: CallContext,
  least: Float64Array | undefined,
  greatest: Float64Array | undefined,
): Promise<readonly GridSeries[]> {
  const clamped = await mapFloats(vectorArg(context, 0), context.evaluation, (value, step) =>
    Math.max(least?.[step] ?? -Infinity, Math.min(greatest?.[step] ?? Infinity, value)),
  );
  if (least === undefined || greatest === undefined) return clamped;
  for (const { present } of clamped) {
    for (let step = 0; step < present.length; step++) if (greatest[step]! < least[step]!) present[step] = presence.absent;
  }
  return clamped;
}

/** The value of the only float at each step, NaN when there is none or several. */
export function scalarOf(context: CallContext): Float64Array {
  const { steps } = context.grid;
  const values = new Float64Array(steps).fill(NaN);
  const found = new Uint8Array(steps);
  for (const series of vectorArg(context, 0)) {
    for (let step = 0; step < steps; step++) {
      if (series.present[step] !== presence.float) continue;
      values[step] = found[step] === 0 ? series.values[step]! : NaN;
      found[step] = 1;
    }
  }
  return values;
}

export function vectorOf(context: CallContext): readonly GridSeries[] {
  const series = newSeries([], context.grid.steps, false);
  const values = scalarArg(context, 0);
  for (let step = 0; step < values.length; step++) setFloat(series, step, values[step]!);
  return [series];
}

/** Go's NaN rules are those of Math.min and Math.max: NaN as soon as one is. */
export function combineScalars(context: CallContext, combine: (a: number, b: number) => number): Float64Array {
  const [left, right] = [scalarArg(context, 0), scalarArg(context, 1)];
  return left.map((value, step) => combine(value, right[step]!));
}

/** The time of each step, in Unix seconds. */
export function timesOf({ grid }: CallContext): Float64Array {
  return Float64Array.from({ length: grid.steps }, (_, step) => (grid.startMs + step * grid.stepMs) / 1000);
}

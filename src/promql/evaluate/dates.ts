/** Parts of dates in UTC, of values that are Unix seconds, or of the time of evaluation when no vector is given. */
import { newSeries, setFloat } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { timesOf } from './math.ts';
import { mapFloats } from './samplewise.ts';
import { vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

/** A part of a date; the date may be invalid, and the part then NaN. */
export type DatePart = (date: Date) => number;

export const year: DatePart = (date) => date.getUTCFullYear();
export const month: DatePart = (date) => date.getUTCMonth() + 1;
export const dayOfMonth: DatePart = (date) => date.getUTCDate();
export const dayOfWeek: DatePart = (date) => date.getUTCDay();
export const hour: DatePart = (date) => date.getUTCHours();
export const minute: DatePart = (date) => date.getUTCMinutes();

/** The day before the first of the next month. */
export const daysInMonth: DatePart = (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

export const dayOfYear: DatePart = (date) => {
  const newYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - newYear) / 86_400_000) + 1;
};

export async function mapDates(context: CallContext, part: DatePart): Promise<readonly GridSeries[]> {
  if (context.args.length > 0) {
    return mapFloats(vectorArg(context, 0), context.evaluation, (seconds) => part(new Date(Math.trunc(seconds) * 1000)));
  }
  const series = newSeries([], context.grid.steps, false);
  for (const [step, seconds] of timesOf(context).entries()) setFloat(series, step, part(new Date(Math.trunc(seconds) * 1000)));
  return [series];
}

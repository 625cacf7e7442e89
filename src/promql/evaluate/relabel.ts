/** label_replace and label_join: functions of labels, whatever the samples are. */
import { SondeError } from '../../base/errors.ts';
import { labelValue, metricName, withLabel } from '../../lang/labels.ts';
import { compileReplacement } from '../../lang/replacement.ts';
import { unite } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { stringArg, vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

/** Sets a label from what an expression captures in another one; series that do not match stay as they are. */
export function replaceLabel(context: CallContext): readonly GridSeries[] {
  const target = stringArg(context, 1);
  const source = stringArg(context, 3);
  const replace = compileReplacement(stringArg(context, 4), stringArg(context, 2));
  if (replace === undefined) fail(context, `invalid regular expression in label_replace(): ${stringArg(context, 4)}`);
  if (!isLabelName(target)) fail(context, `invalid destination label name in label_replace(): ${target}`);
  const replaced = vectorArg(context, 0).map((series) => {
    const value = replace(labelValue(series.labels, source));
    return value === undefined ? series : setLabel(series, target, value);
  });
  return unite(replaced);
}

/** Sets a label to the values of others with a separator between them. */
export function joinLabels(context: CallContext): readonly GridSeries[] {
  const target = stringArg(context, 1);
  const separator = stringArg(context, 2);
  const sources = context.args.slice(3).map((_, i) => stringArg(context, 3 + i));
  for (const source of sources) {
    if (!isLabelName(source)) fail(context, `invalid source label name in label_join(): ${source}`);
  }
  if (!isLabelName(target)) fail(context, `invalid destination label name in label_join(): ${target}`);
  const joined = vectorArg(context, 0).map((series) =>
    setLabel(series, target, sources.map((source) => labelValue(series.labels, source)).join(separator)),
  );
  return unite(joined);
}

/** Any text but the empty one; bytes that are no UTF-8 have come in as the replacement character. */
export function isLabelName(name: string): boolean {
  return name !== '' && !name.includes('\uFFFD');
}

/** A name that is set anew is not dropped at the end. */
function setLabel(series: GridSeries, name: string, value: string): GridSeries {
  return { ...series, labels: withLabel(series.labels, name, value), dropName: name !== metricName && series.dropName };
}

function fail({ call }: CallContext, message: string): never {
  throw new SondeError('query_failed', message, { position: call.position.start });
}

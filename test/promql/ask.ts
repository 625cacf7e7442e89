/** Asks the evaluator about a few series, and shows what it says as text: for unit tests. */
import { labelPairs, labelValue, metricName } from '../../src/lang/labels.ts';
import type { Labels } from '../../src/lang/labels.ts';
import { evaluate } from '../../src/promql/evaluate/evaluate.ts';
import type { QueryResult } from '../../src/promql/evaluate/evaluate.ts';
import type { EvaluateOptions } from '../../src/promql/evaluate/evaluation.ts';
import type { Point } from '../../src/promql/evaluate/points.ts';
import { histogramText } from '../../src/promql/histogram/text.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { samplesOfLoad } from './load.ts';
import { MemorySource } from './memory-source.ts';
import { parseScript } from './script.ts';

/** Series one a line, as in scripts: a sample each minute from 0 on. */
export function sourceOf(lines: string): MemorySource {
  const source = new MemorySource();
  for (const command of parseScript(`load 1m\n${lines.trim()}`)) if (command.kind === 'load') source.load(samplesOfLoad(command));
  return source;
}

/** An instant, or a range of one value a minute, in minutes. */
export type Minutes = number | readonly [start: number, end: number];

export async function ask(
  text: string,
  minutes: Minutes,
  options: Partial<EvaluateOptions> & Pick<EvaluateOptions, 'source'>,
): Promise<QueryResult> {
  const [start, end] = typeof minutes === 'number' ? [minutes, minutes] : minutes;
  const isInstant = typeof minutes === 'number';
  return evaluate(parseExpr(text, { experimental: true }), {
    text,
    grid: { startMs: start * 60_000, endMs: end * 60_000, stepMs: isInstant ? 0 : 60_000 },
    isInstant,
    lookbackMs: 300_000,
    defaultSubqueryStepMs: 60_000,
    samplesMax: 1_000_000,
    delayedNameRemoval: true,
    startTimestamps: true,
    ...options,
  });
}

/** A line for each series, `x{a="1"} 3`; of a matrix the values with their minutes, `x 1@0 2@1.5`. */
export function resultText(result: QueryResult): string {
  switch (result.type) {
    case 'scalar':
    case 'string':
      return String(result.value);
    case 'vector':
      return result.samples.map((sample) => `${nameText(sample.labels)} ${valueText(sample)}`).join('\n');
    case 'matrix':
      return result.series
        .map(({ labels, points }) => {
          const values = points.map((point) => `${valueText(point)}@${point.timeMs / 60_000}`);
          return `${nameText(labels)} ${values.join(' ')}`;
        })
        .join('\n');
  }
}

function valueText(point: Point): string {
  return 'histogram' in point ? histogramText(point.histogram) : String(point.value);
}

function nameText(labels: Labels): string {
  const name = labelValue(labels, metricName);
  const others = labelPairs(labels).filter(([label]) => label !== metricName);
  const text = others.map(([label, value]) => `${label}="${value}"`).join(', ');
  return text === '' && name !== '' ? name : `${name}{${text}}`;
}

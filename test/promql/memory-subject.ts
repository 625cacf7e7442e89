/** The evaluator over samples in memory, set as Prometheus's scripts assume. */
import { evaluate } from '../../src/promql/evaluate/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { MemorySource } from './memory-source.ts';
import type { Subject } from './run-script.ts';

const settings = {
  lookbackMs: 5 * 60_000,
  defaultSubqueryStepMs: 60_000,
  samplesMax: 1_000_000,
  delayedNameRemoval: true,
  startTimestamps: true,
};

export function memorySubject(): Subject {
  const source = new MemorySource();
  return {
    clear: async () => source.clear(),
    load: async (series) => source.load(series),
    ask: async (text, time) => {
      const isInstant = time.kind === 'instant';
      const grid = isInstant ? { startMs: time.timeMs, endMs: time.timeMs, stepMs: 0 } : time;
      return evaluate(parseExpr(text, { experimental: true }), { ...settings, text, grid, isInstant, source });
    },
  };
}

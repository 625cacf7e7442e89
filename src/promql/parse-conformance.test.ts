/**
 * The language against the scripts of Prometheus: each expression that they evaluate is parsed, printed and parsed again, and
 * each of their series is read. The scripts are not part of this project; they are looked for in a folder beside it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseExpr } from './parse.ts';
import { prettyExpr, printExpr } from './print.ts';
import { parseSeriesLine, parseStartTimesLine } from './series-notation.ts';

const folder = join(import.meta.dirname, '../../../shared/conformance/promql');
const scripts = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.test')) : [];
const experimental = { experimental: true };

interface Script {
  readonly expressions: readonly string[];
  readonly series: readonly string[];
}

function readScript(name: string): Script {
  const expressions: string[] = [];
  const series: string[] = [];
  let isLoading = false;
  for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
    const command = /^(?:load|eval|clear)/.test(line.trim());
    if (command || line.trim() === '') isLoading = command && line.startsWith('load');
    else if (isLoading && !line.trim().startsWith('#')) series.push(line.trim());
    const evaluation = /^eval\w*\s+(?:instant\s+at\s+\S+|range\s+from\s+\S+\s+to\s+\S+\s+step\s+\S+)\s+(.*)$/.exec(line.trim());
    if (evaluation?.[1] !== undefined) expressions.push(evaluation[1]);
  }
  return { expressions, series };
}

// The scripts of Prometheus are not in this repository: without the folder ../shared/conformance there is nothing to parse.
describe.skipIf(scripts.length === 0)('the scripts of Prometheus', () => {
  test.each(scripts)('%s', (name) => {
    const { expressions, series } = readScript(name);
    expect(expressions.length).toBeGreaterThan(0);
    for (const text of expressions) {
      const printed = printExpr(parseExpr(text, experimental));
      const read = parseExpr(printed, experimental);
      expect(printExpr(read)).toBe(printed);
      expect(printExpr(parseExpr(prettyExpr(read), experimental))).toBe(printed);
    }
    for (const line of series) expect(parseStartTimesLine(line) ?? parseSeriesLine(line)).toHaveProperty('labels');
  });
});

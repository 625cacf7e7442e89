/** Runs scripts of PromQL over the evaluator: our own, and those of Prometheus where they lie beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { knownFailures } from '../promql/known-failures.ts';
import type { KnownFailure } from '../promql/known-failures.ts';
import { memorySubject } from '../promql/memory-subject.ts';
import { runScript } from '../promql/run-script.ts';
import type { Outcome } from '../promql/run-script.ts';

const own = join(import.meta.dirname, '../scripts/promql');
const prometheus = join(import.meta.dirname, '../../../shared/conformance/promql');

const summary: string[] = [];

function runs(folder: string, file: string, mayFail: readonly KnownFailure[]): void {
  test(`${file} comes out as it says`, async () => {
    const outcomes = await runScript(readFileSync(join(folder, file), 'utf8'), memorySubject());
    summary.push(summarize(file, outcomes));
    const known = mayFail.filter((failure) => failure.file === file).map(({ line }) => line);
    const failed = outcomes.filter(({ fault }) => fault !== undefined);
    const passedAnyway = known.filter((line) => !failed.some((outcome) => outcome.line === line));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(failed.filter(({ line }) => !known.includes(line)).map(describeFault)).toEqual([]);
    expect(passedAnyway, 'entries of known-failures.ts that pass').toEqual([]);
  });
}

function summarize(file: string, outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ fault }) => fault !== undefined).length;
  const replays = outcomes.reduce((sum, outcome) => sum + outcome.replays, 0);
  return `${file}: ${outcomes.length} evals, ${outcomes.length - failed} passed, ${failed} failed, ${replays} replays`;
}

function describeFault({ line, text, fault }: Outcome): string {
  return `line ${line}: ${text}: ${fault}`;
}

const scriptsIn = (folder: string): string[] => readdirSync(folder).filter((file) => file.endsWith('.test'));

describe('the scripts of Sonde', () => {
  for (const file of scriptsIn(own)) runs(own, file, []);
});

// Prometheus's scripts are not part of the repository: they are run where a copy lies beside it.
describe.skipIf(!existsSync(prometheus))('the scripts of Prometheus', () => {
  for (const file of existsSync(prometheus) ? scriptsIn(prometheus) : []) runs(prometheus, file, knownFailures);

  test('are those that known failures name', () => {
    expect(knownFailures.filter(({ file }) => !scriptsIn(prometheus).includes(file))).toEqual([]);
  });
});

afterAll(() => console.log(summary.join('\n')));

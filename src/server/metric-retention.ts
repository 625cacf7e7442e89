/** The setting `retention-metrics-by-name`: its text, and which of its rules a name falls under. */
import { parseDuration } from '../base/time.ts';
import { compileRegex } from '../lang/matchers.ts';
import { nameCharactersMax, retentionsMs } from '../model/metric-retention.ts';
import type { MetricRetention, RetentionByName, RetentionRule } from '../model/metric-retention.ts';

const rulesMax = 16;
const patternCharactersMax = 1000;
const nsPerMs = 1_000_000n;

/**
 * Reads `node_.*=90d,debug_.*=2d`. A comma within a pattern may only stand in `{2,3}`; another one parts two rules. Undefined for
 * what is not of this form, expressions that are not RE2, more than 16 rules and patterns of more than 1000 characters.
 */
export function parseRetentionRules(text: string): readonly RetentionRule[] | undefined {
  const rules: RetentionRule[] = [];
  let part = '';
  for (const piece of text.trim() === '' ? [] : text.split(',')) {
    part += piece;
    // Between the numbers of a repetition: the rule goes on.
    if (/\{\d+$/.test(part)) {
      part += ',';
      continue;
    }
    const rule = parseRule(part.trim());
    if (rule === undefined || rules.length === rulesMax) return undefined;
    rules.push(rule);
    part = '';
  }
  return part === '' ? rules : undefined;
}

function parseRule(text: string): RetentionRule | undefined {
  const at = text.lastIndexOf('=');
  const pattern = text.slice(0, Math.max(at, 0)).trim();
  const ns = parseDuration(text.slice(at + 1).trim());
  if (pattern === '' || pattern.length > patternCharactersMax || ns === undefined || ns < nsPerMs) return undefined;
  return isRegex(pattern) ? { pattern, keptMs: Number(ns / nsPerMs) } : undefined;
}

function isRegex(pattern: string): boolean {
  try {
    compileRegex(pattern);
    return true;
  } catch {
    return false;
  }
}

/** Names that are remembered: in most stores all. */
const namesMax = 16_384;

interface RetentionSettings {
  readonly retentionMetrics: number;
  readonly retentionMetricsByName: readonly RetentionRule[];
}

/** What two settings say together. */
export function metricRetention({ retentionMetrics, retentionMetricsByName }: RetentionSettings): MetricRetention {
  return { rules: retentionMetricsByName, otherMs: retentionMetrics };
}

/** Undefined when there are no rules. */
export function retentionByName(retention: MetricRetention): RetentionByName | undefined {
  if (retention.rules.length === 0) return undefined;
  const ascending = retentionsMs(retention);
  const rules = retention.rules.map(({ pattern, keptMs }) => ({ matches: compileRegex(pattern), keptMs }));
  const known = new Map<string, number>();
  return {
    shortestMs: ascending[0] ?? retention.otherMs,
    longestMs: ascending.at(-1) ?? retention.otherMs,
    keptMs: (name) => {
      const found = known.get(name);
      if (found !== undefined) return found;
      if (isLong(name)) return retention.otherMs;
      const keptMs = rules.find(({ matches }) => matches(name))?.keptMs ?? retention.otherMs;
      if (known.size === namesMax) known.clear();
      known.set(name, keptMs);
      return keptMs;
    },
  };
}

function isLong(name: string): boolean {
  // A character is one or two units of a text.
  return name.length > nameCharactersMax && Array.from(name).length > nameCharactersMax;
}

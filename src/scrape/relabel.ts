/**
 * Relabeling, as Prometheus does it (configuration reference, `relabel_config`): rules that change a label set one after the
 * other, or drop it. Regular expressions are RE2, anchored at both ends, a dot matches a newline too. Setting a label to nothing
 * removes it.
 */
import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
import { SondeError } from '../base/errors.ts';
import { labelPairs, labelsOf } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';

export const relabelActions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
export type RelabelAction = (typeof relabelActions)[number];

/** Which label names there can be: those of letters, digits and underscores, or any text. */
export type NameScheme = 'legacy' | 'utf8';

/** A rule as it is written; what is undefined was not given. */
export interface RelabelRuleText {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[] | undefined;
  readonly separator: string | undefined;
  readonly targetLabel: string | undefined;
  readonly regex: string | undefined;
  readonly modulus: number | undefined;
  readonly replacement: string | undefined;
}

/** A rule that was checked, and is ready to run. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  readonly regex: string;
  readonly pattern: RE2JS;
  readonly modulus: number;
  readonly replacement: string;
  readonly names: NameScheme;
}

/** What one rule made of the labels; `keep` is false where it dropped them, and then the labels are those it saw. */
export interface RelabelStep {
  readonly rule: RelabelRule;
  readonly output: Labels;
  readonly keep: boolean;
}

const everything = '(.*)';
const legacyName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** No lone surrogates: they have no form in UTF-8. */
const utf8Name = /^\P{Cs}+$/u;

/** Checks a rule and fills in the defaults. Throws `config` that names the key. */
export function toRelabelRule(text: RelabelRuleText, names: NameScheme): RelabelRule {
  const { action } = text;
  const rule: RelabelRule = {
    action,
    sourceLabels: text.sourceLabels ?? [],
    separator: text.separator ?? ';',
    targetLabel: text.targetLabel ?? '',
    regex: text.regex ?? everything,
    pattern: compilePattern(text.regex ?? everything),
    modulus: text.modulus ?? 0,
    replacement: text.replacement ?? '$1',
    names,
  };
  if (needsTarget.has(action) && rule.targetLabel === '') refuse(`action ${action} needs a target_label`);
  if (action === 'hashmod' && rule.modulus === 0) refuse('action hashmod needs a modulus above 0');
  for (const key of unusedKeys(action)) {
    if (text[key] !== undefined) refuse(`action ${action} takes no ${keyNames[key]}`);
  }
  const targetIsTemplate = action === 'replace';
  if (!targetIsTemplate && rule.targetLabel !== '' && !isLabelName(rule.targetLabel, names))
    refuse(`target_label expects a label name; got "${rule.targetLabel}"`);
  if (targetIsTemplate && !rule.targetLabel.includes('$') && !isLabelName(rule.targetLabel, names))
    refuse(`target_label expects a label name, perhaps with $1 or \${name}; got "${rule.targetLabel}"`);
  return rule;
}

const needsTarget: ReadonlySet<RelabelAction> = new Set<RelabelAction>([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

const keyNames = {
  sourceLabels: 'source_labels',
  separator: 'separator',
  targetLabel: 'target_label',
  regex: 'regex',
  modulus: 'modulus',
  replacement: 'replacement',
} as const;

/** Keys that would have no effect, and that Prometheus refuses too. */
function unusedKeys(action: RelabelAction): readonly (keyof typeof keyNames)[] {
  switch (action) {
    case 'keepequal':
    case 'dropequal':
      return ['separator', 'regex', 'modulus', 'replacement'];
    case 'labeldrop':
    case 'labelkeep':
      return ['sourceLabels', 'separator', 'targetLabel', 'modulus', 'replacement'];
    case 'lowercase':
    case 'uppercase':
    case 'hashmod':
      return ['replacement'];
    case 'replace':
    case 'keep':
    case 'drop':
    case 'labelmap':
      return [];
  }
}

function refuse(message: string): never {
  throw new SondeError('config', `A relabel rule is not valid: ${message}.`);
}

function compilePattern(regex: string): RE2JS {
  try {
    return RE2JS.compile(regex, RE2JS.DOTALL);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SondeError('config', `regex expects an RE2 expression; got "${regex}": ${why}.`, { cause: thrown });
  }
}

export function isLabelName(name: string, names: NameScheme): boolean {
  return names === 'legacy' ? legacyName.test(name) : utf8Name.test(name);
}

/** The labels after all rules, undefined when a rule dropped them. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const values = new Map(labelPairs(labels));
  for (const rule of rules) if (!apply(rule, values)) return undefined;
  return labelsOf(values);
}

/** What each rule does, up to the one that drops the labels. */
export function relabelSteps(labels: Labels, rules: readonly RelabelRule[]): RelabelStep[] {
  const values = new Map(labelPairs(labels));
  const steps: RelabelStep[] = [];
  for (const rule of rules) {
    const keep = apply(rule, values);
    steps.push({ rule, output: labelsOf(values), keep });
    if (!keep) break;
  }
  return steps;
}

type LabelValues = Map<string, string>;

/** Changes the labels; false when the rule drops them, and then they are as before. */
function apply(rule: RelabelRule, labels: LabelValues): boolean {
  const { action, pattern, targetLabel } = rule;
  switch (action) {
    case 'keep':
      return pattern.testExact(sourceValue(rule, labels));
    case 'drop':
      return !pattern.testExact(sourceValue(rule, labels));
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === sourceValue(rule, labels);
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== sourceValue(rule, labels);
    case 'replace':
      replace(rule, labels);
      return true;
    case 'lowercase':
      setLabel(
        labels,
        targetLabel,
        mapLetters(sourceValue(rule, labels), (letter) => letter.toLowerCase()),
      );
      return true;
    case 'uppercase':
      setLabel(
        labels,
        targetLabel,
        mapLetters(sourceValue(rule, labels), (letter) => letter.toUpperCase()),
      );
      return true;
    case 'hashmod':
      setLabel(labels, targetLabel, hashModulo(sourceValue(rule, labels), rule.modulus));
      return true;
    case 'labelmap':
      mapNames(rule, labels);
      return true;
    case 'labeldrop':
      for (const name of labels.keys()) if (pattern.testExact(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of labels.keys()) if (!pattern.testExact(name)) labels.delete(name);
      return true;
  }
}

function sourceValue({ sourceLabels, separator }: RelabelRule, labels: LabelValues): string {
  return sourceLabels.map((name) => labels.get(name) ?? '').join(separator);
}

function replace(rule: RelabelRule, labels: LabelValues): void {
  const groups = match(rule.pattern, sourceValue(rule, labels));
  if (groups === undefined) return;
  const target = expandTemplate(rule.targetLabel, groups);
  if (isLabelName(target, rule.names)) setLabel(labels, target, expandTemplate(rule.replacement, groups));
}

/** Copies what the labels were before: a name that is made here is not mapped again. */
function mapNames({ pattern, replacement, names }: RelabelRule, labels: LabelValues): void {
  for (const [name, value] of new Map(labels)) {
    const groups = match(pattern, name);
    if (groups === undefined) continue;
    const target = expandTemplate(replacement, groups);
    if (isLabelName(target, names)) setLabel(labels, target, value);
  }
}

function setLabel(labels: LabelValues, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** One letter for one letter, as Go does it: ß has no upper case here, and no letter depends on those around it. */
function mapLetters(text: string, map: (letter: string) => string): string {
  let mapped = '';
  for (const letter of text) {
    const other = map(letter);
    mapped += /^.$/su.test(other) ? other : letter;
  }
  return mapped;
}

/** The low 64 bits of the MD5, as Prometheus takes them, so that shards of both take the same targets. */
function hashModulo(value: string, modulus: number): string {
  const digest = createHash('md5').update(value).digest();
  return String(digest.readBigUInt64BE(8) % BigInt(modulus));
}

/** What a template can name: groups by number and by name. */
type Groups = (name: string) => string;

function match(pattern: RE2JS, value: string): Groups | undefined {
  const matcher = pattern.matcher(value);
  if (!matcher.matches()) return undefined;
  const named = pattern.namedGroups();
  return (name) => {
    const number = /^\d{1,9}$/.test(name) ? Number(name) : Object.hasOwn(named, name) ? named[name] : undefined;
    return number === undefined || number > pattern.groupCount() ? '' : (matcher.group(number) ?? '');
  };
}

/**
 * `$1`, `$name`, `${1}`, `${name}`: a group, nothing when there is no such one; `$$`: a dollar. A name without braces is as long
 * as it can be, so `$1x` is the group 1x. A dollar before anything else stands for itself (Go's regexp.Expand).
 */
function expandTemplate(template: string, groups: Groups): string {
  return template.replaceAll(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? '$' : groups(name);
  });
}

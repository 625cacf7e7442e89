import { describe, expect, test } from 'vitest';
import { labelPairs, labelsOf } from '../lang/labels.ts';
import { relabel, relabelSteps, toRelabelRule } from './relabel.ts';
import type { NameScheme, RelabelRule, RelabelRuleText } from './relabel.ts';

const nothing: RelabelRuleText = {
  action: 'replace',
  sourceLabels: undefined,
  separator: undefined,
  targetLabel: undefined,
  regex: undefined,
  modulus: undefined,
  replacement: undefined,
};

function rule(text: Partial<RelabelRuleText>, names: NameScheme = 'utf8'): RelabelRule {
  return toRelabelRule({ ...nothing, ...text }, names);
}

const input = { a: 'foo', b: 'bar', c: 'baz', __meta_zone: 'eu-1' };

/** Rules and the changes that they make to `input`: undefined for a label that is gone, `dropped` when all are. */
function check(
  name: string,
  rules: readonly Partial<RelabelRuleText>[],
  expected: Readonly<Record<string, string | undefined>> | 'dropped',
): void {
  test(`rules ${name}`, () => {
    const labels = relabel(
      labelsOf(Object.entries(input)),
      rules.map((one) => rule(one)),
    );
    const wanted = expected === 'dropped' ? [] : Object.entries({ ...input, ...expected });
    const set = Object.fromEntries(wanted.filter(([, value]) => value !== undefined));
    expect(labels === undefined ? 'dropped' : Object.fromEntries(labelPairs(labels))).toEqual(
      expected === 'dropped' ? 'dropped' : set,
    );
  });
}

describe('replace:', () => {
  const a = { sourceLabels: ['a'] };
  const ab = { sourceLabels: ['a', 'b'] };
  check('writes groups into the target', [{ ...ab, regex: 'f(.*);(.*)r', targetLabel: 'd', replacement: 'ch${1}-ch$2' }], {
    d: 'choo-chba',
  });
  check('joins sources by the separator', [{ ...ab, separator: '', targetLabel: 'd' }], { d: 'foobar' });
  check('takes named groups', [{ ...a, regex: '(?P<x>.)(?P<y>.*)', targetLabel: 'd', replacement: '$y$x' }], { d: 'oof' });
  check('writes a constant where no source is named', [{ targetLabel: 'd', replacement: 'x' }], { d: 'x' });
  check('wants the end of the source', [{ ...a, regex: 'fo', targetLabel: 'd' }], {});
  check('wants the start of the source', [{ ...a, regex: 'o+', targetLabel: 'd', replacement: 'x' }], {});
  check('removes the target for an empty replacement', [{ ...a, regex: 'foo', targetLabel: 'b', replacement: '' }], {
    b: undefined,
  });
  check('takes a group that did not match as empty', [{ ...a, regex: '(f)(x)?oo', targetLabel: 'b', replacement: '$2' }], {
    b: undefined,
  });
  check('makes the target of groups', [{ ...a, targetLabel: '${1}_x', replacement: '$1' }], { foo_x: 'foo' });
  check('does nothing when the target comes out empty', [{ sourceLabels: ['none'], targetLabel: '$1', replacement: 'x' }], {});
  check(
    'sees what the rule before has done',
    [
      { ...a, targetLabel: 'b' },
      { sourceLabels: ['b'], regex: '(..).', targetLabel: 'c' },
    ],
    { b: 'foo', c: 'fo' },
  );
  test('takes a dot for a newline, and text of any script', () => {
    const rules = [rule({ ...a, regex: 'x(.)yé', targetLabel: 'b' })];
    expect(relabel(['a', 'x\nyé'], rules)).toEqual(['a', 'x\nyé', 'b', '\n']);
  });
});

describe('a template', () => {
  const expand = (replacement: string): string => {
    const labels = relabel(
      ['a', 'one two'],
      [rule({ sourceLabels: ['a'], regex: '(?P<n>\\w+) (\\w+)', targetLabel: 'b', replacement })],
    );
    return labels?.[3] ?? '';
  };
  test.each([
    ['$1-$2', 'one-two'],
    ['${n}$2', 'onetwo'],
    ['$$1', '$1'],
    ['$1x', ''],
    ['$9', ''],
    ['$none.', '.'],
    ['a$', 'a$'],
    ['${', '${'],
    ['${n', '${n'],
    ['$-$1', '$-one'],
    ['$0', 'one two'],
    ['$constructor.', '.'],
  ])('%s gives %s', (template, expected) => expect(expand(template)).toBe(expected));
});

describe('keep and drop', () => {
  const a = { sourceLabels: ['a'] };
  check('keep what matches', [{ action: 'keep', ...a, regex: 'foo|x' }], {});
  check('drop what does not', [{ action: 'keep', ...a, regex: 'f' }], 'dropped');
  check('drop what matches', [{ action: 'drop', ...a, regex: 'f.*' }], 'dropped');
  check('keep what matches in part', [{ action: 'drop', ...a, regex: 'o' }], {});
  check('take an absent label as empty', [{ action: 'drop', sourceLabels: ['none'], regex: '' }], 'dropped');
  check('keep equals', [{ action: 'keepequal', sourceLabels: ['b'], targetLabel: 'b' }], {});
  check('keep equals only', [{ action: 'keepequal', ...a, targetLabel: 'b' }], 'dropped');
  check('drop equals', [{ action: 'dropequal', sourceLabels: ['b'], targetLabel: 'b' }], 'dropped');
  check('drop equals only', [{ action: 'dropequal', ...a, targetLabel: 'b' }], {});
  check('take two absent ones as equal', [{ action: 'keepequal', sourceLabels: ['none'], targetLabel: 'nowhere' }], {});
});

describe('hashmod', () => {
  // From md5sum: the last 16 digits of the digest as a number, modulo the modulus.
  const shard = (sourceLabels: readonly string[], modulus: number, expected: string): void =>
    check(`of ${sourceLabels.join()} by ${modulus}`, [{ action: 'hashmod', sourceLabels, modulus, targetLabel: 'shard' }], {
      shard: expected,
    });
  shard(['a'], 1000, '696');
  shard(['a'], 7, '2');
  shard(['a', 'b'], 1000, '750');
  shard(['a', 'b'], 10_000_019, '972923');
  shard(['none'], 1000, '958');
});

describe('names', () => {
  check('are copied', [{ action: 'labelmap', regex: '__meta_(.*)' }], { zone: 'eu-1' });
  check('are copied by a template', [{ action: 'labelmap', regex: '(a|b)', replacement: 'old_$1' }], {
    old_a: 'foo',
    old_b: 'bar',
  });
  check('that meet in one leave the last', [{ action: 'labelmap', regex: '[ab]', replacement: 'c' }], { c: 'bar' });
  check('that were just made are not copied again', [{ action: 'labelmap', regex: '[abx]', replacement: 'x' }], { x: 'bar' });
  check('are dropped', [{ action: 'labeldrop', regex: '__.*' }], { __meta_zone: undefined });
  check('are kept', [{ action: 'labelkeep', regex: '[ab]' }], { c: undefined, __meta_zone: undefined });
});

describe('cases', () => {
  const change = (action: 'uppercase' | 'lowercase', value: string, expected: string): void =>
    test(`${action} of ${value}`, () =>
      expect(relabel(['a', value], [rule({ action, sourceLabels: ['a'], targetLabel: 'a' })])).toEqual(['a', expected]));
  change('uppercase', 'foo;Bar', 'FOO;BAR');
  change('uppercase', 'Straße', 'STRAßE');
  change('lowercase', 'Straße ΣΑΣ', 'straße σασ');
});

describe('a rule is refused', () => {
  const refuses = (name: string, text: Partial<RelabelRuleText>, message: string, names?: NameScheme): void =>
    test(`refused ${name}`, () =>
      expect(() => rule(text, names)).toThrow(
        expect.objectContaining({ code: 'config', message: expect.stringContaining(message) }),
      ));
  for (const action of ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'] as const)
    refuses(`when ${action} has no target`, { action, modulus: 2 }, `action ${action} needs a target_label`);
  refuses('with sources for labeldrop', { action: 'labeldrop', sourceLabels: ['a'] }, 'labeldrop takes no source_labels');
  refuses('with a regex for keepequal', { action: 'keepequal', targetLabel: 'a', regex: 'x' }, 'keepequal takes no regex');
  refuses('without a modulus', { action: 'hashmod', targetLabel: 'a' }, 'hashmod needs a modulus');
  refuses('with half an expression', { targetLabel: 'a', regex: '(' }, 'regex expects an RE2 expression; got "("');
  refuses('with what RE2 does not have', { targetLabel: 'a', regex: '(?=x)' }, 'regex expects an RE2 expression');
  refuses('with a target that is no legacy name', { targetLabel: 'a.b' }, 'target_label expects a label name', 'legacy');
  refuses('also where it is no template', { action: 'lowercase', targetLabel: '$1' }, 'got "$1"', 'legacy');
  test('but not for a target in UTF-8', () => expect(rule({ targetLabel: 'a.b' }).targetLabel).toBe('a.b'));
});

test('steps show each rule up to the one that drops', () => {
  const rules = [
    rule({ targetLabel: 'b', replacement: 'x' }),
    rule({ action: 'drop', sourceLabels: ['b'], regex: 'x' }),
    rule({ targetLabel: 'c', replacement: 'never' }),
  ];
  expect(relabelSteps(['a', '1'], rules)).toEqual([
    { rule: rules[0], output: ['a', '1', 'b', 'x'], keep: true },
    { rule: rules[1], output: ['a', '1', 'b', 'x'], keep: false },
  ]);
});

test('an expression that would take a backtracking engine for ever takes none of our time', () => {
  const hostile = rule({ action: 'keep', sourceLabels: ['a'], regex: '(a*)*b' });
  expect(relabel(['a', 'a'.repeat(20_000)], [hostile])).toBeUndefined();
});

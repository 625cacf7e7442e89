import { describe, expect, test } from 'vitest';
import { compileReplacement } from './replacement.ts';

interface Case {
  readonly pattern: string;
  readonly template: string;
  readonly text: string;
}

function check({ pattern, template, text }: Case, expected: string | undefined): void {
  test(`${JSON.stringify(text)} by ${pattern} to ${template}`, () => {
    expect(compileReplacement(pattern, template)?.(text)).toBe(expected);
  });
}

describe('a template is filled with the groups of a text that matches as a whole', () => {
  check({ pattern: '(.*)-(\\d+)', template: '$2/$1', text: 'node-17' }, '17/node');
  check({ pattern: '(.*)-(\\d+)', template: '${2}x', text: 'node-17' }, '17x');
  check({ pattern: '(?P<host>\\w+):.*', template: '<$host>', text: 'db1:9100' }, '<db1>');
  check({ pattern: '(?P<host>\\w+):.*', template: '${host}s', text: 'db1:9100' }, 'db1s');
  check({ pattern: 'a(b)?c', template: '[$1]', text: 'ac' }, '[]');
  check({ pattern: 'a.b', template: 'two lines', text: 'a\nb' }, 'two lines');
  check({ pattern: 'node', template: 'x', text: 'node-17' }, undefined);
  check({ pattern: '', template: 'x', text: 'y' }, undefined);
  check({ pattern: '', template: 'x', text: '' }, 'x');
});

describe('names reach as far as they can, and unknown groups are empty', () => {
  check({ pattern: '(a)', template: '$1x|$9|$none|', text: 'a' }, '|||');
  check({ pattern: '(a)', template: '$$1 $ ${1 $-', text: 'a' }, '$1 $ ${1 $-');
});

test('an expression that is not valid gives nothing', () => {
  expect(compileReplacement('(', '$1')).toBeUndefined();
});

test('an expression that is too large is refused', () => {
  expect(() => compileReplacement('((a{900}){900})', '$1')).toThrow('more than the limit of');
});

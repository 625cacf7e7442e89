import { SpanKind } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { randomWord } from './ids.ts';
import { ruleSampler, wildcard } from './rule-sampler.ts';
import type { SamplingRule } from './rule-sampler.ts';
import { alwaysOff, decide, parentBased, randomnessOf, ratioSampler, readTraceState } from './sampling.ts';
import type { SampleQuestion } from './sampling.ts';

const question = (fields: Partial<SampleQuestion>): SampleQuestion => ({
  parent: undefined,
  name: 'GET',
  kind: SpanKind.SERVER,
  attributes: {},
  ...fields,
});

describe('a rule fits', () => {
  test.each<[rule: Omit<SamplingRule, 'share'>, fields: Partial<SampleQuestion>, fits: boolean]>([
    [{}, {}, true],
    [{ name: 'GET' }, {}, true],
    [{ name: 'POST' }, {}, false],
    [{ name: '*/Produce' }, { name: 'log.v1.Log/Produce' }, true],
    [{ name: '*/Produce' }, { name: 'log.v1.Log/ProduceStream' }, false],
    [{ kind: 'server' }, {}, true],
    [{ kind: 'client' }, {}, false],
    [{ attributes: { 'url.path': '/pay/*' } }, { attributes: { 'url.path': '/pay/now' } }, true],
    [{ attributes: { 'url.path': '/pay/*' } }, { attributes: { 'url.path': '/play' } }, false],
    [{ attributes: { 'url.path': '/pay/*' } }, {}, false],
    [{ attributes: { retry: true, count: 2 } }, { attributes: { retry: true, count: 2 } }, true],
    [{ attributes: { retry: true } }, { attributes: { retry: 'true' } }, false],
    [{ name: 'GET', kind: 'client' }, {}, false],
  ])('%j %j: %s', (rule, fields, fits) => {
    const sampler = ruleSampler([{ ...rule, share: 1 }], alwaysOff);
    expect(sampler.thresholdOf(question(fields)) === 0).toBe(fits);
  });
});

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['a*', 'a', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*b*', 'abc', true],
  ['*b*', 'ac', false],
  ['a*b*c', 'a-b-c', true],
  ['a*b*bc', 'abc', false],
  ['a.c', 'abc', false],
])('%j and %j: %s', (pattern, text, fits) => {
  expect(wildcard(pattern)(text)).toBe(fits);
});

test('the first rule that fits decides, and shares are what they say, over 100,000 calls', () => {
  const rules: readonly SamplingRule[] = [
    { name: 'Produce', share: 1 },
    { name: 'Health', share: 0 },
    { name: '*', kind: 'server', share: 0.5 },
  ];
  const sampler = parentBased(ruleSampler(rules, ratioSampler(0.1)));
  const calls = { Produce: 20_000, Health: 10_000, Consume: 50_000, Background: 20_000 };
  const kept: Record<string, number> = {};
  const weighed: Record<string, number> = {};
  for (const [name, count] of Object.entries(calls)) {
    kept[name] = 0;
    weighed[name] = 0;
    const kind = name === 'Background' ? SpanKind.INTERNAL : SpanKind.SERVER;
    for (let i = 0; i < count; i++) {
      const { isSampled, traceState } = decide(sampler, question({ name, kind }), randomWord(), randomWord());
      if (!isSampled) continue;
      kept[name]++;
      weighed[name] += 2 ** 56 / (2 ** 56 - (readTraceState(traceState).threshold ?? 0));
    }
  }
  expect([kept['Produce'], kept['Health']]).toEqual([20_000, 0]);
  expect(Math.abs(kept['Consume']! / 50_000 - 0.5)).toBeLessThan(0.01);
  expect(Math.abs(kept['Background']! / 20_000 - 0.1)).toBeLessThan(0.01);
  for (const name of ['Produce', 'Consume']) {
    expect(Math.abs(weighed[name]! / calls[name as 'Produce'] - 1)).toBeLessThan(0.02);
  }
});

test('a share that is none is refused', () => {
  expect(() => ruleSampler([{ share: 1.5 }], alwaysOff)).toThrow('a rule’s share should be from 0 to 1, but is 1.5');
});

test('the same trace is kept by the larger share whenever it is by the smaller', () => {
  const [small, large] = [0.2, 0.4].map((share) => ruleSampler([{ share }], alwaysOff));
  for (let i = 0; i < 1000; i++) {
    const [word2, word3] = [randomWord(), randomWord()];
    const thresholds = [small, large].map((sampler) => sampler!.thresholdOf(question({})) as number);
    const [bySmall, byLarge] = thresholds.map((threshold) => randomnessOf(word2, word3) >= threshold);
    expect(bySmall && !byLarge).toBe(false);
  }
});

import { describe, expect, test } from 'vitest';
import { readSamplingRules } from './sampling-rules.ts';

/** What a service is told by a file. */
function answer(text: string, service = 'shop'): object {
  const { services, otherwise } = readSamplingRules(text, '/s.yml');
  return services.get(service) ?? otherwise;
}

describe('a service is told', () => {
  test.each<[what: string, text: string, expected: object]>([
    ['all, by an empty file', '', { strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 1 } }],
    [
      'what all are',
      'default_strategy: { type: probabilistic, param: 0.2 }',
      { strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 0.2 } },
    ],
    [
      'what it alone is, in JSON as in YAML',
      '{"default_strategy":{"type":"probabilistic","param":0.2},"service_strategies":[{"service":"shop","type":"ratelimiting","param":5}]}',
      { strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 5 } },
    ],
    [
      'shares of its operations',
      `service_strategies:
        - { service: shop, type: probabilistic, param: 0.5, operation_strategies: [{ operation: GET /a, type: probabilistic, param: 0 }] }`,
      {
        strategyType: 'PROBABILISTIC',
        probabilisticSampling: { samplingRate: 0.5 },
        operationSampling: {
          defaultSamplingProbability: 0.5,
          defaultLowerBoundTracesPerSecond: 0,
          perOperationStrategies: [{ operation: 'GET /a', probabilisticSampling: { samplingRate: 0 } }],
        },
      },
    ],
    [
      'rules',
      `service_strategies:
        - { service: shop, type: probabilistic, param: 0.5, rules: [{ name: '*/Produce', kind: server, attributes: { a: 1 }, share: 1 }] }`,
      {
        strategyType: 'PROBABILISTIC',
        probabilisticSampling: { samplingRate: 0.5 },
        rules: [{ name: '*/Produce', kind: 'server', attributes: { a: 1 }, share: 1 }],
      },
    ],
  ])('%s', (_, text, expected) => {
    expect(answer(text)).toEqual(expected);
  });
});

test.each([
  ['[]', 'the file: it should be a map, but is []'],
  ['a: 1', 'the file: keys should be among default_strategy, service_strategies, but is "a"'],
  ['{', '/s.yml: '],
  ['default_strategy: 1', 'default_strategy: it should be a map, but is 1'],
  ['default_strategy: { type: often }', 'type should be probabilistic or ratelimiting, but is "often"'],
  ['default_strategy: { type: probabilistic, param: 2 }', 'it should be a number from 0 to 1, but is 2'],
  ['default_strategy: { type: ratelimiting, param: -1 }', 'param should be a number of at least 0, but is -1'],
  ['service_strategies: 1', 'service_strategies: it should be a list'],
  ['service_strategies: [{ type: probabilistic, param: 1 }]', 'service_strategies[0]: service should be a name'],
  [
    'service_strategies: [{ service: a, type: probabilistic, param: 1 }, { service: a, type: probabilistic, param: 1 }]',
    'service_strategies[1]: service should stand once',
  ],
  [
    'default_strategy: { rules: [{ share: 1 }, { share: 1, kind: clown }] }',
    'default_strategy.rules[1]: kind should be that of a span',
  ],
  ['default_strategy: { rules: [{}] }', 'default_strategy.rules[0].share: it should be a number from 0 to 1'],
  [
    'default_strategy: { operation_strategies: [{ operation: a, type: ratelimiting, param: 1 }] }',
    'operation_strategies[0]: type of an operation',
  ],
])('a file that is wrong is refused, and where is said: %s', (text, message) => {
  expect(() => readSamplingRules(text, '/s.yml')).toThrow(message);
});

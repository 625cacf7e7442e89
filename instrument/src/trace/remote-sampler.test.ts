import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { remoteSampler, samplerOf } from './remote-sampler.ts';
import { keepNone, parentBased, thresholdOfShare } from './sampling.ts';
import type { SampleQuestion, Sampler } from './sampling.ts';

const question = (name: string): SampleQuestion => ({ parent: undefined, name, kind: SpanKind.SERVER, attributes: {} });
/** The share of spans of a name that is kept. */
const shareOf = (sampler: Sampler, name = 'GET'): number => 1 - Number(sampler.thresholdOf(question(name))) / keepNone;

describe('an answer', () => {
  test.each<[answer: object, name: string, share: number]>([
    [{ strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 0.25 } }, 'GET', 0.25],
    [{ probabilisticSampling: { samplingRate: 0.5 } }, 'GET', 0.5],
    [{ strategyType: 0, probabilisticSampling: {} }, 'GET', 0],
    [{ strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 0 } }, 'GET', 0],
    [{ strategyType: 1, rateLimitingSampling: { maxTracesPerSecond: 1e9 } }, 'GET', 1],
    [
      {
        operationSampling: {
          defaultSamplingProbability: 0.5,
          perOperationStrategies: [{ operation: 'POST', probabilisticSampling: { samplingRate: 1 } }],
        },
      },
      'POST',
      1,
    ],
    [
      {
        operationSampling: {
          defaultSamplingProbability: 0.5,
          perOperationStrategies: [{ operation: 'POST', probabilisticSampling: { samplingRate: 1 } }],
        },
      },
      'GET',
      0.5,
    ],
    [{ operationSampling: { defaultSamplingProbability: 0, defaultLowerBoundTracesPerSecond: 1e9 } }, 'GET', 1],
    [{ probabilisticSampling: { samplingRate: 0 }, rules: [{ name: 'G*', share: 0.75 }] }, 'GET', 0.75],
    [{ probabilisticSampling: { samplingRate: 0 }, rules: [{ name: 'G*', share: 0.75 }] }, 'POST', 0],
  ])('%j keeps of %s %d', (answer, name, share) => {
    expect(shareOf(samplerOf(answer), name)).toBeCloseTo(share, 5);
  });

  test.each([
    null,
    'text',
    { probabilisticSampling: { samplingRate: 2 } },
    { probabilisticSampling: { samplingRate: '1' } },
    { strategyType: 'RATE_LIMITING' },
    { rules: 1 },
    { rules: [{ share: 2 }] },
  ])('that makes no sense is refused: %j', (answer) => {
    expect(() => samplerOf(answer)).toThrow(/./);
  });
});

describe('a server', () => {
  let server: Server;
  let answer: { status: number; text: string };
  let asked: string[];
  let told: string[];
  let stop: (() => void) | undefined;
  beforeEach(async () => {
    [asked, told] = [[], []];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(answer.status).end(answer.text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    stop?.();
    server.closeAllConnections();
    server.close();
  });

  const start = (): Sampler => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sampling`;
    const sampler = parentBased(remoteSampler({ endpoint, pollingIntervalMs: 20, initialShare: 0.125 }));
    stop = sampler.start?.('the shop', (message) => told.push(message));
    return sampler;
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const probabilistic = (samplingRate: number): string => JSON.stringify({ probabilisticSampling: { samplingRate } });

  test('is asked by name, and again and again; what it says last counts', async () => {
    answer = { status: 200, text: probabilistic(0.5) };
    const sampler = start();
    expect(shareOf(sampler)).toBe(0.125);
    await until(() => shareOf(sampler) === 0.5);
    expect(asked[0]).toBe('/sampling?service=the+shop');
    expect(sampler.description).toMatch(/^ParentBased\{root=Remote\{http.*, Ratio\{0\.5\}\}\}$/);
    answer = { status: 200, text: JSON.stringify({ rules: [{ attributes: { a: 1 }, share: 1 }] }) };
    await until(() => sampler.usesAttributes);
    expect(shareOf(sampler)).toBe(0);
    expect(told).toEqual([]);
  });

  test('that fails or talks nonsense changes nothing, and that is told', async () => {
    answer = { status: 200, text: probabilistic(0.5) };
    const sampler = start();
    await until(() => shareOf(sampler) === 0.5);
    for (const [status, text, words] of [
      [500, 'broken', 'status 500: broken'],
      [200, '{', 'JSON'],
      [200, probabilistic(7), 'from 0 to 1, but is 7'],
      [200, 'x'.repeat((1 << 20) + 1), 'an answer of more than 1048576 bytes'],
    ] as const) {
      answer = { status, text };
      const count = told.length;
      await until(() => told.slice(count).some((message) => message.includes(words)));
      expect(sampler.thresholdOf(question('GET'))).toBe(thresholdOfShare(0.5));
    }
    expect(told.every((message) => message.endsWith('; Ratio{0.5} stays'))).toBe(true);
  });

  test('is not asked any more once the kit stops', async () => {
    answer = { status: 200, text: probabilistic(0.5) };
    start();
    await until(() => asked.length > 2);
    stop?.();
    const count = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked.length).toBeLessThanOrEqual(count + 1);
  });
});

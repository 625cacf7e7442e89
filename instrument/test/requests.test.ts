/** Ids of requests, who asks, and the line of each call, over HTTP. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Log, Receiver } from './receiver.ts';

interface Answer {
  readonly requestId: string;
  readonly caller: object | null;
  readonly traceId: string;
  readonly passedOn: readonly string[];
}

interface Told {
  readonly with: Answer;
  readonly without: Answer;
  readonly bad: Answer;
  readonly refused: number;
  readonly outside: readonly unknown[];
}

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
beforeEach(() => receiver.clear());
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(more: Readonly<Record<string, string>> = {}): Promise<Told> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...more,
  };
  const child = fork('requests.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'] });
  const [told] = (await once(child, 'message')) as [Told];
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return told;
}

const textOf = ({ attributes }: Log, key: string): string | undefined => valuesOf(attributes)[key]?.stringValue;
/** Lines of calls of the service in front. */
const lines = (): Log[] =>
  receiver.logs.filter((log) => log.eventName === 'http.server.request' && textOf(log, 'http.route') === '/');

describe('a request', () => {
  test('keeps the id that it came with, and passes it on, once', async () => {
    const { with: answer, outside } = await run();
    expect(answer).toMatchObject({ requestId: 'r-9', passedOn: ['r-9', 'r-9', 'own', 'own'] });
    const line = lines().find((log) => textOf(log, 'request.id') === 'r-9');
    const span = receiver.spans.find(({ spanId }) => spanId === line?.spanId);
    expect(valuesOf(span?.attributes)).toMatchObject({
      'request.id': { stringValue: 'r-9' },
      'http.route': { stringValue: '/' },
    });
    expect(outside).toEqual([null, null]);
  });

  test('has the id of its trace when it came without one, or with what cannot be one', async () => {
    const { without, bad } = await run();
    for (const { requestId, traceId, passedOn } of [without, bad]) {
      expect(requestId).toBe(traceId);
      expect(passedOn).toEqual([traceId, traceId, 'own', 'own']);
      // Which each record has as its trace.
      const [line, ...others] = lines().filter((log) => log.traceId === traceId);
      expect(line && valuesOf(line.attributes)['request.id']).toBeUndefined();
      expect([line === undefined, others]).toEqual([false, []]);
    }
  });

  test('tells who asks in handlers, on its span and in its line', async () => {
    const told = await run();
    expect(told.with.caller).toEqual({ id: 'ada', name: 'ADA', roles: ['reader'] });
    expect(told.without.caller).toBeNull();
    const line = lines().find((log) => textOf(log, 'user.id') === 'ada');
    const span = receiver.spans.find(({ spanId }) => spanId === line?.spanId);
    for (const attributes of [span?.attributes, line?.attributes]) {
      expect(valuesOf(attributes)).toMatchObject({ 'user.id': { stringValue: 'ada' }, 'user.name': { stringValue: 'ADA' } });
    }
  });

  test('that was refused is told by a line without its query', async () => {
    expect((await run()).refused).toBe(401);
    const line = receiver.logs.find(({ severityText }) => severityText === 'WARN');
    const span = receiver.spans.find(({ spanId }) => spanId === line?.spanId);
    expect(line?.body?.stringValue).toBe('GET / 401');
    const values = valuesOf(line?.attributes);
    expect(values).toMatchObject({
      'http.request.method': { stringValue: 'GET' },
      'url.scheme': { stringValue: 'http' },
      'url.path': { stringValue: '/' },
      'http.response.status_code': { intValue: '401' },
      'network.peer.address': { stringValue: '127.0.0.1' },
    });
    expect(JSON.stringify(line)).not.toContain('secret');
    const took = BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0);
    expect(Math.abs(Number(values['http.duration_ns']?.intValue) - Number(took))).toBeLessThan(2000);
  });
});

describe('lines of calls', () => {
  test.each([
    ['all', 'always_off', 4],
    ['sampled', 'always_off', 1],
    ['sampled', 'always_on', 4],
    ['failed', 'always_on', 1],
    ['none', 'always_on', 0],
  ])('%s, %s: %i of four', async (which, sampler, count) => {
    await run({ SONDE_CALL_LOG: which, OTEL_TRACES_SAMPLER: sampler });
    // Those of the service behind have no query of their own, no route and no refusal.
    const inFront = receiver.logs.filter((log) => textOf(log, 'http.route') === '/' || log.severityText === 'WARN');
    expect(inFront).toHaveLength(count);
  });
});

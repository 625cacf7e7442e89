/**
 * gRPC calls of every kind with every end, told by span, log line and metrics on both sides; what they say of messages and bytes is
 * what was sent.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { HistogramPoint, Log, Receiver, Span } from './receiver.ts';

interface Told {
  readonly results: Readonly<Record<string, { readonly code: number; readonly got: readonly string[] }>>;
  /** Which handler ran within which span, who called, and under which id of the request. */
  readonly inside: readonly (readonly [handler: string, spanId: string | null, caller: string | null, requestId: string])[];
}

let receiver: Receiver;
let folder: string;
let told: Told;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SEMCONV_STABILITY_OPT_IN: 'rpc/dup',
  };
  const child = fork('rpc.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'] });
  [told] = (await once(child, 'message')) as [Told];
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the app ended with ${code}`);
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

const codes = { OK: 0, CANCELLED: 1, DEADLINE_EXCEEDED: 4, UNIMPLEMENTED: 12, INTERNAL: 13, UNAUTHENTICATED: 16 } as const;
type Code = keyof typeof codes;

/** Request and response messages as texts. `hello` and `and more` go up; what comes down depends on the kind. */
interface Case {
  readonly kind: 'unary' | 'clientStream' | 'serverStream' | 'bidi';
  readonly way: string;
  readonly code: Code;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

const kinds = ['unary', 'clientStream', 'serverStream', 'bidi'] as const;
const streamsUp = (kind: Case['kind']): boolean => kind === 'clientStream' || kind === 'bidi';
const answers = {
  unary: ['hellohello'],
  clientStream: ['helloand more'],
  serverStream: ['hello0', 'hello1', 'hello2'],
  bidi: ['hello', 'and more'],
};
const cases: readonly Case[] = kinds.flatMap((kind): Case[] => {
  const up = (first: string): string[] => [first, ...(streamsUp(kind) && first !== 'wait' ? ['and more'] : [])];
  return [
    { kind, way: 'success', code: 'OK', up: up('hello'), down: answers[kind] },
    { kind, way: 'error', code: 'INTERNAL', up: up('fail'), down: [] },
    { kind, way: 'refused', code: 'UNAUTHENTICATED', up: up('hello'), down: [] },
    {
      kind,
      way: 'deadline',
      code: 'DEADLINE_EXCEEDED',
      up: up('wait'),
      down: kind === 'serverStream' ? ['wait0', 'wait1', 'wait2'] : [],
    },
    { kind, way: 'cancel', code: 'CANCELLED', up: up('wait'), down: kind === 'serverStream' ? ['wait0', 'wait1', 'wait2'] : [] },
  ];
});
const pathOf = (kind: Case['kind']): string => `test.Echo/${kind[0]?.toUpperCase()}${kind.slice(1)}`;
const bytesOf = (texts: readonly string[]): number => texts.join('').length;
const text = (value: { stringValue?: string } | undefined): string | undefined => value?.stringValue;
const spansOf = (side: 2 | 3, { kind, code }: Case): Span[] =>
  receiver.spans.filter(
    (span) =>
      span.kind === side && span.name === pathOf(kind) && text(valuesOf(span.attributes)['rpc.response.status_code']) === code,
  );

/** Errors of a server are its own faults alone. */
const serverFaults: ReadonlySet<Code> = new Set(['DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL']);

describe.each(cases)('$kind, $way', (one) => {
  const { kind, code, up, down } = one;

  test('is answered as without the kit', () => {
    expect(told.results[`${kind} ${one.way}`]).toEqual({ code: codes[code], got: down });
  });

  test('is a span on either side, of one trace', () => {
    const [clients, servers] = [spansOf(3, one), spansOf(2, one)];
    expect([clients.length, servers.length]).toEqual([1, 1]);
    const [client, server] = [clients[0], servers[0]];
    expect(server).toMatchObject({ traceId: client?.traceId, parentSpanId: client?.spanId });
    expect(valuesOf(server?.attributes)).toMatchObject({
      'rpc.system.name': { stringValue: 'grpc' },
      'rpc.method': { stringValue: pathOf(kind) },
      'network.peer.address': { stringValue: '127.0.0.1' },
      'server.address': { stringValue: '127.0.0.1' },
    });
    expect(valuesOf(client?.attributes)).toMatchObject({
      'rpc.method': { stringValue: pathOf(kind) },
      'server.address': { stringValue: '127.0.0.1' },
    });
    expect(client?.status?.code).toBe(code === 'OK' ? undefined : 2);
    expect(server?.status?.code).toBe(serverFaults.has(code) ? 2 : undefined);
    expect(text(valuesOf(server?.attributes)['error.type'])).toBe(serverFaults.has(code) ? code : undefined);
  });

  test('is a log line of its trace', () => {
    const [server] = spansOf(2, one);
    const lines = receiver.logs.filter(({ spanId }) => spanId === server?.spanId);
    expect(lines).toHaveLength(1);
    const [line] = lines as [Log];
    expect(line).toMatchObject({
      eventName: 'rpc.server.call',
      traceId: server?.traceId,
      severityText: code === 'OK' ? 'INFO' : serverFaults.has(code) ? 'ERROR' : 'WARN',
    });
    expect(text(line.body)).toContain(`${pathOf(kind)} ${code}`);
    const attributes = valuesOf(line.attributes);
    expect(attributes).toMatchObject({
      'rpc.method': { stringValue: pathOf(kind) },
      'rpc.response.status_code': { stringValue: code },
      'request.id': { stringValue: 'r-1' },
      ...(one.way === 'refused' ? {} : { 'user.id': { stringValue: 'ada' } }),
      'rpc.response.messages': { intValue: String(down.length) },
      'rpc.response.bytes': { intValue: String(bytesOf(down)) },
    });
    const took = BigInt(server?.endTimeUnixNano ?? 0) - BigInt(server?.startTimeUnixNano ?? 0);
    expect(Math.abs(Number(attributes['rpc.duration_ns']?.intValue) - Number(took))).toBeLessThan(2000);
    expect(text(attributes['network.peer.address'])).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('is in the metrics of either side, with its messages and bytes', () => {
    for (const side of ['client', 'server'] as const) {
      const point = (name: string): HistogramPoint | undefined =>
        receiver.points.findLast((each) => {
          const attributes = valuesOf(each.attributes);
          return (
            each.metric === `rpc.${side}.${name}` &&
            text(attributes['rpc.method']) === pathOf(kind) &&
            text(attributes['rpc.response.status_code']) === code
          );
        });
      expect(point('call.duration')).toMatchObject({ count: '1' });
      expect(point('call.duration')?.exemplars?.[0]?.traceId).toBe(spansOf(side === 'client' ? 3 : 2, one)[0]?.traceId);
      expect(point('response.size')).toMatchObject({ count: '1', sum: bytesOf(down) });
      expect(point('responses_per_rpc')).toMatchObject({ count: '1', sum: down.length });
      // A handler that refuses at once may not have been given what came after.
      if (side === 'server' && one.way === 'refused') continue;
      if (side === 'server' && one.way === 'error' && streamsUp(kind)) continue;
      expect(point('request.size')).toMatchObject({ count: '1', sum: bytesOf(up) });
      expect(point('requests_per_rpc')).toMatchObject({ count: '1', sum: up.length });
    }
  });
});

describe('a server', () => {
  test('tells of calls to methods that it does not have, under one name', () => {
    expect(told.results['unknown']?.code).toBe(12);
    const span = receiver.spans.find(({ kind, name }) => kind === 2 && name === '_OTHER');
    expect(valuesOf(span?.attributes)).toMatchObject({
      'rpc.method': { stringValue: '_OTHER' },
      'rpc.method_original': { stringValue: 'test.Echo/Missing' },
      'rpc.response.status_code': { stringValue: 'UNIMPLEMENTED' },
    });
  });

  test('runs every handler within the span of its call, later parts of it too', () => {
    const servers = new Map(receiver.spans.filter(({ kind }) => kind === 2).map(({ spanId, name }) => [spanId, name]));
    for (const [handler, spanId, caller, requestId] of told.inside) {
      const [kind = ''] = handler.split(',');
      expect([handler, servers.get(spanId ?? '')]).toEqual([handler, pathOf(kind as Case['kind'])]);
      expect([caller, requestId]).toEqual(['ada', 'r-1']);
    }
    expect(new Set(told.inside.map(([handler]) => handler)).size).toBe(5);
  });

  const serverSpanOf = (code: string, name: string): Span | undefined =>
    receiver.spans.find(
      (span) => span.kind === 2 && span.name === name && text(valuesOf(span.attributes)['rpc.response.status_code']) === code,
    );
  const linesOf = (span: Span | undefined): Log[] => receiver.logs.filter(({ spanId }) => spanId === span?.spanId);

  test('refuses who is known and may not, and tells of it', () => {
    expect(told.results['eve']).toEqual({ code: 7, got: [] });
    const [line] = linesOf(serverSpanOf('PERMISSION_DENIED', 'test.Guarded/Unary'));
    expect(line).toMatchObject({ severityText: 'WARN', body: { stringValue: 'test.Guarded/Unary PERMISSION_DENIED: not eve' } });
  });

  test('refuses when the check itself fails: the client is not told why, the exception is recorded', () => {
    expect(told.results['broken']).toEqual({ code: 13, got: [] });
    const failed = receiver.spans.find(({ status }) => status?.message === 'the check of who calls failed');
    const lines = linesOf(receiver.spans.find(({ kind, traceId }) => kind === 2 && traceId === failed?.traceId));
    expect(new Set(lines.map(({ eventName, body }) => `${eventName}: ${text(body)}`))).toEqual(
      new Set([
        'exception: TypeError: the list of users is gone',
        'rpc.server.call: test.Guarded/Bidi INTERNAL: the check of who calls failed',
      ]),
    );
  });

  test('runs no handler for a call that is given up while the check runs', () => {
    expect(told.results['slow']).toEqual({ code: 1, got: ['0 handlers ran'] });
  });

  test('gives the older names too when they are asked for', () => {
    const span = receiver.spans.find(({ kind, name }) => kind === 2 && name === 'test.Echo/Unary');
    expect(valuesOf(span?.attributes)).toMatchObject({
      'rpc.method': { stringValue: 'test.Echo/Unary' },
      'rpc.system': { stringValue: 'grpc' },
      'rpc.service': { stringValue: 'test.Echo' },
    });
    for (const side of ['server', 'client']) {
      const older = receiver.points
        .filter(({ metric }) => metric === `rpc.${side}.duration`)
        .map(({ attributes }) => valuesOf(attributes));
      expect(older).toContainEqual({
        'rpc.system': { stringValue: 'grpc' },
        'rpc.service': { stringValue: 'test.Echo' },
        'rpc.method': { stringValue: 'Unary' },
        'rpc.grpc.status_code': { intValue: '16' },
      });
    }
  });
});

/** A trace that crosses four services, each of which speaks another format to the next. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('four services in four formats are one trace', async () => {
  // The last first, as each has to know where the next one is.
  const services: readonly [name: string, propagators: string][] = [
    ['fourth', 'jaeger,xray'],
    ['third', 'b3multi,jaeger'],
    ['second', 'tracecontext,b3'],
    ['first', 'xray,tracecontext'],
  ];
  const children: ChildProcess[] = [];
  let next: string | undefined;
  for (const [name, propagators] of services) {
    const env = {
      ...process.env,
      OTEL_SERVICE_NAME: name,
      OTEL_PROPAGATORS: propagators,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...(next !== undefined && { NEXT: next }),
    };
    const child = fork('hop.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'] });
    children.push(child);
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    next = url;
  }
  const traceId = '5759e988bd862e3fe1be46a994272793';
  const root = `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=53995c3f42cd8ad8;Sampled=1`;
  const answer = await fetch(next ?? '', { headers: { 'X-Amzn-Trace-Id': root } });
  expect(await answer.text()).toBe('hopped');
  await Promise.all(
    children.map(async (child) => {
      child.disconnect();
      await once(child, 'exit');
    }),
  );
  expect(receiver.spans.map(({ kind }) => kind).filter((kind) => kind === 2)).toHaveLength(4);
  expect(new Set(receiver.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const known = new Set(['53995c3f42cd8ad8', ...receiver.spans.map(({ spanId }) => spanId)]);
  for (const span of receiver.spans) expect([span.name, known.has(span.parentSpanId ?? '')]).toEqual([span.name, true]);
  expect(new Set(receiver.resources.map((resource) => resource['service.name']?.stringValue))).toEqual(
    new Set(['first', 'second', 'third', 'fourth']),
  );
  expect(valuesOf(receiver.spans[0]?.attributes)['http.request.method']).toEqual({ stringValue: 'GET' });
});

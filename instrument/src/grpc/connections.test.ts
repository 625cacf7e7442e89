import { SpanKind } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { RecordedSpan, limitsAtFirst } from '../trace/span.ts';
import { Connections } from './connections.ts';

function spanOf(): RecordedSpan {
  return new RecordedSpan(
    {
      sink: { limits: limitsAtFirst, spanEnded: () => undefined },
      scope: { name: 'shop', version: '', schemaUrl: '' },
      name: 'shop.Cart/Add',
      kind: SpanKind.SERVER,
      parent: undefined,
      isSampled: true,
      traceState: '',
      startMs: 0,
    },
    { trace0: 1, trace1: 2, trace2: 3, trace3: 4 },
  );
}

const called = (peer: string, host: string) => ({ getPeer: () => peer, getHost: () => host });
const known = ['rpc.system.name', 'grpc', 'rpc.method', 'shop.Cart/Add'];

test('calls of one method over one connection share what is said of them, and its peer is asked for once', () => {
  const connections = new Connections({ withOlder: false });
  const session = {};
  const [a, b] = [spanOf(), spanOf()];
  connections.of(called('10.0.0.7:4711', 'shop:50051'), session).describe(a, 'shop.Cart/Add', 'shop:50051');
  connections.of(called('never asked', ''), session).describe(b, 'shop.Cart/Add', 'shop:50051');
  const peer = ['network.peer.address', '10.0.0.7', 'network.peer.port', 4711, 'server.address', 'shop'];
  expect(a.sharedAtStart?.list).toEqual([...known, ...peer]);
  expect(b.sharedAtStart).toBe(a.sharedAtStart);
});

test('a call for another host of the same connection says so', () => {
  const connection = new Connections({ withOlder: true }).of(called('[::1]:4711', 'shop'), {});
  const span = spanOf();
  connection.describe(span, 'shop.Cart/Add', 'other:1');
  const older = ['rpc.system', 'grpc', 'rpc.service', 'shop.Cart'];
  const peer = ['network.peer.address', '[::1]', 'network.peer.port', 4711, 'server.address', 'other'];
  expect(span.sharedAtStart).toBeUndefined();
  expect(span.attributes).toEqual([...known, ...older, ...peer]);
});

test('a peer that is not known, or has no port, is told as far as it is', () => {
  const connections = new Connections({ withOlder: false });
  const [nobody, socket] = [spanOf(), spanOf()];
  const unknown = connections.of(called('unknown', 'a'), undefined);
  unknown.describe(nobody, 'shop.Cart/Add', 'a');
  connections.of(called('/run/shop.sock', 'a'), {}).describe(socket, 'shop.Cart/Add', 'a');
  expect(unknown.peer).toBeUndefined();
  expect(nobody.sharedAtStart?.list).toEqual([...known, 'server.address', 'a']);
  expect(socket.sharedAtStart?.list).toEqual([...known, 'network.peer.address', '/run/shop.sock', 'server.address', 'a']);
});

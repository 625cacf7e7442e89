import { expect, it } from 'vitest';
import { known } from '../../base/assert.ts';
import { Counters } from '../../base/counters.ts';
import { SondeError } from '../../base/errors.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { encode } from '../../../test/otlp/wire.ts';
import type { GrpcMethod } from '../protocol.ts';
import { otlpMethods } from './grpc.ts';
import { otlpSchema } from './schema.ts';

const nowNs = 1_763_630_000_000_000_000n;

function methodsOf(committer: MemoryCommitter): readonly GrpcMethod[] {
  return otlpMethods({
    committer,
    counters: new Counters(),
    limits: {
      retentionMs: { traces: 1000, logs: 1000, metrics: 1000 },
      futureMs: 1000,
      bodyBytesMax: 1e6,
      knownSeriesBytesMax: 1e6,
    },
    nowNs: () => nowNs,
  });
}

function logsAt(...timesNs: bigint[]): Uint8Array {
  const records = timesNs.map((ns) => ({ time_unix_nano: ns, body: { string_value: 'hi' } }));
  return encode(otlpSchema, 'ExportLogsServiceRequest', { resource_logs: [{ scope_logs: [{ log_records: records }] }] });
}

async function exportLogs(committer: MemoryCommitter, message: Uint8Array): Promise<Uint8Array> {
  const method = known(
    methodsOf(committer).find(({ path }) => path.includes('Logs')),
    'logs',
  );
  return method.handle({ message, tenant: 'beasts', signal: new AbortController().signal });
}

it('has the methods of OTLP', () => {
  expect(methodsOf(new MemoryCommitter()).map(({ path }) => path)).toEqual([
    '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  ]);
});

it('stores a request and answers with an empty message', async () => {
  const committer = new MemoryCommitter();
  expect(await exportLogs(committer, logsAt(nowNs))).toEqual(new Uint8Array(0));
  expect(committer.rows()['logs']).toMatchObject([{ tenant: 'beasts', body: 'hi', time: nowNs }]);
  expect(committer.submissions).toMatchObject([{ tenant: 'beasts', signal: 'logs', protocol: 'otlp_grpc' }]);
});

it('says how many rows were refused', async () => {
  const committer = new MemoryCommitter();
  const answer = Buffer.from(await exportLogs(committer, logsAt(nowNs, nowNs - 2_000_000_000n)));
  // partial_success (1) with rejected_log_records (1) = 1 and an error_message (2).
  expect([answer[0], answer[2], answer[3], answer[4]]).toEqual([0x0a, 0x08, 0x01, 0x12]);
  expect(committer.rows()['logs']).toHaveLength(1);
});

it('throws what the server makes a status of', async () => {
  const committer = new MemoryCommitter();
  await expect(exportLogs(committer, logsAt(nowNs).subarray(0, -1))).rejects.toMatchObject({
    code: 'malformed_body',
    grpcCode: 3,
  });
  expect(committer.rows()).toEqual({});
  committer.failure = new SondeError('overloaded', 'Too much.');
  await expect(exportLogs(committer, logsAt(nowNs))).rejects.toBe(committer.failure);
});

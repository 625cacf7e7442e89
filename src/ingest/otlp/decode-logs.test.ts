import { expect, test } from 'vitest';
import { baseNs, decodeBody, requestOf, testContext, wire } from '../../../test/otlp/decode-request.ts';
import type { Message } from '../../../test/otlp/wire.ts';

const decodeRecords = (...records: readonly Message[]): ReturnType<typeof decodeBody> =>
  decodeBody('logs', requestOf(...records.map((record) => wire('LogRecord', record))));

test('the time is that of the record, else when it was observed, else the arrival', async () => {
  const { rows, outcome } = await decodeRecords(
    { time_unix_nano: baseNs - 1n, observed_time_unix_nano: baseNs - 2n },
    { observed_time_unix_nano: baseNs - 3n },
    { time_unix_nano: 0n, observed_time_unix_nano: 0n },
    {},
  );
  expect(outcome.accepted).toBe(4);
  expect(rows['logs']?.map((log) => [log['time'], log['time_source'], log['observed_time']])).toEqual([
    [baseNs - 1n, 0, baseNs - 2n],
    [baseNs - 3n, 1, baseNs - 3n],
    [testContext.nowNs, 2, 0n],
    [testContext.nowNs, 2, 0n],
  ]);
});

test('a time out of bounds is refused, and named', async () => {
  const { rows, outcome } = await decodeRecords(
    { time_unix_nano: 5n, observed_time_unix_nano: baseNs, attributes: [{ key: 'refused' }] },
    { observed_time_unix_nano: testContext.newestNs + 1n },
    { time_unix_nano: baseNs, attributes: [{ key: 'taken' }] },
  );
  const range = 'must be from 2025-11-20T08:00:00.000Z to 2025-11-21T09:00:00.000Z';
  expect(outcome).toEqual({
    accepted: 1,
    rejected: 2,
    reason: `2 of 3 log records refused: time_unix_nano ${range}; observed_time_unix_nano ${range}.`,
  });
  expect(rows['logs']?.map(({ attributes }) => attributes)).toEqual([[['taken', '', 'e']]]);
});

test('ids of a wrong length count as absent', async () => {
  const { rows, outcome } = await decodeRecords(
    { trace_id: Buffer.alloc(16, 7), span_id: Buffer.alloc(8, 7) },
    { trace_id: Buffer.alloc(15, 7), span_id: Buffer.alloc(9, 7) },
    { trace_id: Buffer.alloc(0), span_id: Buffer.alloc(0) },
  );
  expect(outcome.rejected).toBe(0);
  expect(rows['logs']?.map(({ trace_id, span_id }) => [trace_id, span_id])).toEqual([
    ['07'.repeat(16), '07'.repeat(8)],
    ['0'.repeat(32), '0'.repeat(16)],
    ['0'.repeat(32), '0'.repeat(16)],
  ]);
});

test('the level comes from the number, else from the text', async () => {
  const { rows } = await decodeRecords(
    { severity_number: 17, severity_text: 'INFO' },
    { severity_number: 0, severity_text: 'INFO' },
    { severity_number: 25, severity_text: 'Warning' },
    { severity_number: 25, severity_text: 'loud' },
    {},
  );
  expect(rows['logs']?.map((log) => [log['level'], log['severity_number'], log['severity_text']])).toEqual([
    ['error', 17, 'INFO'],
    ['info', 0, 'INFO'],
    ['warn', 0, 'Warning'],
    ['unknown', 0, 'loud'],
    ['unknown', 0, ''],
  ]);
});

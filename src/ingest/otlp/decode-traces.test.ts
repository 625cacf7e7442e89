import { describe, expect, test } from 'vitest';
import { baseNs, decodeBody, field, requestOf, testContext, wire } from '../../../test/otlp/decode-request.ts';
import type { Message } from '../../../test/otlp/wire.ts';

const traceId = Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex');
const spanId = Buffer.from('b7ad6b7169203331', 'hex');
const valid: Message = { trace_id: traceId, span_id: spanId, name: 'GET /', start_time_unix_nano: baseNs };

const span = (fields: Message = {}): Buffer => wire('Span', { ...valid, ...fields });
const decodeSpan = (fields: Message): ReturnType<typeof decodeBody> => decodeBody('traces', requestOf(span(fields)));

describe('a span is refused, and the others are taken, when', () => {
  const timeRule = 'start_time_unix_nano must be from 2025-11-20T08:00:00.000Z to 2025-11-21T09:00:00.000Z';
  test.each<[string, Message, string]>([
    ['it has no trace id', { trace_id: Buffer.alloc(0) }, 'trace_id must be 16 bytes, not all of them zero'],
    ['its trace id is short', { trace_id: traceId.subarray(1) }, 'trace_id must be 16 bytes, not all of them zero'],
    ['its trace id is long', { trace_id: Buffer.alloc(17, 1) }, 'trace_id must be 16 bytes, not all of them zero'],
    ['its trace id is zero', { trace_id: Buffer.alloc(16) }, 'trace_id must be 16 bytes, not all of them zero'],
    ['its span id is short', { span_id: spanId.subarray(1) }, 'span_id must be 8 bytes, not all of them zero'],
    ['its span id is zero', { span_id: Buffer.alloc(8) }, 'span_id must be 8 bytes, not all of them zero'],
    [
      'its parent id is short',
      { parent_span_id: Buffer.alloc(4, 1) },
      'parent_span_id must be 8 bytes, or empty for a root span',
    ],
    ['it has no start', { start_time_unix_nano: 0n }, timeRule],
    ['it started before the limit', { start_time_unix_nano: testContext.oldestNs - 1n }, timeRule],
    ['it starts after the limit', { start_time_unix_nano: testContext.newestNs + 1n }, timeRule],
    ['its start does not fit a signed integer', { start_time_unix_nano: 2n ** 64n - 1n }, timeRule],
  ])('%s', async (_, fields, rule) => {
    const bad = span({ ...fields, events: [{ name: 'e' }], attributes: [{ key: 'k' }] });
    const { outcome, rows } = await decodeBody('traces', requestOf(span({ name: 'a' }), bad, span({ name: 'b' })));
    expect(outcome).toEqual({ accepted: 2, rejected: 1, reason: `1 of 3 spans refused: ${rule}.` });
    expect(rows['spans']?.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['a', []],
      ['b', []],
    ]);
    expect(rows['span_events']).toBeUndefined();
  });

  test('and reasons are counted', async () => {
    const bad = [span({ span_id: Buffer.alloc(8) }), span({ span_id: Buffer.alloc(3) }), span({ trace_id: Buffer.alloc(16) })];
    const { outcome, rows } = await decodeBody('traces', requestOf(...bad));
    expect(outcome.reason).toBe(
      '3 of 3 spans refused: span_id must be 8 bytes, not all of them zero (2 times); trace_id must be 16 bytes, not all of them zero.',
    );
    expect(rows).toEqual({});
  });
});

test('times at the limits are taken', async () => {
  const spans = [testContext.oldestNs, testContext.newestNs].map((start) => span({ start_time_unix_nano: start }));
  expect((await decodeBody('traces', requestOf(...spans))).outcome).toEqual({ accepted: 2, rejected: 0, reason: '' });
});

test.each([
  [1n, baseNs + 1n],
  [-1n, baseNs - 1n],
  [2n ** 33n, baseNs + 2n ** 33n],
  [-baseNs, 0n],
  [2n ** 64n - 1n - baseNs, 2n ** 64n - 1n],
])('a span of %i ns', async (duration, end) => {
  const { rows } = await decodeSpan({ end_time_unix_nano: end });
  expect(rows['spans']?.[0]?.['duration_ns']).toBe(BigInt.asUintN(64, duration));
});

test('kinds and codes that OTLP does not have are unspecified', async () => {
  const { rows } = await decodeBody(
    'traces',
    requestOf(
      span({ kind: 5, status: { code: 2 } }),
      span({ kind: 6, status: { code: 3 } }),
      span({ kind: -1, status: { code: -1 } }),
    ),
  );
  expect(rows['spans']?.map(({ kind, status }) => [kind, status])).toEqual([
    [5, 2],
    [0, 0],
    [0, 0],
  ]);
});

test('events and links have their places in their span, and its ids', async () => {
  const first = span({ name: 'first', events: [{ name: 'a' }, { name: 'b' }], links: [{ trace_id: Buffer.alloc(3) }] });
  const second = span({ name: 'second', links: [{ trace_id: traceId, span_id: spanId }, {}], events: [{ name: 'c' }] });
  const { rows } = await decodeBody('traces', requestOf(first, second));
  expect(rows['span_events']?.map(({ name, position, span_id }) => [name, position, span_id])).toEqual([
    ['a', 0, spanId.toString('hex')],
    ['b', 1, spanId.toString('hex')],
    ['c', 0, spanId.toString('hex')],
  ]);
  expect(rows['span_links']?.map((link) => [link['linked_trace_id'], link['linked_span_id'], link['position']])).toEqual([
    ['0'.repeat(32), '0'.repeat(16), 0],
    [traceId.toString('hex'), spanId.toString('hex'), 0],
    ['0'.repeat(32), '0'.repeat(16), 1],
  ]);
  expect(rows['spans']?.map(({ extra }) => extra)).toEqual(['{"eventCount":2,"linkCount":1}', '{"eventCount":1,"linkCount":2}']);
});

test('text that is not valid UTF-8 is repaired, also in lists of attributes', async () => {
  const attribute = Buffer.concat([field(1, Buffer.of(0x6b, 0xff)), field(2, field(1, Buffer.of(0xff, 0xfe, 0x61)))]);
  const body = Buffer.concat([span(), field(5, Buffer.of(0x61, 0xc3)), field(9, attribute), field(9, attribute)]);
  const { rows } = await decodeBody('traces', requestOf(body));
  expect(rows['spans']?.[0]).toMatchObject({
    name: 'a\ufffd',
    attributes: [
      ['k\ufffd', '\ufffd\ufffda', 's'],
      ['k\ufffd', '\ufffd\ufffda', 's'],
    ],
  });
});

test('a resource and a scope may come after their spans', async () => {
  const resource = field(1, wire('Resource', { attributes: [{ key: 'service.name', value: { string_value: 'late' } }] }));
  const scope = field(1, wire('InstrumentationScope', { name: 'late scope' }));
  const scopeSpans = Buffer.concat([field(2, span()), field(3, Buffer.from('scope url')), scope]);
  const { rows } = await decodeBody(
    'traces',
    field(1, Buffer.concat([field(2, scopeSpans), field(3, Buffer.from('url')), resource])),
  );
  expect(rows['spans']?.[0]?.['service']).toBe('late');
  expect(rows['resources']).toMatchObject([{ service: 'late', schema_url: 'url', id: rows['spans']?.[0]?.['resource_id'] }]);
  expect(rows['scopes']).toMatchObject([{ name: 'late scope', schema_url: 'scope url', id: rows['spans']?.[0]?.['scope_id'] }]);
});

test('a resource is written once for each day of its spans', async () => {
  const midnight = 1_763_683_200_000_000_000n;
  const spans = [midnight - 1n, midnight, midnight - 2n, midnight + 1n].map((start) => span({ start_time_unix_nano: start }));
  const { rows } = await decodeBody('traces', requestOf(...spans));
  expect(rows['resources']?.map(({ day }) => day)).toEqual([20_412, 20_413]);
  expect(rows['scopes']?.map(({ day }) => day)).toEqual([20_412, 20_413]);
});

describe('the service is', () => {
  const name = (value: Message): Message => ({ key: 'service.name', value });
  test.each<[string, Message[], string]>([
    ['its name', [{ key: 'a' }, name({ string_value: 'shop' })], 'shop'],
    ['the first name of two', [name({ string_value: 'one' }), name({ string_value: 'two' })], 'one'],
    ['unknown without a name', [{ key: 'service.namf', value: { string_value: 'shop' } }], 'unknown_service'],
    ['unknown when the name is empty', [name({ string_value: '' })], 'unknown_service'],
    ['unknown when the name is no string', [name({ int_value: 5n }), name({})], 'unknown_service'],
  ])('%s', async (_, attributes, service) => {
    const resource = field(1, wire('Resource', { attributes }));
    const { rows } = await decodeBody('traces', field(1, Buffer.concat([resource, field(2, field(2, span()))])));
    expect([rows['spans']?.[0]?.['service'], rows['resources']?.[0]?.['service']]).toEqual([service, service]);
  });
});

describe('a body is refused as a whole, with the place, when', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'a field has a wrong wire type',
      requestOf(Buffer.concat([span(), Buffer.of(0x0d, 1, 2, 3, 4)])),
      'Expected field 1 with its own wire type',
    ],
    [
      'an event is cut',
      requestOf(Buffer.concat([span(), field(11, Buffer.of(0x12, 5, 0x61))])),
      'Expected a length of at most 1',
    ],
    ['a status is cut', requestOf(Buffer.concat([span(), field(15, Buffer.of(0x18))])), 'Expected the rest of a varint'],
    ['a resource is cut', field(1, field(1, Buffer.of(0x0a, 9))), 'Expected a length of at most 0'],
    ['it is text', Buffer.from('{"resourceSpans":[]}'), 'Expected a length of at most 17'],
  ])('%s', async (_, body, fault) => {
    await expect(decodeBody('traces', body)).rejects.toMatchObject({
      code: 'malformed_body',
      message: expect.stringContaining(fault) as string,
      position: expect.any(Number) as number,
    });
  });
});

test('an empty body holds nothing', async () => {
  expect(await decodeBody('traces', Buffer.alloc(0))).toEqual({ outcome: { accepted: 0, rejected: 0, reason: '' }, rows: {} });
});

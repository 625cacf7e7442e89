/** What one request may become: bodies of many items of two bytes each, in all places where an item becomes a row or text. */
import { describe, expect, test } from 'vitest';
import { Commit, createCommitBuffers } from '../../src/engine/open-commit.ts';
import { Seen } from '../../src/engine/seen.ts';
import { baseNs, serviceOf, testContext, wire } from '../otlp/decode-request.ts';

/** A field with a length of five bytes. */
function block(number: number, ...content: readonly Uint8Array[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  const lengths = [0, 7, 14, 21].map((shift) => ((size >> shift) & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(number * 8 + 2, ...lengths, size >>> 28), ...content]);
}

/** Empty messages under one field number. */
const empties = (number: number, count: number): Buffer => Buffer.alloc(count * 2, Buffer.of(number * 8 + 2, 0));
const inScope = (item: Buffer): Buffer => block(1, block(2, item));
const span = wire('Span', { trace_id: Buffer.alloc(16, 1), span_id: Buffer.alloc(8, 1), start_time_unix_nano: baseNs });
const point = wire('NumberDataPoint', { time_unix_nano: baseNs });
const record = wire('LogRecord', { time_unix_nano: baseNs });
const name = wire('Metric', { name: 'm' });

describe('a body is refused before it fills the memory or takes long, and leaves nothing, of', () => {
  const whole = 'A request may hold at most 268435456 bytes of rows; send it in several.';
  const items = 'A request may hold at most 4000000 items; send it in several.';
  const value = 'A list or map may take at most 16777216 bytes as JSON.';
  test.each([
    ['records', 'logs', () => inScope(empties(2, 8_000_000)), whole],
    ['events', 'traces', () => inScope(block(2, span, empties(11, 8_000_000))), whole],
    ['links', 'traces', () => inScope(block(2, span, empties(13, 8_000_000))), whole],
    ['exemplars', 'metrics', () => inScope(block(2, name, block(5, block(1, point, empties(5, 8_000_000))))), whole],
    ['resources', 'logs', () => empties(1, 8_000_000), items],
    ['scopes', 'traces', () => block(1, empties(2, 8_000_000)), items],
    ['spans, all refused', 'traces', () => inScope(empties(2, 8_000_000)), items],
    ['metrics', 'metrics', () => inScope(empties(2, 8_000_000)), items],
    ['points, all refused', 'metrics', () => inScope(block(2, name, block(5, empties(1, 8_000_000)))), items],
    ['entries of a map', 'logs', () => inScope(block(2, record, block(5, block(6, empties(1, 2_000_000))))), value],
    [
      'items of a list in an attribute',
      'metrics',
      () => inScope(block(2, name, block(5, block(1, point, block(7, block(2, block(5, empties(1, 8_000_000)))))))),
      value,
    ],
  ] as const)('%s', (_, signal, body, message) => {
    const buffers = createCommitBuffers();
    const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), buffers);
    const bytes = body();
    expect(() => commit.append((open) => serviceOf(signal).decode(bytes, open, testContext))).toThrow(
      expect.objectContaining({ code: 'too_large', message }),
    );
    const lengths = [...buffers.parts.values()].flatMap(({ batch }) => Object.values(batch.columns).map(({ length }) => length));
    expect(Math.max(...lengths)).toBe(0);
  });
});

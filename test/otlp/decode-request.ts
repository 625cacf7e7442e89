/** One request through its decoder: what it came to, and the rows. */
import { known } from '../../src/base/assert.ts';
import type { Outcome } from '../../src/engine/commit.ts';
import type { DecodeContext } from '../../src/ingest/otlp/context.ts';
import { otlpSchema } from '../../src/ingest/otlp/schema.ts';
import { services } from '../../src/ingest/otlp/services.ts';
import type { OtlpService } from '../../src/ingest/otlp/services.ts';
import { MemoryCommitter } from './memory-committer.ts';
import type { Row } from './rows.ts';
import { encode } from './wire.ts';
import type { Message } from './wire.ts';

export interface Decoded {
  readonly outcome: Outcome;
  readonly rows: Record<string, Row[]>;
}

/** 2025-11-20 09:00 UTC. */
export const baseNs = 1_763_629_200_000_000_000n;
const hourNs = 3_600_000_000_000n;

/** Takes what is of the hour before `baseNs`, or of the 24 hours after it. */
export const testContext: DecodeContext = {
  tenant: 'shop',
  nowNs: baseNs + 1n,
  oldestNs: baseNs - hourNs,
  newestNs: baseNs + 24n * hourNs,
};

export function serviceOf(signal: OtlpService['signal']): OtlpService {
  return known(
    services.find((service) => service.signal === signal),
    signal,
  );
}

export async function decodeBody(
  signal: OtlpService['signal'],
  body: Uint8Array,
  context: DecodeContext = testContext,
): Promise<Decoded> {
  const committer = new MemoryCommitter();
  const { decode } = serviceOf(signal);
  const outcome = await committer.submit({
    tenant: context.tenant,
    signal,
    protocol: 'test',
    fingerprint: new Uint8Array(16),
    decode: (open) => decode(body, open, context),
  });
  return { outcome, rows: committer.rows() };
}

/** Encodes a message of the schema with its fields in the order given. */
export function wire(type: string, message: Message): Buffer {
  return encode(otlpSchema, type, message);
}

/** A field of bytes that is written by hand: tag, length, content. */
export function field(number: number, content: Uint8Array): Buffer {
  if (number > 15 || content.length > 0x3fff) throw new Error('written for small ones');
  return Buffer.concat([Buffer.of(number * 8 + 2, (content.length & 0x7f) | 0x80, content.length >> 7), content]);
}

/** A request around items (spans, records, metrics) of one scope of one resource. */
export function requestOf(...items: readonly Uint8Array[]): Buffer {
  return field(1, field(2, Buffer.concat(items.map((item) => field(2, item)))));
}

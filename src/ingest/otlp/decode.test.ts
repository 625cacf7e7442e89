/** Random requests, written to the wire in every way that the format allows, become the rows that they should. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Expectation } from '../../../test/otlp/expected-rows.ts';
import { nameIds } from '../../../test/otlp/id-names.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { randomRequests } from '../../../test/otlp/messages.ts';
import { encodeWildly, randomOf } from '../../../test/otlp/wild-wire.ts';
import { encode } from '../../../test/otlp/wire.ts';
import type { Message, Value } from '../../../test/otlp/wire.ts';
import { otlpSchema } from './schema.ts';
import { services } from './services.ts';

const { nowNs } = randomRequests;
const dayNs = 86_400_000_000_000n;
const context = { tenant: 'shop', nowNs, oldestNs: nowNs - 30n * dayNs, newestNs: nowNs + dayNs };

/** Random histograms rarely have buckets that fit together: most are given some. */
function withBuckets(value: Value): Value {
  if (Array.isArray(value)) return value.map(withBuckets);
  if (typeof value !== 'object' || value instanceof Uint8Array) return value;
  const copy = Object.fromEntries(Object.entries(value as Message).map(([name, inner]) => [name, withBuckets(inner)]));
  const bounds = copy['explicit_bounds'];
  if (bounds === undefined || copy['flags'] === undefined) return copy;
  const rising = [...new Set(bounds as number[])].filter((bound) => !Number.isNaN(bound)).toSorted((a, b) => a - b);
  const distinct = rising.filter((bound, i) => i === 0 || bound > rising[i - 1]!);
  return {
    ...copy,
    explicit_bounds: distinct,
    bucket_counts: distinct.length === 0 ? [] : [...distinct.map((_, i) => BigInt(i)), 2n ** 64n - 1n],
  };
}

describe.each(services)('$signal', ({ signal, requestType, decode }) => {
  const requests = randomRequests[signal].map((request) => withBuckets(request) as Message);

  test('of random requests', async () => {
    let accepted = 0;
    const property = fc.asyncProperty(requests, fc.integer(), async (request, seed) => {
      const expected = new Expectation(context)[signal](request);
      const wild = encodeWildly(otlpSchema, requestType.name, request, randomOf(seed));
      for (const body of [encode(otlpSchema, requestType.name, request), wild]) {
        const committer = new MemoryCommitter();
        const outcome = await committer.submit({
          tenant: 'shop',
          signal,
          protocol: 'test',
          fingerprint: new Uint8Array(16),
          decode: (open) => decode(body, open, context),
        });
        expect(nameIds(committer.rows())).toEqual(expected.rows);
        expect(outcome).toMatchObject({ accepted: expected.accepted, rejected: expected.rejected });
        accepted += outcome.accepted;
      }
    });
    await fc.assert(property, { numRuns: 100 });
    expect(accepted).toBeGreaterThan(20);
  });
});

/** Both encodings mean the same: a request in JSON gives the rows that it gives in protobuf. */
import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { known } from '../../base/assert.ts';
import { Counters } from '../../base/counters.ts';
import { SondeError } from '../../base/errors.ts';
import type { Outcome } from '../../engine/commit.ts';
import { jsonText } from '../../../test/otlp/json-text.ts';
import type { JsonForm } from '../../../test/otlp/json-text.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { randomRequests } from '../../../test/otlp/messages.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import { encode } from '../../../test/otlp/wire.ts';
import { otlpSchema } from './schema.ts';
import { services, store } from './services.ts';
import type { OtlpService } from './services.ts';

const dayMs = 86_400_000;

interface Stored {
  readonly outcome: Outcome;
  readonly rows: Record<string, Row[]>;
}

async function storeAll(service: OtlpService, encoding: 'protobuf' | 'json', body: Uint8Array): Promise<Stored> {
  const committer = new MemoryCommitter();
  const context = {
    committer,
    counters: new Counters(),
    limits: {
      retentionMs: { traces: dayMs, logs: dayMs, metrics: dayMs },
      futureMs: dayMs,
      bodyBytesMax: 1e6,
      knownSeriesBytesMax: 1e6,
    },
    nowNs: () => randomRequests.nowNs,
  };
  const outcome = await store(service, { tenant: 'beasts', protocol: 'otlp_http', encoding, body }, context);
  return { outcome, rows: committer.rows() };
}

function serviceOf(signal: string): OtlpService {
  return known(
    services.find((service) => service.signal === signal),
    signal,
  );
}

const forms = fc.record({
  longs: fc.constantFrom('quoted', 'bare'),
  names: fc.constantFrom('camel', 'original'),
  hex: fc.constantFrom('lower', 'upper'),
  base64: fc.constantFrom('base64', 'base64url'),
  enums: fc.constantFrom('number', 'name'),
  space: fc.constantFrom('', '\n  '),
} satisfies Record<keyof JsonForm, unknown>);

describe.each(services.map((service) => service.signal))('any request of %s', (signal) => {
  it('has the same rows and the same answer in JSON and in protobuf', async () => {
    const service = serviceOf(signal);
    const type = service.requestType.name;
    const property = fc.asyncProperty(randomRequests[signal], forms, async (message, form) => {
      const json = Buffer.from(jsonText(otlpSchema, type, message, form));
      const protobuf = encode(otlpSchema, type, message);
      expect(await storeAll(service, 'json', json)).toEqual(await storeAll(service, 'protobuf', protobuf));
    });
    await fc.assert(property, { numRuns: 100 });
  });
});

// The body stands under 7 lists and objects; each array brings 3 more, each key-value list 4; 150 may be open.
it.each([
  ['arrayValue', '{"arrayValue":{"values":[', ']}}', 47],
  ['kvlistValue', '{"kvlistValue":{"values":[{"key":"a","value":', '}]}}', 35],
])('an %s in another is refused for its place in the JSON, before the decoder would', async (_, open, close, deepest) => {
  const refused: number[] = [];
  for (let depth = 1; depth < 80; depth++) {
    const body = `${open.repeat(depth)}{}${close.repeat(depth)}`;
    const json = Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${body}}]}]}]}`);
    await storeAll(serviceOf('logs'), 'json', json).catch((thrown: unknown) => {
      if (!String(thrown).includes('at most 150 lists and objects in each other')) throw thrown;
      refused.push(depth);
    });
  }
  expect(refused).toEqual(Array.from({ length: 79 - deepest }, (_, i) => deepest + 1 + i));
});

const folder = new URL('../../../test/fixtures/otlp-json/', import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

describe.each(fixtures)('the fixture %s', (name) => {
  const service = serviceOf(name.replace(/^.*-/, ''));
  const json = readFileSync(new URL(`${name}.json`, folder));

  it('has the rows that it has in protobuf', async () => {
    const stored = await storeAll(service, 'json', json);
    expect(stored).toEqual(await storeAll(service, 'protobuf', readFileSync(new URL(`${name}.binpb`, folder))));
    expect(stored.outcome.accepted).toBeGreaterThan(1);
    expect(stored.outcome).toMatchObject({ rejected: 0, reason: '' });
  });

  it('is malformed wherever it is cut', async () => {
    const whole = json.toString('latin1').trimEnd().length;
    for (let size = 0; size < whole; size++) {
      const error: unknown = await storeAll(service, 'json', json.subarray(0, size)).catch((thrown: unknown) => thrown);
      if (!(error instanceof SondeError)) throw new Error(`cut to ${size} bytes: ${String(error)}`);
      expect(error.code).toBe('malformed_body');
      // Where the text ends, or where a value begins that is cut.
      expect(size - (error.position ?? 0)).toBeLessThan(25);
    }
  });
});

it('there are fixtures', () => {
  expect(fixtures.length).toBeGreaterThan(5);
});

/** Requests as real senders write them, and such as have every field: the rows they become, and what is left of them when they are cut. */
import { describe, expect, test } from 'vitest';
import { Expectation } from '../../../test/otlp/expected-rows.ts';
import { nameIds } from '../../../test/otlp/id-names.ts';
import { fixtureContext, readOtlpFixtures } from '../../../test/otlp/fixtures.ts';
import type { OtlpFixture } from '../../../test/otlp/fixtures.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { decode } from '../../../test/otlp/wire.ts';
import { SondeError } from '../../base/errors.ts';
import type { Outcome } from '../../engine/commit.ts';
import { otlpSchema } from './schema.ts';

const fixtures = readOtlpFixtures();

function submit(committer: MemoryCommitter, { service }: OtlpFixture, body: Uint8Array): Promise<Outcome> {
  const { signal } = service;
  const decodeBody = service.decode;
  const fingerprint = new Uint8Array(16);
  return committer.submit({
    tenant: 'shop',
    signal,
    protocol: 'test',
    fingerprint,
    decode: (open) => decodeBody(body, open, fixtureContext),
  });
}

/** What JSON has no number for becomes text. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Where each resource of a request ends: cut there, it is a request still. */
function boundaries(body: Uint8Array): number[] {
  const found = [0];
  for (let at = 0; at < body.length;) {
    let size = 0;
    let shift = 0;
    let byte = 0x80;
    for (at++; byte >= 0x80; shift += 7) {
      byte = body[at++]!;
      size |= (byte & 0x7f) << shift;
    }
    at += size;
    found.push(at);
  }
  return found;
}

test('there are fixtures of all signals', () => {
  expect(new Set(fixtures.map(({ service }) => service.signal)).size).toBe(3);
});

describe.each(fixtures)('$name', (fixture) => {
  const { service, body, expectedPath } = fixture;

  test('becomes its rows, with the same ids in every version', async () => {
    const committer = new MemoryCommitter();
    const outcome = await submit(committer, fixture, body);
    const result = { outcome, rows: committer.rows() };
    const json = JSON.stringify(result, plain, 1);
    await expect(`${json}\n`).toMatchFileSnapshot(expectedPath);
    const expected = new Expectation(fixtureContext)[service.signal](decode(otlpSchema, service.requestType.name, body));
    expect(nameIds(committer.rows())).toEqual(expected.rows);
    expect(outcome).toMatchObject({ accepted: expected.accepted, rejected: expected.rejected });
  });

  test('is refused as a whole wherever it is cut, but between resources', async () => {
    const committer = new MemoryCommitter();
    const whole: number[] = [];
    const faults: unknown[] = [];
    for (let size = 0; size < body.length; size++) {
      const thrown: unknown = await submit(committer, fixture, body.subarray(0, size)).catch((error: unknown) => error);
      const rows = Object.keys(committer.rows()).length;
      if (thrown instanceof Error) faults.push(...(isCleanRefusal(thrown, size) && rows === 0 ? [] : [{ size, thrown, rows }]));
      else {
        whole.push(size);
        await committer.close();
      }
    }
    expect(faults).toEqual([]);
    expect([...whole, body.length]).toEqual(boundaries(body));
  });
});

function isCleanRefusal(thrown: Error, size: number): boolean {
  const position = thrown instanceof SondeError && thrown.code === 'malformed_body' ? (thrown.position ?? -1) : -1;
  return position >= 0 && position <= size && /^Expected .+, found .+, at byte \d+\.$/.test(thrown.message);
}

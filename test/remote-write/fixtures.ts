/** Requests of test/fixtures/prometheus: where each came from is in the README there. */
import { readdirSync, readFileSync } from 'node:fs';
import { decodeSnappy } from '../../src/codec/snappy.ts';
import { decodeV1 } from '../../src/ingest/prometheus/decode-v1.ts';
import { decodeV2 } from '../../src/ingest/prometheus/decode-v2.ts';
import type { DecodeContext } from '../../src/ingest/prometheus/decoding.ts';

const folder = new URL('../fixtures/prometheus/', import.meta.url);
const bytesMax = 1 << 20;
const nowNs = 1_795_650_000_000_000_000n;
const weekNs = 7n * 86_400_000_000_000n;

export const fixtureContext: DecodeContext = { tenant: 'shop', nowNs, oldestNs: 0n, newestNs: nowNs + weekNs };

export interface RemoteWriteFixture {
  readonly name: string;
  readonly decode: typeof decodeV1;
  /** Inflated. */
  readonly body: Uint8Array;
  /** Where the rows that it becomes are written down. */
  readonly expectedPath: string;
}

export function readRemoteWriteFixtures(): RemoteWriteFixture[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.snappy'));
  return files.map((file) => {
    const [name = '', version] = file.split('.');
    return {
      name,
      decode: version === 'v1' ? decodeV1 : decodeV2,
      body: decodeSnappy(readFileSync(new URL(file, folder)), bytesMax),
      expectedPath: new URL(`${name}.expected.json`, folder).pathname,
    };
  });
}

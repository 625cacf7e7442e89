/** Requests of test/fixtures/otlp: where each came from is in the README there. */
import { readdirSync, readFileSync } from 'node:fs';
import { known } from '../../src/base/assert.ts';
import { services } from '../../src/ingest/otlp/services.ts';
import type { OtlpService } from '../../src/ingest/otlp/services.ts';

const folder = new URL('../fixtures/otlp/', import.meta.url);
const dayNs = 86_400_000_000_000n;
const nowNs = 1_763_630_000_000_000_000n;

/** The times of the fixtures lie an hour before `nowNs`, but for those that are to be refused. */
export const fixtureContext = { tenant: 'shop', nowNs, oldestNs: nowNs - 30n * dayNs, newestNs: nowNs + 7n * dayNs };

export interface OtlpFixture {
  readonly name: string;
  readonly service: OtlpService;
  readonly body: Uint8Array;
  /** Where the rows that it becomes are written down. */
  readonly expectedPath: string;
}

export function readOtlpFixtures(): OtlpFixture[] {
  const names = readdirSync(folder).filter((file) => file.endsWith('.bin'));
  return names.map((file) => {
    const name = file.slice(0, -'.bin'.length);
    const service = services.find(({ signal }) => name.endsWith(signal));
    return {
      name,
      service: known(service, 'a signal at the end of the name'),
      body: readFileSync(new URL(file, folder)),
      expectedPath: new URL(`${name}.expected.json`, folder).pathname,
    };
  });
}

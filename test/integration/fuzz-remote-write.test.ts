/** SONDE_FUZZ_INPUTS=1000000 SONDE_FUZZ_SEED=7 npx vitest run --project integration test/integration/fuzz-remote-write.test.ts */
import { expect, it } from 'vitest';
import { fuzz } from '../fuzz/harness.ts';
import { remoteWriteTarget } from '../fuzz/remote-write.ts';

const inputs = Number(process.env['SONDE_FUZZ_INPUTS'] ?? 300_000);
const seed = Number(process.env['SONDE_FUZZ_SEED'] ?? 1);

it(
  'any input is taken or refused, soon, and leaves nothing behind',
  () => {
    const report = fuzz(remoteWriteTarget(), inputs, seed);
    console.log(report);
    expect(report.slowestMs).toBeLessThan(50);
    expect(report.grownBytes).toBeLessThan(8 * 2 ** 20);
    // Both ways are really tried.
    expect(report.accepted).toBeGreaterThan(inputs / 20);
    expect(report.accepted).toBeLessThan((inputs * 19) / 20);
  },
  60_000 + inputs * 2,
);

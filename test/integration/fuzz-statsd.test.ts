/** SONDE_FUZZ_INPUTS=1000000 SONDE_FUZZ_SEED=7 npx vitest run --project integration test/integration/fuzz-statsd.test.ts */
import { expect, it } from 'vitest';
import { fuzz } from '../fuzz/harness.ts';
import { statsdTarget } from '../fuzz/statsd.ts';

const inputs = Number(process.env['SONDE_FUZZ_INPUTS'] ?? 1_000_000);
const seed = Number(process.env['SONDE_FUZZ_SEED'] ?? 1);

it(
  'any datagram is added up or refused, soon, and what is kept stays within its limits',
  () => {
    const report = fuzz(statsdTarget(), inputs, seed);
    console.log(report);
    expect(report.slowestMs).toBeLessThan(50);
    expect(report.grownBytes).toBeLessThan(8 * 2 ** 20);
    // Both ways are really tried.
    expect(report.accepted).toBeGreaterThan(inputs / 20);
    expect(report.accepted).toBeLessThan((inputs * 19) / 20);
  },
  60_000 + inputs * 2,
);

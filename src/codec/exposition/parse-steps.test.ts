/** Bodies that are read in steps: none does much, and all of them together what is done at once. */
import { describe, expect, test } from 'vitest';
import { contentTypes, linesOf, readerOptions } from '../../../test/exposition/lines.ts';
import { blockField, integerField, joined, textField } from '../protobuf-write.ts';
import { parseInSteps } from './parse.ts';

/** Runs all steps: how many samples the largest had, and all of them. */
function stepsOf(body: Uint8Array, contentType: string): { largest: number; samples: number; steps: number } {
  let samples = 0;
  const count = (): void => void samples++;
  const sink = { metadata: () => undefined, sample: count, histogram: count, exemplar: () => undefined };
  const steps = parseInSteps(body, contentType, { ...readerOptions, bodyBytesMax: body.length }, sink);
  let largest = 0;
  let taken = 0;
  for (let before = 0; ; before = samples) {
    const { done } = steps.next();
    taken++;
    largest = Math.max(largest, samples - before);
    if (done === true) return { largest, samples, steps: taken };
  }
}

const lines = 20_000;
const series = Array.from({ length: lines }, (_, i) => `a_bucket{n="${i >> 4}",le="${i & 15}"} 1\n`).join('');
const created = Array.from({ length: lines }, (_, i) => `a_bucket{le="${i}"} 1\n`).join('');
const length = (bytes: Uint8Array): Uint8Array => blockField(1, bytes).subarray(1);
const bucket = (i: number): Uint8Array => blockField(3, integerField(1, i), Buffer.from([0x11]), doubleBytes(i));
const metric = (...buckets: Uint8Array[]): Uint8Array => blockField(4, blockField(7, integerField(1, 9), ...buckets));
const family = (...metrics: Uint8Array[]): Uint8Array => length(joined([textField(1, 'a'), integerField(3, 4), ...metrics]));

function doubleBytes(value: number): Uint8Array {
  return new Uint8Array(new Float64Array([value]).buffer);
}

const many = Array.from({ length: lines / 10 }, (_, i) => i);

describe('no step has many samples', () => {
  const check = (name: string, body: string | Uint8Array, contentType: string, expected: number): void =>
    test(`of ${name}`, () => {
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      const { largest, samples, steps } = stepsOf(bytes, contentType);
      expect(samples).toBe(expected);
      expect(linesOf(bytes, contentType).length).toBeGreaterThanOrEqual(expected);
      expect(largest).toBeLessThan(1000);
      expect(steps).toBeGreaterThan(expected / 1000);
    });
  check('text', series, contentTypes.text, lines);
  check('OpenMetrics', `# TYPE a histogram\n${series}# EOF\n`, contentTypes.openMetrics, lines);
  check(
    'OpenMetrics whose starts stand at the end of a long metric',
    `# TYPE a histogram\n${created}a_created 5\n# EOF\n`,
    contentTypes.openMetrics,
    lines + 1,
  );
  check(
    'a family of many metrics in protobuf',
    family(...many.map((i) => metric(bucket(i)))),
    contentTypes.protobuf,
    4 * many.length,
  );
  check('a metric of many buckets in protobuf', family(metric(...many.map(bucket))), contentTypes.protobuf, many.length + 3);
});

test('looking ahead at a long metric is done in steps as well', () => {
  const body = new TextEncoder().encode(`# TYPE a histogram\n${created}a_created 5\n# EOF\n`);
  const sink = { metadata: () => undefined, sample: () => seen++, histogram: () => undefined, exemplar: () => undefined };
  let seen = 0;
  const steps = parseInSteps(body, contentTypes.openMetrics, { ...readerOptions, bodyBytesMax: body.length }, sink);
  for (let step = 0; step < 10; step++) steps.next();
  expect(seen).toBe(0);
  while (steps.next().done !== true);
  expect(seen).toBe(lines + 1);
});

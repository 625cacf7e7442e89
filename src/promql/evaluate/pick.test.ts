import { assert, array, asyncProperty, double, integer, uniqueArray, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask } from '../../../test/promql/ask.ts';
import type { SampleSource } from '../source.ts';

/** A series for each value, all with one sample at time 0. */
function sourceOfValues(values: readonly number[], names: readonly string[]): SampleSource {
  const timesMs = Float64Array.of(0);
  const kinds = Uint8Array.of(0);
  const series = values.map((value, i) => ({ labels: ['a', names[i] ?? ''], timesMs, kinds, values: Float64Array.of(value) }));
  return { select: async () => series };
}

async function pickedBy(text: string, source: SampleSource): Promise<{ readonly name: string; readonly value: number }[]> {
  const result = await ask(text, 0, { source });
  if (result.type !== 'vector') throw new Error(`expected a vector, got a ${result.type}`);
  return result.samples.map((sample) => ({ name: sample.labels[1] ?? '', value: 'value' in sample ? sample.value : NaN }));
}

describe('topk and bottomk', () => {
  test('pick what sorting puts first, NaN last', async () => {
    await assert(
      asyncProperty(array(double(), { maxLength: 30 }), integer({ min: 1, max: 12 }), async (values, k) => {
        const source = sourceOfValues(
          values,
          values.map((_, i) => `s${i}`),
        );
        const numbers = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
        const nans = values.filter(Number.isNaN);
        const top = (await pickedBy(`topk(${k}, x)`, source)).map(({ value }) => value + 0);
        expect(top).toEqual([...numbers.toReversed(), ...nans].slice(0, k).map((value) => value + 0));
        const bottom = (await pickedBy(`bottomk(${k}, x)`, source)).map(({ value }) => value + 0);
        expect(bottom).toEqual([...numbers, ...nans].slice(0, k).map((value) => value + 0));
      }),
      { numRuns: 60 },
    );
  });
});

describe('limit_ratio', () => {
  test('and its complement share the series out', async () => {
    const names = uniqueArray(string({ minLength: 1, unit: 'binary' }), { maxLength: 40 });
    await assert(
      asyncProperty(names, integer({ min: 1, max: 9 }), async (labels, tenths) => {
        const source = sourceOfValues(
          labels.map(() => 1),
          labels,
        );
        const kept = await pickedBy(`limit_ratio(0.${tenths}, x)`, source);
        const left = await pickedBy(`limit_ratio(-${((10 - tenths) / 10).toFixed(1)}, x)`, source);
        expect([...kept, ...left].map(({ name }) => name).toSorted()).toEqual(labels.toSorted());
      }),
      { numRuns: 40 },
    );
  });

  test('keeps about its share', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `node-${i}`);
    const source = sourceOfValues(
      names.map(() => 1),
      names,
    );
    const { length } = await pickedBy('limit_ratio(0.25, x)', source);
    expect(length).toBeGreaterThan(420);
    expect(length).toBeLessThan(580);
  });
});

test('limitk picks the same samples in whatever order they come', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `node-${i}`);
  const pick = async (order: readonly string[]): Promise<string[]> => {
    const picked = await pickedBy(
      'limitk(3, x)',
      sourceOfValues(
        order.map(() => 1),
        order,
      ),
    );
    return picked.map(({ name }) => name).toSorted();
  };
  const picked = await pick(names);
  expect(picked).toHaveLength(3);
  expect(await pick(names.toReversed())).toEqual(picked);
});

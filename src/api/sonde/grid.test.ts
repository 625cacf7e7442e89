import { assert, bigInt, property } from 'fast-check';
import { expect, test } from 'vitest';
import { nsPerDay, nsPerHour, nsPerMinute, nsPerSecond } from '../../base/time.ts';
import { coveredSeconds, cutIntoSteps, gridPointsMax, secondsOf } from './grid.ts';

const hour = { fromNs: 1_795_163_400_500_000_000n, toNs: 1_795_167_000_500_000_000n };

function stepFor(lengthNs: bigint, stepNs: bigint): void {
  test(`cuts ${lengthNs} ns into steps of ${stepNs} ns`, () =>
    expect(cutIntoSteps({ fromNs: hour.toNs - lengthNs, toNs: hour.toNs }, undefined).stepNs).toBe(stepNs));
}

stepFor(1n, 1_000_000n);
stepFor(nsPerSecond, 10_000_000n);
stepFor(nsPerMinute, 500_000_000n);
stepFor(15n * nsPerMinute, 10n * nsPerSecond);
stepFor(nsPerHour, 30n * nsPerSecond);
stepFor(6n * nsPerHour, 5n * nsPerMinute);
stepFor(nsPerDay, 15n * nsPerMinute);
stepFor(7n * nsPerDay, 2n * nsPerHour);
stepFor(30n * nsPerDay, 6n * nsPerHour);
stepFor(365n * nsPerDay, 4n * nsPerDay);

test('a grid is aligned, encloses its range, and has at most 121 points of its own choice', () => {
  assert(
    property(bigInt(0n, 2n ** 61n), bigInt(1n, 2n ** 60n), (fromNs, length) => {
      const range = { fromNs, toNs: fromNs + length };
      const { startNs, stepNs, points } = cutIntoSteps(range, undefined);
      expect(startNs % stepNs).toBe(0n);
      expect(startNs <= range.fromNs && range.fromNs < startNs + stepNs).toBe(true);
      const endNs = startNs + stepNs * BigInt(points);
      expect(endNs >= range.toNs && endNs - stepNs < range.toNs).toBe(true);
      expect(points).toBeLessThanOrEqual(121);
    }),
  );
});

test('the least step holds for chosen steps only', () => {
  expect(cutIntoSteps(hour, undefined, nsPerMinute).stepNs).toBe(nsPerMinute);
  expect(cutIntoSteps(hour, nsPerSecond, nsPerMinute).stepNs).toBe(nsPerSecond);
});

test('steps that give too many points are refused with the least that does', () => {
  expect(() => cutIntoSteps(hour, 1n)).toThrow(
    /^Parameter `step`: expected at least \S+ for this range \(11000 points\), got `1ns`/,
  );
  expect(() => cutIntoSteps(hour, 0n)).toThrow('Parameter `step`: expected a duration above 0, got `0`.');
  const least = (hour.toNs - hour.fromNs) / BigInt(gridPointsMax - 1) + 1n;
  expect(cutIntoSteps(hour, least).points).toBeLessThanOrEqual(gridPointsMax);
});

test('covered seconds add up to the range', () => {
  const grid = cutIntoSteps(hour, nsPerMinute);
  const covered = Array.from({ length: grid.points }, (_, i) => coveredSeconds(grid, i));
  expect(covered[0]).toBe(59.5);
  expect(covered[1]).toBe(60);
  expect(covered.at(-1)).toBe(0.5);
  expect(covered.reduce((a, b) => a + b)).toBeCloseTo(secondsOf(hour), 6);
});

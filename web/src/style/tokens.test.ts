import { describe, expect, test } from 'vitest';
import { contrast, distance, seenBy } from './contrast.ts';
import { palettes } from './tokens.ts';
import type { Palette } from './tokens.ts';

/** WCAG 2.2 AA: 4.5 for text, 3 for marks and the edges of controls. */
const textPairs: readonly [keyof Palette, readonly (keyof Palette)[]][] = [
  ['text', ['page', 'panel', 'raised', 'hover', 'selected', 'errorTint', 'warnTint', 'match']],
  ['textMuted', ['page', 'panel', 'raised', 'hover', 'selected', 'errorTint', 'warnTint']],
  ['textFaint', ['page', 'panel', 'raised', 'hover']],
  ['accent', ['page', 'panel', 'raised', 'hover', 'selected']],
  ['error', ['page', 'panel', 'raised', 'hover', 'selected', 'errorTint']],
  ['warn', ['page', 'panel', 'raised', 'hover', 'warnTint']],
  ['onAccent', ['accentFill']],
];

const markPairs: readonly [keyof Palette, readonly (keyof Palette)[]][] = [
  ['edge', ['page', 'panel', 'raised']],
  ['accentFill', ['page', 'panel']],
  ['errorFill', ['page', 'panel']],
  ['levelInfo', ['panel']],
  ['levelWarn', ['panel']],
  ['levelError', ['panel']],
  ['levelFatal', ['panel']],
  ['quantileMid', ['panel']],
  ['quantileHigh', ['panel']],
];

describe('contrast', () => {
  test('is the ratio that WCAG defines', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
  });
});

for (const [name, palette] of Object.entries(palettes)) {
  describe(`${name} theme`, () => {
    test('text reaches 4.5 on every ground it stands on', () => {
      expect(below(palette, textPairs, 4.5)).toEqual([]);
    });

    test('marks and edges of controls reach 3', () => {
      expect(below(palette, markPairs, 3)).toEqual([]);
      for (const colour of palette.series) expect(contrast(colour, palette.panel), colour).toBeGreaterThanOrEqual(3);
    });

    for (const eye of ['normal', 'deuteranopia', 'protanopia'] as const) {
      test(`series, quantiles and errors are told apart with ${eye} sight`, () => {
        const groups = [
          palette.series.slice(0, 6),
          [palette.quantileLow, palette.quantileMid, palette.quantileHigh],
          [palette.levelInfo, palette.levelWarn, palette.levelError, palette.levelFatal],
          [palette.errorFill, palette.accentFill],
        ];
        for (const group of groups) expect(closest(group, eye)).toBeGreaterThan(0.08);
      });
    }
  });
}

function below(palette: Palette, pairs: typeof textPairs, ratio: number): string[] {
  return pairs.flatMap(([ink, grounds]) =>
    grounds
      .map((ground) => ({ ground, got: contrast(String(palette[ink]), String(palette[ground])) }))
      .filter(({ got }) => got < ratio)
      .map(({ ground, got }) => `${ink} on ${ground}: ${got.toFixed(2)}`),
  );
}

function closest(colours: readonly string[], eye: Parameters<typeof seenBy>[0]): number {
  let least = Infinity;
  colours.forEach((a, i) => {
    for (const b of colours.slice(i + 1)) least = Math.min(least, distance(seenBy(eye, a), seenBy(eye, b)));
  });
  return least;
}

import type { Level } from '../../../src/api/sonde/contract.ts';
import type { Palette } from '../style/tokens.ts';

/** Levels from the most to the least severe, which is how lists and stacks show them. */
export const levelNames = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const satisfies readonly Level[];

const colourNames = {
  fatal: 'levelFatal',
  error: 'levelError',
  warn: 'levelWarn',
  info: 'levelInfo',
  debug: 'levelDebug',
  trace: 'levelTrace',
  unknown: 'levelUnknown',
} as const satisfies Record<Level, keyof Palette>;

/** The colour of a level's mark. */
export function levelColour(level: Level, palette: Palette): string {
  return palette[colourNames[level]];
}

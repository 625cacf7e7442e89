import { expect, test } from 'vitest';
import { matchKey, sequenceTimeoutMs } from './key-sequence.ts';
import type { KeyCommand, Pending } from './key-sequence.ts';

const command = (keys: string): KeyCommand => ({ keys, doc: keys, run: () => undefined });
const commands = [command('r'), command('t'), command('g t'), command('g s'), command('?')];

/** The commands that a row of keys, one every `everyMs`, sets off. */
function type(keys: string, everyMs = 100): string[] {
  let pending: Pending | undefined;
  const ran: string[] = [];
  Array.from(keys).forEach((key, i) => {
    const match = matchKey(commands, pending, key, i * everyMs);
    pending = match.pending;
    if (match.command !== undefined) ran.push(match.command.keys);
  });
  return ran;
}

test('single keys and pairs', () => {
  expect(type('r')).toEqual(['r']);
  expect(type('gt')).toEqual(['g t']);
  expect(type('gsr?')).toEqual(['g s', 'r', '?']);
});

test('a pair that takes too long is two single keys', () => {
  expect(type('gt', sequenceTimeoutMs + 1)).toEqual(['t']);
});

test('a key that does not complete the pair counts for itself', () => {
  expect(type('gr')).toEqual(['r']);
  expect(type('ggt')).toEqual(['g t']);
  expect(type('xgx')).toEqual([]);
});

test('of two commands with the same keys the later one runs', () => {
  const [first, second] = [command('j'), command('j')];
  expect(matchKey([first, second], undefined, 'j', 0).command).toBe(second);
});

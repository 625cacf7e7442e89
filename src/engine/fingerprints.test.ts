import { describe, expect, it } from 'vitest';
import { fingerprintKey, Fingerprints } from './fingerprints.ts';

const outcome = { accepted: 3, rejected: 1, reason: 'a span without an id' };

describe('fingerprints', () => {
  it('are keys that differ when any byte does, whatever buffer they lie in', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => 240 + i);
    const inside = new Uint8Array(40);
    inside.set(bytes, 7);
    expect(fingerprintKey(inside.subarray(7, 23))).toBe(fingerprintKey(bytes));
    expect(fingerprintKey(bytes)).toHaveLength(16);
    for (let i = 0; i < 16; i++) {
      const other = bytes.slice();
      other[i]! ^= 0x80;
      expect(fingerprintKey(other)).not.toBe(fingerprintKey(bytes));
    }
  });

  it('answer for as long as they are remembered, and not longer', () => {
    const remembered = new Fingerprints(1000, 10);
    remembered.remember('a', outcome, 5000);
    expect(remembered.find('a', 5999)).toEqual(outcome);
    expect(remembered.find('a', 6000)).toBeUndefined();
    expect(remembered.find('b', 5000)).toBeUndefined();
  });

  it('go when they are too old or too many, the oldest first', () => {
    const remembered = new Fingerprints(1000, 3);
    for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) remembered.remember(key, outcome, 5000 + i);
    expect(remembered.size).toBe(3);
    expect(remembered.find('a', 5003)).toBeUndefined();
    remembered.remember('b', outcome, 5004);
    remembered.remember('e', outcome, 5005);
    expect(remembered.find('b', 5005)).toEqual(outcome);
    expect(remembered.find('c', 5005)).toBeUndefined();
    remembered.remember('f', outcome, 7000);
    expect(remembered.size).toBe(1);
  });
});

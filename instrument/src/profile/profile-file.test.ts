import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileFileName, writeProfile } from './profile-file.ts';
import type { RecordedProfile } from './profile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-profile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const startMs = Date.UTC(2026, 0, 31, 12, 0, 0, 123);
const recorded: RecordedProfile = {
  kind: 'cpu',
  startMs,
  durationMs: 100,
  profile: { nodes: [], startTime: 1, endTime: 2, samples: [] },
};

test.each([
  ['checkout', 'cpu', `checkout-${process.pid}-20260131T120000.123Z.cpuprofile`],
  ['checkout', 'heap', `checkout-${process.pid}-20260131T120000.123Z.heapprofile`],
  ['@shop/check out', 'cpu', `_shop_check_out-${process.pid}-20260131T120000.123Z.cpuprofile`],
  ['../../etc/x\0', 'cpu', `_etc_x_-${process.pid}-20260131T120000.123Z.cpuprofile`],
  ['x'.repeat(300), 'cpu', `${'x'.repeat(100)}-${process.pid}-20260131T120000.123Z.cpuprofile`],
] as const)('the file of %j, %s', (service, kind, expected) =>
  expect(profileFileName({ kind, startMs }, service)).toBe(expected),
);

describe('a profile', () => {
  test('is in its file as it is, for the owner alone, in a folder that is made', () => {
    const file = writeProfile(recorded, { folder: join(folder, 'a', 'b'), service: 'checkout' });
    expect(file).toBe(join(folder, 'a', 'b', profileFileName(recorded, 'checkout')));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(recorded.profile);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'a', 'b'))).toHaveLength(1);
  });

  test('that cannot be written leaves nothing', () => {
    const name = profileFileName(recorded, 'checkout');
    mkdirSync(join(folder, name));
    expect(() => writeProfile(recorded, { folder, service: 'checkout' })).toThrow(/^E[A-Z]+: /);
    expect(readdirSync(folder)).toEqual([name]);
  });

  test('has no place below a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeProfile(recorded, { folder: join(folder, 'file', 'a'), service: 'checkout' })).toThrow('ENOTDIR');
  });
});

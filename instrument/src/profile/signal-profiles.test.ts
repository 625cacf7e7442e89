import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '@opentelemetry/api-logs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProfileSettings } from './profile-settings.ts';
import { recordProfile } from './profile.ts';
import { makeSignalProfiles } from './signal-profiles.ts';
import type { SignalProfiles } from './signal-profiles.ts';
import { watchProfileSignal } from './watch-profiles.ts';

let folder: string;
let told: string[];
let records: LogRecord[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-profile-'));
  told = [];
  records = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logger = { emit: (record: LogRecord) => void records.push(record), enabled: () => true };
const tell = (message: string): void => void told.push(message);
const settingsOf = (settings: Partial<ProfileSettings>): ProfileSettings => ({
  signal: 'SIGUSR2',
  kinds: ['cpu'],
  durationMs: 600_000,
  folder,
  ...settings,
});

function profilesBy(settings: Partial<ProfileSettings>): SignalProfiles {
  return makeSignalProfiles({ settings: settingsOf(settings), service: 'checkout', logger, tell });
}

/** Until there are so many lines, each of which says how a profile ended, besides those that say how one began. */
async function untilEnded(count: number): Promise<string[]> {
  const ended = (): string[] => told.filter((message) => !message.includes(' begins; '));
  await vi.waitFor(() => expect(ended()).toHaveLength(count), { timeout: 10_000 });
  return ended();
}

describe('a signal', () => {
  test('begins a profile that ends by itself, and is a file, a record and a line', async () => {
    profilesBy({ durationMs: 100 }).signalled();
    expect(told).toEqual(['a cpu profile of 0.1 s begins; SIGUSR2 ends it sooner']);
    const [line = ''] = await untilEnded(1);
    const [name = ''] = readdirSync(folder);
    const file = join(folder, name);
    expect(name).toMatch(/^checkout-\d+-\d{8}T\d{6}\.\d{3}Z\.cpuprofile$/);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toContain('nodes');
    expect(line).toMatch(/^a cpu profile of \d+\.\d s is in /);
    expect(line.endsWith(file)).toBe(true);
    expect(records).toEqual([
      {
        eventName: 'profile.recorded',
        severityNumber: 9,
        severityText: 'INFO',
        body: line,
        attributes: {
          'profile.kind': 'cpu',
          'profile.file': file,
          'profile.duration_ms': expect.any(Number) as number,
          'process.pid': process.pid,
        },
      },
    ]);
  });

  test('meanwhile ends it, and the next one begins another', async () => {
    const profiles = profilesBy({});
    for (let count = 1; count <= 2; count++) {
      profiles.signalled();
      expect(readdirSync(folder)).toHaveLength(count - 1);
      profiles.signalled();
      await untilEnded(count);
    }
    expect(readdirSync(folder)).toHaveLength(2);
    for (const { attributes } of records) expect(attributes?.['profile.duration_ms']).toBeLessThan(60_000);
  });

  test('records both kinds, which end as nobody waits for signals any more', async () => {
    const profiles = profilesBy({ kinds: ['cpu', 'heap'] });
    profiles.signalled();
    profiles.end();
    await untilEnded(2);
    expect(told[0]).toBe('a cpu and a heap profile of 600 s begins; SIGUSR2 ends it sooner');
    const kinds = new Set(records.map(({ attributes }) => attributes?.['profile.kind']));
    expect(kinds).toEqual(new Set(['cpu', 'heap']));
    const extensions = new Set(readdirSync(folder).map((name) => name.split('.').at(-1)));
    expect(extensions).toEqual(new Set(['cpuprofile', 'heapprofile']));
  });

  test('says why there is no file, and the next one is tried again', async () => {
    const occupied = join(folder, 'occupied');
    writeFileSync(occupied, '');
    const profiles = profilesBy({ folder: join(occupied, 'profiles'), durationMs: 100 });
    profiles.signalled();
    expect(await untilEnded(1)).toEqual([expect.stringMatching(/^there is no cpu profile: ENOTDIR: /)]);
    rmSync(occupied);
    profiles.signalled();
    await untilEnded(2);
    expect(records).toHaveLength(1);
  });

  test('says that code has one recorded, which goes on', async () => {
    const ending = new AbortController();
    const byCode = recordProfile({ kind: 'cpu', durationMs: 600_000, until: ending.signal });
    const profiles = profilesBy({});
    profiles.signalled();
    expect(await untilEnded(1)).toEqual([
      expect.stringMatching(/^there is no cpu profile: a cpu profile is being recorded until \d.*Z, and there is one at a time$/),
    ]);
    ending.abort();
    expect((await byCode).kind).toBe('cpu');
    expect([readdirSync(folder), records]).toEqual([[], []]);
  });
});

test('what cannot be loaded when the signal comes is told, and the signal is let go of', () => {
  // What is loaded is beside the kit as it is published, not here.
  const stop = watchProfileSignal({ settings: settingsOf({}), service: 'checkout', logger, tell });
  process.emit('SIGUSR2');
  expect(told).toEqual([expect.stringMatching(/^there is no profile: Cannot find module '.\/signal-profiles.js'/)]);
  stop();
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});

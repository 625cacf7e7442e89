/** The log is killed while it appends, again and again in one folder: every record that was acknowledged is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CommitLog } from '../log-service/log/log.js';
import { valueOf } from './made-value.js';

const program = fileURLToPath(new URL('append-forever.js', import.meta.url));
const kills = 8;

/** Runs until so many records are acknowledged, and gives those and all that were on the way when it was killed. */
async function appendUntilKilled(folder: string, run: number, count: number): Promise<[offset: number, number: number][]> {
  const child = spawn(process.execPath, [program, folder, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const acknowledged: [number, number][] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [offset = NaN, number = NaN] = line.split(' ').map(Number);
    acknowledged.push([offset, number]);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  expect(await closed).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

test(`after ${kills} kills in the middle of appends every acknowledged record is there, under its own offset`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-log-crash-'));
  const known = new Map<number, number>();
  for (let run = 0; run < kills; run++) {
    for (const [offset, number] of await appendUntilKilled(folder, run, 1 + ((run * 37) % 100))) {
      expect(known.has(offset)).toBe(false);
      known.set(offset, number);
    }
    const log = await CommitLog.open({ folder });
    for (const [offset, number] of known) expect(await log.read(offset)).toEqual(valueOf(number));
    expect(log.bounds.oldest).toBe(0);
    await log.close();
  }
  expect(known.size).toBeGreaterThan(kills * 20);
  await rm(folder, { recursive: true });
}, 120_000);

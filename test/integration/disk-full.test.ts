/**
 * The disk of the data directory is filled under load, five times, twice with a kill meanwhile: requests are refused with an
 * answer that says to come back, and when there is room again everything goes on without a restart, nothing lost or doubled.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { startClients } from '../commit/clients.ts';
import type { Clients } from '../commit/clients.ts';
import { faultsOf } from '../commit/load.ts';
import { compileProgram, startProgram } from '../commit/program.ts';
import type { Program, RunningProgram } from '../commit/program.ts';
import { openStore, temporaryDirectory } from '../commit/store.ts';
import { randomOf } from '../otlp/wild-wire.ts';

const seed = Number(process.env['SONDE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const patient = { timeout: 60_000, interval: 100 };

const directory = temporaryDirectory('disk-full');
const disk = join(directory.path, 'disk');
const whyNot = mountSmallDisk();
let program: Program | undefined;

afterAll(() => {
  program?.remove();
  if (whyNot === '') spawnSync('umount', ['--lazy', disk]);
  directory.remove();
}, 60_000);

it(
  'refuses with a retryable answer while the disk is full, and goes on when there is room',
  { timeout: 400_000 },
  async (test) => {
    if (whyNot !== '') {
      console.log(`The test of a full disk needs a small disk of its own, and there is none here: ${whyNot}`);
      return test.skip(whyNot);
    }
    program = compileProgram();
    const flags = ['--commit-stall', '1s'];
    const clients = startClients({ count: 4, rowsMax: 200, random: randomOf(seed) });
    let run = startProgram(program, join(disk, 'data'), flags);
    clients.send((await run.ready).otlp);
    for (let round = 0; round < 5; round++) {
      await expectProgress(clients);
      const removeBallast = fillDisk();
      await expectStandstill(clients);
      expect(run.process.exitCode).toBeNull();
      if (round % 2 === 1) {
        run.process.kill('SIGKILL');
        clients.send(undefined);
        await run.ended;
        await startOnFullDisk(program, flags);
        removeBallast();
        run = startProgram(program, join(disk, 'data'), flags);
        clients.send((await run.ready).otlp);
      } else removeBallast();
      await expectProgress(clients);
    }
    await clients.finish();
    await stop(run);
    console.log({ seed, requests: clients.acknowledged.length, refused: Object.fromEntries(clients.refused) });
    const engine = await openStore(join(disk, 'data'));
    const faults = await faultsOf(engine, clients.acknowledged);
    await engine.close();
    expect(faults).toEqual([]);
  },
);

async function expectProgress(clients: Clients): Promise<void> {
  const before = clients.acknowledged.length;
  const endMs = performance.now() + patient.timeout;
  while (clients.acknowledged.length <= before + 20 && performance.now() < endMs) await sleep(patient.interval);
  const { acknowledged, refused, lastRefusal } = clients;
  const seen = { acknowledged: acknowledged.length, refused: Object.fromEntries(refused), lastRefusal };
  expect(acknowledged.length, `progress: ${JSON.stringify(seen)}`).toBeGreaterThan(before + 20);
}

/** Waits until requests are answered with 503, and none is acknowledged any more. */
async function expectStandstill(clients: Clients): Promise<void> {
  const unavailable = (): number => clients.refused.get(503) ?? 0;
  const before = unavailable();
  await expect.poll(unavailable, patient).toBeGreaterThan(before + 8);
  const { length } = clients.acknowledged;
  await sleep(1000);
  expect(clients.acknowledged).toHaveLength(length);
}

/** It serves and refuses, or it can not clean up after the kill and says why it does not start. */
async function startOnFullDisk(program: Program, flags: readonly string[]): Promise<void> {
  const run = startProgram(program, join(disk, 'data'), flags);
  const message = await Promise.race([run.ready.then(() => 'ready'), run.ended]);
  console.log(`started on the full disk: ${message.trim().split('\n').at(-1)}`);
  expect(message).toMatch(/^ready$|sonde: .*(full|space)/i);
  run.process.kill('SIGKILL');
  await run.ended;
}

async function stop(run: RunningProgram): Promise<void> {
  run.process.kill('SIGTERM');
  await run.ended;
  expect(run.process.exitCode).toBe(0);
}

/** Takes all the room there is; gives what gives it back. */
function fillDisk(): () => void {
  const path = join(disk, 'ballast');
  const file = openSync(path, 'w');
  for (let size = 1 << 20; size > 0;) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size >>= 1;
    }
  }
  closeSync(file);
  return () => rmSync(path);
}

/** Mounts a memory disk, which takes root; why it can not, otherwise. */
function mountSmallDisk(): string {
  if (process.platform !== 'linux') return `a memory disk is mounted on Linux only, and this is ${process.platform}`;
  mkdirSync(disk);
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk], { encoding: 'utf8' });
  return status === 0 ? '' : (error?.message ?? stderr.trim());
}

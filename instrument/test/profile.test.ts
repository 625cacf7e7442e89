/** Profiles of the packed package: by a signal, without a line of code. */
import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { HeapProfiler, Profiler } from 'node:inspector';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { installPacked } from './packed.ts';
import { plainAttributesOf, plainOf, startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let folder: string;
let profiles: string;
let receiver: Receiver;
let children: ChildProcess[];
beforeAll(async () => {
  folder = installPacked();
  profiles = join(folder, 'profiles');
  receiver = await startReceiver();
});
beforeEach(() => {
  children = [];
  receiver.clear();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(profiles, { recursive: true, force: true });
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'none',
  ...more,
});

interface Started {
  readonly child: ChildProcess;
  readonly messages: unknown[];
  readonly stderr: () => string;
  /** Resolves when stderr has the text, as often as asked for. */
  readonly untilStderr: (text: string, times?: number) => Promise<void>;
  /** Lets it end, and gives its code. */
  readonly end: () => Promise<number | null>;
}

/** Resolves when the app says that it is there. */
async function start(app: string, more: Readonly<Record<string, string>>): Promise<Started> {
  const env = environment({ SONDE_PROFILE_SIGNAL: 'SIGUSR2', SONDE_PROFILE_DIR: profiles, ...more });
  const child = fork(app, {
    cwd: folder,
    env,
    execArgv: ['--import', '@sonde/instrument'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  children.push(child);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  await once(child, 'message');
  return {
    child,
    messages,
    stderr: () => stderr,
    untilStderr: (text, times = 1) =>
      vi.waitFor(() => expect(stderr.split(text).length - 1).toBe(times), { timeout: 30_000, interval: 20 }),
    async end() {
      const exited = once(child, 'exit');
      child.disconnect();
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** The app has been at work for a while since this was called. */
async function work({ child, messages }: Started): Promise<void> {
  child.send('work');
  await vi.waitFor(() => expect(messages).toContain('still here'), { timeout: 30_000 });
}

function read(extension: string): unknown {
  const name = readdirSync(profiles).find((file) => file.endsWith(extension)) ?? extension;
  return JSON.parse(readFileSync(join(profiles, name), 'utf8'));
}

/** The functions in which samples of the stack were taken. */
function sampledIn({ nodes, samples = [] }: Profiler.Profile): string[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  return [...new Set(samples.map((id) => names.get(id) ?? ''))];
}

/** The functions that made what is held. */
function holdersIn({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): string[] {
  return [...(selfSize > 0 ? [callFrame.functionName] : []), ...children.flatMap(holdersIn)];
}

describe('a signal', () => {
  test('has a profile recorded that ends by itself: a file, a record for the backend, and a call of the hook', async () => {
    const app = await start('profiled.mjs', { SONDE_PROFILE_SECONDS: '1' });
    app.child.kill('SIGUSR2');
    await app.untilStderr('s is in ');
    await vi.waitFor(() => expect(app.messages).toContainEqual({ kind: 'cpu' }));
    expect(await app.end()).toBe(0);
    const [name = ''] = readdirSync(profiles);
    expect(name).toMatch(new RegExp(String.raw`^tested-app-${app.child.pid}-\d{8}T\d{6}\.\d{3}Z\.cpuprofile$`));
    expect(sampledIn(read('.cpuprofile') as Profiler.Profile)).toContain('spinForProfile');
    const file = join(profiles, name);
    const record = receiver.logs.find(({ eventName }) => eventName === 'profile.recorded');
    expect([record?.scope, record?.severityText]).toEqual(['@sonde/instrument/profile', 'INFO']);
    const attributes = plainAttributesOf(record?.attributes);
    expect(attributes).toEqual({
      'profile.kind': 'cpu',
      'profile.file': file,
      'profile.duration_ms': expect.any(Number) as number,
      'process.pid': app.child.pid,
    });
    expect(attributes['profile.duration_ms']).toBeGreaterThanOrEqual(1000);
    expect(app.stderr()).toBe(
      `@sonde/instrument: a cpu profile of 1 s begins; SIGUSR2 ends it sooner\n@sonde/instrument: ${String(plainOf(record?.body))}\n`,
    );
  });

  test('ends the profiles that it began, of both kinds', async () => {
    const app = await start('profiled.mjs', { SONDE_PROFILE_SECONDS: '600', SONDE_PROFILE_KIND: 'both' });
    app.child.kill('SIGUSR2');
    await app.untilStderr('begins; ');
    await work(app);
    app.child.kill('SIGUSR2');
    await app.untilStderr('s is in ', 2);
    expect(await app.end()).toBe(0);
    expect(sampledIn(read('.cpuprofile') as Profiler.Profile)).toContain('spinForProfile');
    expect(holdersIn((read('.heapprofile') as HeapProfiler.SamplingHeapProfile).head)).toContain('hoardForProfile');
    expect(readdirSync(profiles)).toHaveLength(2);
  });

  test('whose file cannot be written is told of that, and the service goes on', async () => {
    const occupied = join(folder, 'occupied');
    writeFileSync(occupied, '');
    const app = await start('profiled.mjs', { SONDE_PROFILE_SECONDS: '1', SONDE_PROFILE_DIR: join(occupied, 'profiles') });
    app.child.kill('SIGUSR2');
    await app.untilStderr('@sonde/instrument: there is no cpu profile: ENOTDIR: ');
    await work(app);
    expect(await app.end()).toBe(0);
    expect(receiver.logs).toEqual([]);
  });

  test('does not keep a process that ends meanwhile', async () => {
    const app = await start('profiled.mjs', { SONDE_PROFILE_SECONDS: '600', SONDE_PROFILE_KIND: 'both' });
    app.child.kill('SIGUSR2');
    await app.untilStderr('begins; ');
    expect(await app.end()).toBe(0);
    expect(app.stderr()).toBe('@sonde/instrument: a cpu and a heap profile of 600 s begins; SIGUSR2 ends it sooner\n');
    expect(existsSync(profiles)).toBe(false);
  });
});

test('a profile by code needs no kit that runs, and does not keep the process', () => {
  const program = `import { recordProfile } from '@sonde/instrument/profile';
    for (const kind of ['cpu', 'heap']) recordProfile({ kind, durationMs: 600_000 }).then(() => console.log('recorded'));`;
  const options = { cwd: folder, env: environment({}), encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], options);
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});

test('nothing of it is loaded before the signal comes', async () => {
  for (const name of ['profile.js', 'profile2.js', 'signal-profiles.js']) {
    rmSync(join(folder, 'node_modules/@sonde/instrument/dist', name), { force: true });
  }
  const app = await start('idle.mjs', {});
  expect(app.stderr()).toBe('');
  app.child.kill('SIGUSR2');
  await app.untilStderr("@sonde/instrument: there is no profile: Cannot find module './signal-profiles.js'");
  expect(await app.end()).toBe(0);
});

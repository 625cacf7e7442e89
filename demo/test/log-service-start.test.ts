/** `sonde demo log-service` from the start to Ctrl-C, as a person at a terminal has it. Needs `npm run build`. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLogService } from '../log-service/start.js';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-log-service-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Sonde {
  readonly child: ChildProcess;
  readonly http: string;
  /** All that it has said on stderr. */
  readonly said: string[];
}

/** Sonde in a group of processes of its own, as a shell makes it. */
async function start(...args: string[]): Promise<Sonde> {
  const free = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const child = spawn(process.execPath, [pathOf('../../bin/sonde.cjs'), ...args, '--data', join(folder, 'data'), ...free], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  for await (const line of createInterface({ input: child.stdout }))
    return { child, said, http: (JSON.parse(line) as { http: string }).http };
  throw new Error(`Sonde ended: ${said.join('\n')}`);
}

async function interrupt({ child }: Sonde): Promise<unknown> {
  const closed = once(child, 'close');
  process.kill(-(child.pid ?? NaN), 'SIGINT');
  return closed;
}

type Counts = Readonly<Record<string, number>>;

/** Requests by service; an hour, so that it does not matter when they were. */
async function requestsOf({ http }: Sonde): Promise<Counts> {
  const answer = (await (await fetch(`http://${http}/api/services`)).json()) as {
    services: { name: string; requests: number }[];
  };
  return Object.fromEntries(answer.services.map(({ name, requests }) => [name, requests]));
}

const foldersOfLogs = async (): Promise<string[]> =>
  (await readdir(pathOf('../../.cache')).catch(() => [])).filter((name) => name.startsWith('commit-log-'));

test('runs, ends at Ctrl-C, and all that was recorded has arrived', async () => {
  const before = await foldersOfLogs();
  const sonde = await start('demo', 'log-service', '--rate', '50');
  for (let counts: Counts = {}; (counts['commit-log'] ?? 0) < 100;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    counts = await requestsOf(sonde);
  }
  expect(sonde.said.join('\n')).toContain(`Sonde is at http://${sonde.http}`);
  expect(await interrupt(sonde)).toEqual([0, null]);
  expect(sonde.said.filter((line) => /^demo:|^commit-log|"level":"(?:warn|error)"/.test(line))).toEqual([]);
  expect(await foldersOfLogs()).toEqual(before);
  const again = await start('serve');
  const { 'commit-log': answered, 'commit-log-client': asked } = await requestsOf(again);
  await interrupt(again);
  expect(answered).toBeGreaterThanOrEqual(100);
  expect(answered).toBe(asked);
}, 120_000);

test('names that it does not know are refused', async () => {
  const child = spawn(process.execPath, [pathOf('../../bin/sonde.cjs'), 'demo', 'something'], { stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).not.toBe(0);
  expect(said).toContain('at most the name "log-service"; got "something"');
});

test('an endpoint that is no URL is refused', async () => {
  await expect(startLogService({ otlpEndpoint: 'nowhere' })).rejects.toThrow(
    'Expected the URL of an OTLP/HTTP endpoint, got "nowhere".',
  );
});

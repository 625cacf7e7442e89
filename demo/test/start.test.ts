/** How the demo begins and ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startDemo } from '../start.js';
import { startCapture } from './otlp-capture.ts';

const start = fileURLToPath(new URL('../start.js', import.meta.url));

test('an endpoint that is no URL is refused', async () => {
  await expect(startDemo({ otlpEndpoint: 'nowhere' })).rejects.toThrow(
    'Expected the URL of an OTLP/HTTP endpoint, got "nowhere".',
  );
});

/** The demo as a program, when it runs. */
async function startProgram(endpoint: string, ...args: string[]): Promise<{ child: ChildProcess; server: string }> {
  const child = spawn(process.execPath, [start, '--endpoint', endpoint, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('The demo runs')) await once(child.stderr, 'data');
  return { child, server: /the server is at (\S+),/.exec(said)?.[1] ?? said };
}

test('the program starts without the fault, ends at SIGTERM, and leaves nothing running', async () => {
  const capture = await startCapture();
  const { child, server } = await startProgram(capture.endpoint, '--no-fault');
  expect(await (await fetch(`${server}/fault`)).json()).toEqual({ on: false });
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  await expect(fetch(`${server}/health`)).rejects.toThrow('fetch failed');
  await capture.stop();
}, 60_000);

test('the services end with the program that started them, however that ends', async () => {
  const capture = await startCapture();
  const { child, server } = await startProgram(capture.endpoint);
  child.kill('SIGKILL');
  const isUp = (): Promise<boolean> =>
    fetch(`${server}/health`).then(
      () => true,
      () => false,
    );
  for (let seconds = 0; seconds < 15 && (await isUp()); seconds++) await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await isUp()).toBe(false);
  await capture.stop();
}, 60_000);

test('a service that dies is told, with what it said last', async () => {
  const capture = await startCapture();
  const demo = await startDemo({ otlpEndpoint: capture.endpoint });
  process.kill(demo.pids['recorder'] ?? 0, 'SIGKILL');
  expect(await demo.failed).toMatch(/^The recorder ended by itself \(SIGKILL\)\./);
  await demo.stop();
  await capture.stop();
}, 60_000);

/** How the demo begins and ends. */
import { spawn } from 'node:child_process';
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

test('the program starts without the fault, ends at SIGTERM, and leaves nothing running', async () => {
  const capture = await startCapture();
  const child = spawn(process.execPath, [start, '--endpoint', capture.endpoint, '--no-fault'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('The demo runs')) await once(child.stderr, 'data');
  const server = /the server is at (\S+),/.exec(said)?.[1];
  expect(await (await fetch(`${server}/fault`)).json()).toEqual({ on: false });
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  await expect(fetch(`${server}/health`)).rejects.toThrow('fetch failed');
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

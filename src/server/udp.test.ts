import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { Counters } from '../base/counters.ts';
import type { DatagramHandler } from '../ingest/protocol.ts';
import { createLog } from './log.ts';
import { listenUdp } from './udp.ts';
import type { UdpListener } from './udp.ts';

/** Keeps what it is given, and what happened to it. */
class Recorder implements DatagramHandler {
  readonly events: string[] = [];
  bytes = 0;

  start(): void {
    this.events.push('start');
  }

  handle(datagram: Uint8Array): void {
    const text = Buffer.from(datagram.subarray(0, 20)).toString();
    if (text === 'fault') throw new Error('a fault of the handler');
    this.events.push(text);
    this.bytes += datagram.length;
  }

  async stop(): Promise<void> {
    this.events.push('stop');
  }
}

const said: string[] = [];
const counters = new Counters();
const open: UdpListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
  said.length = 0;
});

async function listen(handler: DatagramHandler, host = '127.0.0.1', port = 0, protocol = 'test'): Promise<UdpListener> {
  const log = createLog({ write: (text) => said.push(text) });
  const listener = await listenUdp({ host, port, protocol, handler, counters, log });
  open.push(listener);
  return listener;
}

const portOf = ({ address }: UdpListener): number => Number(address.slice(address.lastIndexOf(':') + 1));

async function send(listener: UdpListener, ...datagrams: string[]): Promise<void> {
  const isIpv6 = listener.address.startsWith('[');
  const socket = createSocket(isIpv6 ? 'udp6' : 'udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, portOf(listener), isIpv6 ? '::1' : '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries++) await pause(10);
  expect(condition()).toBe(true);
}

function counted(name: string, protocol = 'test'): number {
  counters.read();
  return counters.value(name, { protocol });
}

describe('a datagram', () => {
  const check = async (host: string, address: RegExp): Promise<void> => {
    const recorder = new Recorder();
    const listener = await listen(recorder, host);
    expect(listener.address).toMatch(address);
    await send(listener, 'one', 'two');
    await until(() => recorder.events.length === 3);
    expect(recorder.events).toEqual(['start', 'one', 'two']);
  };

  test('comes to the handler', () => check('127.0.0.1', /^127\.0\.0\.1:\d+$/));
  test('comes to the handler by IPv6', () => check('::1', /^\[::1\]:\d+$/));
  test('comes whole, however large', async () => {
    const recorder = new Recorder();
    await send(await listen(recorder), 'x'.repeat(65_507));
    await until(() => recorder.bytes === 65_507);
    expect(recorder.bytes).toBe(65_507);
  });
});

test('a fault of the handler is logged, and harms nothing else', async () => {
  const recorder = new Recorder();
  await send(await listen(recorder), 'fault', 'good');
  await until(() => recorder.events.includes('good'));
  expect(said.join()).toContain('a fault of the handler');
});

test('datagrams and bytes are counted', async () => {
  const recorder = new Recorder();
  await send(await listen(recorder, '127.0.0.1', 0, 'counts'), 'abc', 'de');
  await until(() => recorder.events.length === 3);
  expect(counted('sonde_udp_datagrams_total', 'counts')).toBe(2);
  expect(counted('sonde_udp_received_bytes_total', 'counts')).toBe(5);
  expect(counted('sonde_udp_receive_buffer_bytes', 'counts')).toBeGreaterThan(100_000);
});

test('a listener that closes takes nothing more, and its handler stores what it holds', async () => {
  const recorder = new Recorder();
  const listener = await listen(recorder);
  await listener.close();
  open.length = 0;
  await send(listener, 'late');
  await pause(20);
  expect(recorder.events).toEqual(['start', 'stop']);
});

test('a port that is taken is an error that names it', async () => {
  const { address } = await listen(new Recorder());
  const port = Number(address.split(':')[1]);
  await expect(listen(new Recorder(), '127.0.0.1', port)).rejects.toMatchObject({
    code: 'config',
    message: expect.stringContaining(`Can not listen on UDP ${address}`) as string,
  });
});

const flood = `const socket = require('node:dgram').createSocket('udp4');
  let sent = 0;
  const next = () => (sent++ < 12000 ? socket.send(Buffer.alloc(1400), Number(process.argv[1]), '127.0.0.1', next) : socket.close());
  next();`;

test('what the kernel drops while nobody reads is counted, where it says so', async () => {
  const recorder = new Recorder();
  const listener = await listen(recorder, '127.0.0.1', 0, 'flood');
  // This process waits for the other one, and reads nothing meanwhile.
  expect(spawnSync(process.execPath, ['-e', flood, String(portOf(listener))]).status).toBe(0);
  await send(listener, 'last');
  await until(() => recorder.events.includes('last'));
  const dropped = counted('sonde_udp_dropped_datagrams_total', 'flood');
  expect(dropped > 0).toBe(process.platform === 'linux');
  expect(process.platform !== 'linux' || dropped + counted('sonde_udp_datagrams_total', 'flood') === 12_001).toBe(true);
});

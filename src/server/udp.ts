/**
 * A UDP listener. Nobody is told when a datagram is lost, so all that can be counted is: what came, and on Linux what the kernel
 * threw away because Sonde did not read it in time. None comes cut: Node reads into 64 KiB, more than a datagram can hold.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import type { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { DatagramHandler } from '../ingest/protocol.ts';
import type { Log } from './log.ts';

export interface UdpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Of the datagrams, for the counters. */
  readonly protocol: string;
  readonly handler: DatagramHandler;
  readonly counters: Counters;
  readonly log: Log;
}

export interface UdpListener {
  readonly protocol: string;
  readonly address: string;
  /** Takes nothing more, and stores what the handler holds. */
  close(): Promise<void>;
}

/** For bursts that come while Sonde does something else. Linux gives at most net.core.rmem_max. */
const receiveBufferBytes = 8 * 1024 * 1024;

/** Throws `config` when it can not listen there. */
export async function listenUdp(options: UdpOptions): Promise<UdpListener> {
  const { host, handler, log, protocol } = options;
  const family = host.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type: family, recvBufferSize: receiveBufferBytes });
  await bind(socket, options);
  // Nothing is sent from here, so there is no error that would end the listener.
  socket.on('error', (error) => log.error('udp listener', error, { protocol }));
  const { port } = socket.address();
  const received = { datagrams: 0, bytes: 0 };
  observe(socket, family, received, options);
  handler.start();
  socket.on('message', (datagram) => {
    received.datagrams++;
    received.bytes += datagram.length;
    try {
      handler.handle(datagram);
    } catch (thrown) {
      log.error('datagram failed', thrown, { protocol });
    }
  });
  return {
    protocol,
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => socket.close(resolve));
      await handler.stop();
    },
  };
}

function bind(socket: Socket, { host, port }: UdpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(new SondeError('config', `Can not listen on UDP ${host}:${port}: ${error.message}.`, { cause: error }));
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}

function observe(
  socket: Socket,
  family: 'udp4' | 'udp6',
  received: { readonly datagrams: number; readonly bytes: number },
  { counters, protocol }: UdpOptions,
): void {
  const { port } = socket.address();
  const labels = { protocol };
  counters.set('sonde_udp_receive_buffer_bytes', labels, socket.getRecvBufferSize());
  let open = true;
  socket.once('close', () => (open = false));
  let before = { datagrams: 0, bytes: 0, dropped: 0 };
  counters.beforeRead(() => {
    const dropped = open ? droppedAt(port, family) : before.dropped;
    counters.add('sonde_udp_datagrams_total', labels, received.datagrams - before.datagrams);
    counters.add('sonde_udp_received_bytes_total', labels, received.bytes - before.bytes);
    counters.add('sonde_udp_dropped_datagrams_total', labels, dropped - before.dropped);
    before = { ...received, dropped };
  });
}

/** Datagrams that the kernel dropped at the sockets of a port so far; 0 where it does not say. */
function droppedAt(port: number, family: 'udp4' | 'udp6'): number {
  let table: string;
  try {
    table = readFileSync(family === 'udp4' ? '/proc/self/net/udp' : '/proc/self/net/udp6', 'utf8');
  } catch (thrown) {
    // Only Linux has it.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw thrown;
  }
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let dropped = 0;
  for (const line of table.split('\n')) {
    // The second word is the local address, the last one the drops.
    const words = line.trim().split(/\s+/);
    if (words[1]?.endsWith(place) === true) dropped += Number(words.at(-1));
  }
  return dropped;
}

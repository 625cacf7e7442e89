/** A port for health alone, which does not keep the process alive: neither does it, nor who is connected to it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { captureException } from '../log/exceptions.ts';
import type { Handle } from './handle.ts';
import { leaveNoTrace } from './quiet.ts';

/** Probes are few; whoever opens more connections than this has other plans. */
const connectionsMax = 100;
/** A probe has sent its request by then. */
const requestTimeoutMs = 10_000;

export interface PortOptions {
  readonly port: number;
  /** All addresses when undefined. */
  readonly host: string | undefined;
  /** Ends it when aborted. */
  readonly signal: AbortSignal;
}

/** Resolves with where it listens; rejects when it cannot. */
export async function listenForHealth(handle: Handle, { port, host, signal }: PortOptions): Promise<AddressInfo> {
  signal.throwIfAborted();
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, (request, response) => {
    if (handle(request, response)) return;
    leaveNoTrace();
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('health is at /health\n');
  });
  server.maxConnections = connectionsMax;
  server.on('connection', (socket) => socket.unref());
  server.listen({ port, ...(host !== undefined && { host }) });
  await once(server, 'listening');
  server.unref();
  // Such as: no more files may be open. The next connection may be taken again.
  server.on('error', captureException);
  signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  return server.address() as AddressInfo;
}

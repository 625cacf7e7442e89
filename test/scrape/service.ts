/** Services to be scraped, and the scraping of them at short intervals. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Counters } from '../../src/base/counters.ts';
import { readScrapeConfig } from '../../src/scrape/config.ts';
import { startScraping } from '../../src/scrape/scraping.ts';
import type { Scraping } from '../../src/scrape/scraping.ts';
import { Recording } from './recording.ts';

export interface Service {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** What /metrics says, in text 0.0.4. */
  body: string;
  /** Handles a request in place of answering with `body`. */
  handle: RequestListener | undefined;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** Starts a service; over TLS with a certificate. */
export async function startService(body = '', tls?: ServerOptions): Promise<Service> {
  const listener: RequestListener = (request, response) => {
    service.requests.push({ url: request.url ?? '', headers: request.headers });
    if (service.handle !== undefined) service.handle(request, response);
    else response.setHeader('content-type', 'text/plain; version=0.0.4').end(service.body);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Service & { address: string } = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    body,
    handle: undefined,
    requests: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return service;
}

export interface Scraped {
  readonly scraping: Scraping;
  readonly recording: Recording;
  readonly counters: Counters;
  readonly logged: string[];
  readonly reload: (yaml: string) => void;
}

const dayMs = 86_400_000;

/** Scrapes what a prometheus.yml says; `path` is where it would stand. */
export function scrape(
  yaml: string,
  path = '/prometheus.yml',
  bodyBytesInFlightMax = 64 << 20,
  bodyBytesMax = 64 << 20,
): Scraped {
  const recording = new Recording();
  const counters = new Counters();
  const logged: string[] = [];
  const log = (event: string, details: Readonly<Record<string, unknown>> = {}): void => {
    logged.push(`${event} ${JSON.stringify(details)}`);
  };
  const scraping = startScraping(readScrapeConfig(yaml, path), {
    committer: recording,
    counters,
    log: { info: log, warn: log },
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
    tenant: 'default',
    retentionMs: 30 * dayMs,
    futureMs: dayMs,
    bodyBytesMax,
    commitWaitMs: 0,
    bodyBytesInFlightMax,
    version: '0.0.0-test',
  });
  return { scraping, recording, counters, logged, reload: (changed) => scraping.reload(readScrapeConfig(changed, path)) };
}

/** Waits until something holds; fails with what `what` says when it does not come about. */
export async function until(holds: () => boolean, what: () => unknown = () => holds.toString()): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`did not come about: ${String(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

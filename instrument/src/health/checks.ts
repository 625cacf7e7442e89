/**
 * What a check is, and checks for what most services depend on. Each of those takes the options of any check beside its own; what it
 * says has no passwords of its own accord.
 */
import { statfs } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** What a check may return; nothing is fine too. Everything else that it returns is not looked at. */
export interface CheckResult {
  /** What was measured. Without it, the time that the check took. */
  readonly value?: number | string;
  /** Of the value: `ms`, `By`, `{item}` … */
  readonly unit?: string;
  /** It passes, and somebody should know this. */
  readonly warning?: string;
  /** Up to 32 of them; texts are cut at 1000 letters. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export interface CheckOptions {
  /** A run that takes longer has failed. 2000 when absent. */
  readonly timeoutMs?: number;
  /** So long a result is given again to who asks. 1000 when absent. */
  readonly cacheMs?: number;
  /** False: where it fails, it only warns. True when absent. */
  readonly isCritical?: boolean;
  /** So many runs in a row must fail until the check fails; until then it warns. 1 when absent. */
  readonly failuresMin?: number;
  /** Of `live`, `ready`, `startup` and the groups that `makeHealth` was given. `ready` alone when absent. */
  readonly groups?: readonly string[];
  /** What it looks at; `component` when absent (draft-inadarei-api-health-check-06, `componentType`). */
  readonly type?: 'component' | 'datastore' | 'system';
  /** What the value is of: `utilization`, `connections` … (the same, `measurementName`). */
  readonly measurement?: string;
}

export interface Check extends CheckOptions {
  /** One of a kind in its service, and without a colon. */
  readonly name: string;
  /** Fails by throwing, or by a promise that rejects. The signal is aborted when the time is over: whoever waits should give up. */
  readonly run: (signal: AbortSignal) => CheckResult | undefined | void | Promise<CheckResult | undefined | void>;
  /** Called when the health that it belongs to is stopped. */
  readonly stop?: () => void;
}

type Named<T> = T & CheckOptions & { readonly name?: string };

/** A database that answers: `databaseCheck({ query: () => pool.query('SELECT 1') })`. What the query returns is not looked at. */
export function databaseCheck({ query, ...options }: Named<{ readonly query: (signal: AbortSignal) => unknown }>): Check {
  return {
    name: 'database',
    type: 'datastore',
    ...options,
    async run(signal) {
      await query(signal);
    },
  };
}

export interface HttpCheckOptions {
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are well; any below 400 when absent. Redirects are not followed. */
  readonly isWell?: (status: number) => boolean;
}

/** A service that answers a GET over HTTP, each time over a connection of its own. Named after its host when nothing else is said. */
export function httpCheck({ url, headers = {}, isWell = (status) => status < 400, ...options }: Named<HttpCheckOptions>): Check {
  const target = new URL(url);
  return {
    // An address of IPv6 has colons, and a check's name has none.
    name: target.hostname.replaceAll(':', '.'),
    ...options,
    async run(signal) {
      const status = await statusOf(target, headers, signal);
      if (!isWell(status)) throw new Error(`${target.origin}${target.pathname} answered ${status}`);
      return { details: { status } };
    },
  };
}

function statusOf(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const asking = request(url, { agent: false, headers, signal }, (response) => {
      resolve(response.statusCode ?? 0);
      // Its body is of no interest, however long it is.
      response.destroy();
    });
    asking.on('error', reject).end();
  });
}

export interface DiskCheckOptions {
  /** Of any file or folder on the disk; that of the process when absent. */
  readonly path?: string;
  /** So much of it should be free. 0.1 when absent. */
  readonly freeShareMin?: number;
  /** So many bytes of it should be free. 0 when absent. */
  readonly freeBytesMin?: number;
}

/** Room on a disk, for whoever is not root. */
export function diskCheck({ path = '.', freeShareMin = 0.1, freeBytesMin = 0, ...options }: Named<DiskCheckOptions> = {}): Check {
  return {
    name: 'disk',
    type: 'system',
    measurement: 'free',
    ...options,
    async run() {
      const { bavail, blocks, bsize } = await statfs(path);
      const freeBytes = bavail * bsize;
      const totalBytes = blocks * bsize;
      if (freeBytes < freeBytesMin) throw new Error(`${freeBytes} bytes are free, and ${freeBytesMin} should be`);
      if (freeBytes < totalBytes * freeShareMin)
        throw new Error(`${percent(freeBytes / totalBytes)} are free, and ${percent(freeShareMin)} should be`);
      return { value: freeBytes, unit: 'By', details: { totalBytes } };
    },
  };
}

export interface MemoryCheckOptions {
  /** Of the heap up to V8's limit, and of the process's memory up to that of its container or machine. 0.9 when absent. */
  readonly usedShareMax?: number;
}

/** Memory that is left until the process would be ended. Only warns, unless it is made critical. */
export function memoryCheck({ usedShareMax = 0.9, ...options }: Named<MemoryCheckOptions> = {}): Check {
  return {
    name: 'memory',
    type: 'system',
    measurement: 'utilization',
    isCritical: false,
    ...options,
    run() {
      const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
      const rssBytes = process.memoryUsage.rss();
      const rssLimitBytes = memoryLimitBytes();
      const [heap, rss] = [heapUsedBytes / heapLimitBytes, rssBytes / rssLimitBytes];
      if (heap > usedShareMax) throw new Error(`${percent(heap)} of the heap's limit of ${heapLimitBytes} bytes are in use`);
      if (rss > usedShareMax) throw new Error(`${percent(rss)} of the ${rssLimitBytes} bytes of memory are in use`);
      return {
        value: rounded(Math.max(heap, rss)),
        unit: '1',
        details: { heapUsedBytes, heapLimitBytes, rssBytes, rssLimitBytes },
      };
    },
  };
}

/** The limit of the container, where there is one: Node gives 0 or more than there is when there is none. */
function memoryLimitBytes(): number {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

export interface EventLoopCheckOptions {
  /** So late the 99th of a hundred timers may be since the last run. 500 when absent. */
  readonly delayMaxMs?: number;
}

/** How often the clock of the event loop ticks, and how much of that Node counts as delay. */
const resolutionMs = 20;

/** How long what is due has to wait for the event loop. Only warns, unless it is made critical. */
export function eventLoopCheck({ delayMaxMs = 500, ...options }: Named<EventLoopCheckOptions> = {}): Check {
  let delays: IntervalHistogram | undefined;
  return {
    name: 'event-loop',
    type: 'system',
    measurement: 'delay',
    isCritical: false,
    ...options,
    run() {
      if (delays === undefined) {
        delays = monitorEventLoopDelay({ resolution: resolutionMs });
        delays.enable();
      }
      const delayMs = (ofHistogram: number): number => Math.max(0, rounded(ofHistogram / 1e6 - resolutionMs));
      // Before the first tick there is no delay.
      const [p99Ms, maxMs] = delays.count === 0 ? [0, 0] : [delayMs(delays.percentile(99)), delayMs(delays.max)];
      delays.reset();
      if (p99Ms > delayMaxMs)
        throw new Error(`the event loop is ${Math.round(p99Ms)} ms late, and ${delayMaxMs} ms at most are well`);
      return { value: p99Ms, unit: 'ms', details: { maxMs } };
    },
    stop() {
      delays?.disable();
      delays = undefined;
    },
  };
}

export interface QueueCheckOptions {
  readonly size: () => number | Promise<number>;
  /** A queue of more than this has failed. */
  readonly sizeMax: number | (() => number | Promise<number>);
}

/** A queue that does not grow longer than it should. */
export function queueCheck({ size, sizeMax, ...options }: Named<QueueCheckOptions>): Check {
  return {
    name: 'queue',
    measurement: 'size',
    ...options,
    async run() {
      const [value, max] = await Promise.all([size(), typeof sizeMax === 'number' ? sizeMax : sizeMax()]);
      // Whoever cannot count is not well.
      if (!(value <= max)) throw new Error(`${value} wait, and ${max} may`);
      return { value, unit: '{item}', details: { max } };
    },
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

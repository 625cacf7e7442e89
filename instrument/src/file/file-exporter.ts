/**
 * Telemetry into files of OTLP JSON lines, one request a line (OpenTelemetry protocol file exporter specification): what the
 * Collector's file exporter writes and its receivers read. A folder that cannot be written costs the records of that time and nothing
 * else: it is told once, and again when writing goes on.
 */
import type { Destination, Exporter, RequestCounts } from '../send/exporter.ts';
import type { Signal } from '../send/signals.ts';
import type { FileSettings } from '../settings.ts';
import { FileRow } from './file-row.ts';

/** What becomes a line at once, so that making JSON of it holds the process up for a few milliseconds at most. */
const requestBytesMax = 64 << 10;
/** After a failure, the folder is not tried again for so long. */
const pauseMs = 1000;

export interface FileExporterOptions {
  readonly settings: FileSettings;
  readonly service: string;
  readonly toJson: (signal: Signal, body: Uint8Array) => string;
  readonly warn: (message: string) => void;
}

export function fileExporter(options: FileExporterOptions): Exporter {
  const { intervalMs } = options.settings;
  const files = {
    traces: new FileDestination('traces', options),
    logs: new FileDestination('logs', options),
    metrics: new FileDestination('metrics', options),
  };
  return {
    name: 'files',
    outlets: {
      traces: { destination: files.traces, delayMs: intervalMs, requestBytesMax },
      logs: { destination: files.logs, delayMs: intervalMs, requestBytesMax },
      // They are complete when all of them are collected.
      metrics: { destination: files.metrics, delayMs: Infinity, requestBytesMax },
    },
    flushAtExit() {
      for (const file of Object.values(files)) file.tellLoss();
    },
    close() {
      for (const file of Object.values(files)) file.close();
    },
  };
}

/** Requests of one signal, each a line as soon as it comes. */
class FileDestination implements Destination {
  readonly counts: RequestCounts = { sent: 0, refused: 0, givenUp: 0 };
  readonly #signal: Signal;
  readonly #options: FileExporterOptions;
  readonly #row: FileRow;
  #isFailing = false;
  #pausedUntilMs = 0;
  /** Records that could not be written and that nobody was told of. */
  #lost = 0;
  #lastWarning = '';

  constructor(signal: Signal, options: FileExporterOptions) {
    this.#signal = signal;
    this.#options = options;
    const { settings, service } = options;
    this.#row = new FileRow({ ...settings, service, signal, warn: (message) => this.#warn(message) });
  }

  push(body: Uint8Array, count: number): void {
    if (this.#isFailing && performance.now() < this.#pausedUntilMs) {
      this.#giveUp(count);
      return;
    }
    const line = this.#lineOf(body);
    if (line === undefined) return;
    try {
      this.#row.append(line);
    } catch (thrown) {
      this.#giveUp(count);
      this.#isFailing = true;
      this.#pausedUntilMs = performance.now() + pauseMs;
      this.#warn(`${this.#folder} cannot be written: ${(thrown as Error).message}`);
      return;
    }
    this.counts.sent++;
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#tellLoss(`${this.#folder} is written again`);
  }

  /** What came is written, or lost for good. */
  flush(): Promise<boolean> {
    this.tellLoss();
    return Promise.resolve(true);
  }

  tellLoss(): void {
    if (this.#lost > 0) this.#tellLoss(`${this.#folder} could not be written`);
  }

  close(): void {
    this.tellLoss();
    this.#row.close();
  }

  get #folder(): string {
    return this.#options.settings.folder;
  }

  #lineOf(body: Uint8Array): Uint8Array | undefined {
    try {
      return Buffer.from(`${this.#options.toJson(this.#signal, body)}\n`);
    } catch (thrown) {
      this.counts.refused++;
      this.#warn(`a request cannot be written as JSON: ${(thrown as Error).message}`);
      return undefined;
    }
  }

  #giveUp(count: number): void {
    this.counts.givenUp++;
    this.#lost += count;
  }

  #tellLoss(why: string): void {
    this.#warn(`${why}; ${this.#lost} records were lost`);
    this.#lost = 0;
    this.#lastWarning = '';
  }

  /** The same is not told twice in a row. */
  #warn(message: string): void {
    if (message === this.#lastWarning) return;
    this.#lastWarning = message;
    this.#options.warn(`${this.#signal}: ${message}`);
  }
}

/** All that is recorded in this process, on its way to the backend: one of it, made by `start`. */
import type { Resource } from '@opentelemetry/resources';
import { followWallClock } from './clock.ts';
import { writeAttribute } from './otlp/values.ts';
import { ScopedRecords } from './otlp/scoped.ts';
import { writeSpan } from './otlp/span.ts';
import { OtlpWriter } from './otlp/writer.ts';
import { SendQueue } from './send/send-queue.ts';
import { signals } from './send/signals.ts';
import type { Signal } from './send/signals.ts';
import type { Transport, Unsent } from './send/transport.ts';
import type { RecordedSpan, Scope, SpanLimits, SpanSink } from './trace/span.ts';

/** A request is sent when so many bytes wait: an OTLP receiver takes 4 MiB at the least, and a request has its own cost. */
const requestBytesMax = 512 << 10;

export interface TelemetryOptions {
  readonly resource: Resource;
  readonly limits: SpanLimits;
  readonly transports: Readonly<Record<Signal, Transport | undefined>>;
  readonly delaysMs: Readonly<Record<'traces' | 'logs', number>>;
  readonly queueBytesMax: number;
  readonly warn: (message: string) => void;
}

interface OutboxOptions {
  readonly resource: () => Uint8Array;
  readonly delayMs: number;
  readonly warn: (message: string) => void;
}

/** Records of one signal, and how they leave. */
class Outbox {
  readonly records = new ScopedRecords();
  readonly queue: SendQueue;
  readonly #resource: () => Uint8Array;
  readonly #delayMs: number;
  readonly #warn: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: SendQueue, { resource, delayMs, warn }: OutboxOptions) {
    this.queue = queue;
    this.#warn = warn;
    this.#resource = resource;
    this.#delayMs = delayMs;
  }

  /** One more record, written whole or not at all: its values may be the application's, and do anything when they are read. */
  write(scope: Scope, write: (writer: OtlpWriter) => void): void {
    const writer = this.records.add(scope);
    const { length } = writer;
    try {
      write(writer);
    } catch (thrown) {
      writer.rewind(length);
      this.#warn(`a record could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return;
    }
    if (writer.length >= requestBytesMax) this.cut();
    else this.#timer ??= setTimeout(() => this.cut(), this.#delayMs).unref();
  }

  /** Makes a request of what waits. */
  cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    followWallClock();
    const request = this.records.take(this.#resource());
    if (request !== undefined) this.queue.push(request);
  }
}

export class Telemetry implements SpanSink {
  readonly resource: Resource;
  readonly limits: SpanLimits;
  readonly #outboxes = new Map<Signal, Outbox>();
  readonly #transports: TelemetryOptions['transports'];
  #resourceBytes: Uint8Array | undefined;

  constructor(options: TelemetryOptions) {
    this.resource = options.resource;
    this.limits = options.limits;
    this.#transports = options.transports;
    for (const signal of signals) {
      const transport = options.transports[signal];
      if (transport === undefined) continue;
      const queue = new SendQueue({ signal, transport, bytesMax: options.queueBytesMax, warn: options.warn });
      // Metrics are cut by who collects them.
      const delayMs = signal === 'metrics' ? 0 : options.delaysMs[signal];
      this.#outboxes.set(signal, new Outbox(queue, { resource: () => this.#resourceField(), delayMs, warn: options.warn }));
    }
  }

  spanEnded(span: RecordedSpan): void {
    if (!span.isSampled) return;
    const outbox = this.#outboxes.get('traces');
    if (outbox === undefined) return;
    outbox.write(span.scope, (writer) => writeSpan(writer, span, this.limits));
  }

  /** Whether records of a signal go anywhere. */
  takes(signal: Signal): boolean {
    return this.#outboxes.has(signal);
  }

  /** Writes one record of a signal, if it goes anywhere. */
  write(signal: Signal, scope: Scope, write: (writer: OtlpWriter) => void): void {
    this.#outboxes.get(signal)?.write(scope, write);
  }

  /** Makes a request of what waits of one signal. */
  cut(signal: Signal): void {
    this.#outboxes.get(signal)?.cut();
  }

  /** Sends all that was recorded; says whether all of it is gone when the time is over. */
  async flush(timeoutMs: number): Promise<boolean> {
    const flushed = Array.from(this.#outboxes.values(), (outbox) => {
      outbox.cut();
      return outbox.queue.flush(timeoutMs);
    });
    return (await Promise.all(flushed)).every(Boolean);
  }

  /** As the process exits: what is left goes out while everything else stands still. */
  flushAtExit(): void {
    const byTransport = new Map<Transport, Unsent[]>();
    for (const [signal, outbox] of this.#outboxes) {
      outbox.cut();
      const transport = this.#transports[signal];
      const unsent = outbox.queue.takeUnsent();
      if (transport === undefined || unsent.length === 0) continue;
      byTransport.set(transport, [...(byTransport.get(transport) ?? []), ...unsent]);
    }
    for (const [transport, unsent] of byTransport) transport.sendAtExit?.(unsent);
  }

  /** What became of requests, by signal. */
  counts(): ReadonlyMap<Signal, SendQueue['counts']> {
    return new Map(Array.from(this.#outboxes, ([signal, { queue }]) => [signal, queue.counts]));
  }

  #resourceField(): Uint8Array {
    this.#resourceBytes ??= resourceBytes(this.resource);
    return this.#resourceBytes;
  }
}

/** The fields of an OTLP Resource. */
function resourceBytes(resource: Resource): Uint8Array {
  const writer = new OtlpWriter();
  for (const [key, value] of Object.entries(resource.attributes)) writeAttribute(writer, 0x0a, key, value);
  return writer.written();
}

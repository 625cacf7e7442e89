/** All that is recorded in this process, on its way out: one of it, made by `start`. */
import type { Resource } from '@opentelemetry/resources';
import { followWallClock } from './clock.ts';
import { writeAttribute } from './otlp/values.ts';
import { ScopedRecords } from './otlp/scoped.ts';
import { writeSpan } from './otlp/span.ts';
import { OtlpWriter } from './otlp/writer.ts';
import type { AcknowledgedOutlet, Exporter, Outlet, Receipt, RequestCounts } from './send/exporter.ts';
import { signals } from './send/signals.ts';
import type { Signal } from './send/signals.ts';
import type { RecordedSpan, Scope, SpanLimits, SpanSink } from './trace/span.ts';

export interface TelemetryOptions {
  readonly resource: Resource;
  readonly limits: SpanLimits;
  /** What is recorded goes out by all of them; as the process exits, by one after the other in this order. */
  readonly exporters: readonly Exporter[];
  readonly warn: (message: string) => void;
}

interface OutboxOptions {
  readonly outlet: Outlet;
  /** Gets the same records. */
  readonly next: Outbox | undefined;
  readonly resource: () => Uint8Array;
  readonly warn: (message: string) => void;
}

/** Records that wait to be written together. */
const togetherMax = 64;

/** A record that will not change any more, and how it is written. */
interface Unwritten {
  readonly scope: Scope;
  readonly write: (writer: OtlpWriter, record: unknown) => void;
  readonly record: unknown;
}

/** Records of one signal, until a request is made of them for one destination. Those of several destinations are a chain. */
class Outbox {
  readonly outlet: Outlet;
  readonly next: Outbox | undefined;
  readonly #records = new ScopedRecords();
  readonly #resource: () => Uint8Array;
  readonly #warn: (message: string) => void;
  /** Here or in one of the next, a record is not to wait for others, not even for a turn. */
  readonly #isAtOnce: boolean;
  readonly #unwritten: Unwritten[] = [];
  #writesSoon = false;
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;

  constructor({ outlet, next, resource, warn }: OutboxOptions) {
    this.outlet = outlet;
    this.next = next;
    this.#resource = resource;
    this.#warn = warn;
    this.#isAtOnce = outlet.delayMs === 0 || (next !== undefined && next.#isAtOnce);
  }

  /**
   * One more record that will not change any more. Such records are written when some have gathered, at the latest when the event loop
   * turns: the processor does the same again and again in less time than between all that a request sets off.
   */
  writeSoon<T>(scope: Scope, write: (writer: OtlpWriter, record: T) => void, record: T): void {
    if (this.#isAtOnce) return void this.write(scope, write, record);
    this.#unwritten.push({ scope, write: write as Unwritten['write'], record });
    if (this.#unwritten.length >= togetherMax) return this.#writeAll();
    if (this.#writesSoon) return;
    this.#writesSoon = true;
    setImmediate(this.#writeAllNow);
  }

  readonly #writeAllNow = (): void => {
    this.#writesSoon = false;
    this.#writeAll();
  };

  #writeAll(): void {
    // A value that is read right now may be what recorded something.
    if (this.#isWriting) return;
    for (const { scope, write, record } of this.#unwritten.splice(0)) this.#write(scope, write, record);
  }

  /**
   * One more record, written whole or not at all: its values may be the application's, and do anything when they are read. Says whether
   * it was written, or will be.
   */
  write<T>(scope: Scope, write: (writer: OtlpWriter, record: T) => void, record: T): boolean {
    // Whatever is read may record something in turn: it waits until this record is whole.
    if (this.#isWriting) {
      setImmediate(() => this.write(scope, write, record));
      return true;
    }
    this.#writeAll();
    return this.#write(scope, write, record);
  }

  #write<T>(scope: Scope, write: (writer: OtlpWriter, record: T) => void, record: T): boolean {
    const writer = this.#records.add(scope);
    const { length } = writer;
    this.#isWriting = true;
    try {
      write(writer, record);
    } catch (thrown) {
      this.#records.takeBack(writer, length);
      this.#warn(`a record could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return false;
    } finally {
      this.#isWriting = false;
    }
    // Written once, as metrics start anew when they are written, and values may be others when they are read again.
    this.next?.copy(scope, writer.writtenSince(length));
    this.#added(writer);
    return true;
  }

  /** One more record as it is on the wire. */
  copy(scope: Scope, record: Uint8Array): void {
    this.#writeAll();
    const writer = this.#records.add(scope);
    writer.raw(record);
    this.next?.copy(scope, record);
    this.#added(writer);
  }

  /** Makes a request of what waits. */
  cut(): void {
    this.#writeAll();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    followWallClock();
    const { count } = this.#records;
    const request = this.#records.take(this.#resource());
    if (request !== undefined) this.outlet.destination.push(request, count);
  }

  #added(writer: OtlpWriter): void {
    const { delayMs, requestBytesMax } = this.outlet;
    if (delayMs === 0 || writer.length >= requestBytesMax) this.cut();
    else if (delayMs !== Infinity) this.#timer ??= setTimeout(() => this.cut(), delayMs).unref();
  }
}

export class Telemetry implements SpanSink {
  readonly resource: Resource;
  readonly limits: SpanLimits;
  /** The first of each chain. */
  #outboxes: Readonly<Record<Signal, Outbox | undefined>>;
  /** Of records whose makers wait for the backend. */
  #audits: Outbox | undefined;
  readonly #auditQueue: AcknowledgedOutlet['destination'] | undefined;
  readonly #exporters: readonly Exporter[];
  readonly #writeSpan: (writer: OtlpWriter, span: RecordedSpan) => void;
  #resourceBytes: Uint8Array | undefined;

  constructor({ resource, limits, exporters, warn }: TelemetryOptions) {
    this.resource = resource;
    this.limits = limits;
    this.#exporters = exporters;
    this.#writeSpan = (writer, span) => writeSpan(writer, span, limits);
    const chain = (outletOf: (exporter: Exporter) => Outlet | undefined): Outbox | undefined =>
      exporters.reduceRight<Outbox | undefined>((next, exporter) => {
        const outlet = outletOf(exporter);
        return outlet === undefined ? next : new Outbox({ outlet, next, resource: () => this.#resourceField(), warn });
      }, undefined);
    const of = (signal: Signal): Outbox | undefined => chain(({ outlets }) => outlets[signal]);
    this.#outboxes = { traces: of('traces'), logs: of('logs'), metrics: of('metrics') };
    this.#audits = chain(({ outlets, audits }) => audits ?? outlets.logs);
    this.#auditQueue = exporters.find(({ audits }) => audits !== undefined)?.audits?.destination;
  }

  spanEnded(span: RecordedSpan): void {
    if (!span.isSampled) return;
    // What the application has set on it is its own, and may be changed by it later.
    if (span.isOfKit) this.#outboxes.traces?.writeSoon(span.scope, this.#writeSpan, span);
    else this.#outboxes.traces?.write(span.scope, this.#writeSpan, span);
  }

  /** Whether records of a signal go anywhere. */
  takes(signal: Signal): boolean {
    return this.#outboxes[signal] !== undefined;
  }

  /** Writes one record of a signal, if it goes anywhere. */
  write(signal: Signal, scope: Scope, write: (writer: OtlpWriter) => void): void {
    this.#outboxes[signal]?.write(scope, write, undefined);
  }

  /** One that will not change any more: soon, together with others. */
  writeSoon<T>(signal: Signal, scope: Scope, write: (writer: OtlpWriter, record: T) => void, record: T): void {
    this.#outboxes[signal]?.writeSoon(scope, write, record);
  }

  /** Writes a log record apart from all others, and tells whether the backend has taken it. */
  async writeAudit(scope: Scope, write: (writer: OtlpWriter) => void): Promise<Receipt> {
    const writeIt = (): boolean => this.#audits?.write(scope, write, undefined) ?? false;
    if (this.#auditQueue !== undefined) return this.#auditQueue.receiptOf(writeIt);
    writeIt();
    return { isAcknowledged: false, why: 'log records are not sent to any backend' };
  }

  /** Makes a request of what waits of one signal. */
  cut(signal: Signal): void {
    cutAll(this.#outboxes[signal]);
    if (signal === 'logs') cutAll(this.#audits);
  }

  /** Sends all that was recorded; says whether all of it is gone when the time is over. */
  async flush(timeoutMs: number): Promise<boolean> {
    for (const signal of signals) this.cut(signal);
    const outlets = this.#exporters.flatMap(({ outlets, audits }) => [...Object.values(outlets), ...(audits ? [audits] : [])]);
    const flushed = await Promise.all(outlets.map(({ destination }) => destination.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  /** As the process exits: what is left goes out while everything else stands still. */
  flushAtExit(): void {
    for (const signal of signals) this.cut(signal);
    for (const exporter of this.#exporters) exporter.flushAtExit?.();
  }

  /** What became of the requests of an exporter, by signal. */
  counts(name: Exporter['name'] = 'otlp'): ReadonlyMap<Signal, Readonly<RequestCounts>> {
    const outlets = this.#exporters.find((exporter) => exporter.name === name)?.outlets ?? {};
    return new Map(
      signals.flatMap((signal) => {
        const outlet = outlets[signal];
        return outlet === undefined ? [] : [[signal, outlet.destination.counts] as const];
      }),
    );
  }

  /** What is recorded from now on is lost. */
  close(): void {
    this.#outboxes = { traces: undefined, logs: undefined, metrics: undefined };
    this.#audits = undefined;
    for (const exporter of this.#exporters) exporter.close();
  }

  #resourceField(): Uint8Array {
    this.#resourceBytes ??= resourceBytes(this.resource);
    return this.#resourceBytes;
  }
}

function cutAll(first: Outbox | undefined): void {
  for (let outbox = first; outbox !== undefined; outbox = outbox.next) outbox.cut();
}

/** The fields of an OTLP Resource. */
function resourceBytes(resource: Resource): Uint8Array {
  const writer = new OtlpWriter();
  for (const [key, value] of Object.entries(resource.attributes)) writeAttribute(writer, 0x0a, key, value);
  return writer.written();
}

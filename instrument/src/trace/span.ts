/**
 * Spans. OpenTelemetry's `Span` to the application; inside, ids are words and attributes a list, and the span goes onto the wire as
 * it ends, so that nothing of it stays in memory.
 */
import { SpanStatusCode, createTraceState } from '@opentelemetry/api';
import type {
  AttributeValue,
  Attributes,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import { nowMs, toEpochMs } from '../clock.ts';
import { hexOf, randomWord, wordAt } from './ids.ts';

/** What stands at the head of an OTLP scope: the library that made the spans. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

/** The first of OTEL_SPAN_… and OTEL_ATTRIBUTE_… limits of the specification, in counts and UTF-16 code units. */
export interface SpanLimits {
  readonly attributesMax: number;
  readonly attributeLengthMax: number;
  readonly eventsMax: number;
  readonly linksMax: number;
  readonly attributesPerEventMax: number;
  readonly attributesPerLinkMax: number;
}

/** What the specification has where nothing is set. */
export const limitsAtFirst: SpanLimits = {
  attributesMax: 128,
  attributeLengthMax: Infinity,
  eventsMax: 128,
  linksMax: 128,
  attributesPerEventMax: 128,
  attributesPerLinkMax: 128,
};

export interface SpanEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Attributes;
}

/** Attributes that many spans have in common. */
export interface SharedAttributes {
  /** Keys and values in turn. */
  readonly list: readonly unknown[];
  /** The same as fields of a span on the wire. */
  readonly bytes: Uint8Array;
}

/** Takes spans as they end. */
export interface SpanSink {
  readonly limits: SpanLimits;
  /** Also of spans that are not sampled, all that is set on them is wanted: to be measured. */
  readonly measuresAll?: boolean;
  spanEnded(span: RecordedSpan): void;
}

/** Where a span comes from: ids of its parent, what the parent's trace carries. */
export interface ParentIds {
  readonly trace0: number;
  readonly trace1: number;
  readonly trace2: number;
  readonly trace3: number;
  readonly span0: number;
  readonly span1: number;
  readonly traceState: string;
  readonly isSampled: boolean;
  readonly isRemote: boolean;
}

/** Ids of any span context that OpenTelemetry's API gives; undefined when they are not valid ones. */
export function idsOf(context: SpanContext): ParentIds | undefined {
  const { traceId, spanId } = context;
  if (traceId.length !== 32 || spanId.length !== 16) return undefined;
  const words = [0, 8, 16, 24].map((at) => wordAt(traceId, at));
  const [span0, span1] = [wordAt(spanId, 0), wordAt(spanId, 8)];
  const [trace0, trace1, trace2, trace3] = words;
  if (trace0 === undefined || trace1 === undefined || trace2 === undefined || trace3 === undefined) return undefined;
  if (span0 === undefined || span1 === undefined) return undefined;
  if ((trace0 | trace1 | trace2 | trace3) === 0 || (span0 | span1) === 0) return undefined;
  return {
    trace0,
    trace1,
    trace2,
    trace3,
    span0,
    span1,
    traceState: context.traceState?.serialize() ?? '',
    isSampled: (context.traceFlags & 1) === 1,
    isRemote: context.isRemote === true,
  };
}

export interface SpanStart {
  readonly sink: SpanSink;
  readonly scope: Scope;
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: ParentIds | undefined;
  readonly isSampled: boolean;
  readonly traceState: string;
  /** Unix milliseconds. */
  readonly startMs: number;
}

/** What few spans have. */
interface SpanExtras {
  readonly events: SpanEvent[];
  readonly links: Link[];
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

/**
 * One object per request, also for those that are not recorded: all fields are set in the constructor, each with a value of the kind
 * that it keeps, as V8 moves objects to another shape when that changes; and none is private to the class in JavaScript's own way,
 * which Node 20 sets at several times the cost.
 */
export class RecordedSpan implements Span, ParentIds {
  readonly scope: Scope;
  readonly kind: SpanKind;
  readonly parent: ParentIds | undefined;
  readonly trace0: number;
  readonly trace1: number;
  readonly trace2: number;
  readonly trace3: number;
  readonly span0: number;
  readonly span1: number;
  readonly traceState: string;
  readonly isSampled: boolean;
  readonly isRemote: boolean;
  readonly startMs: number;
  name: string;
  endMs: number;
  statusCode: SpanStatusCode;
  statusMessage: string;
  /** Keys and values in turn; undefined for none. */
  attributes: unknown[] | undefined;
  /** What it has in common with others from its start, and by how it ended; none of `attributes` is among them. */
  sharedAtStart: SharedAttributes | undefined;
  sharedAtEnd: SharedAttributes | undefined;
  extras: SpanExtras | undefined;
  private readonly sink: SpanSink;
  private isEnded: boolean;
  /** Whether anybody but the kit has set an attribute. */
  private isAdorned: boolean;
  private context: SpanContext | undefined;

  /** A span of a trace of its own when `ids` are those that were drawn for it, otherwise of its parent's trace. */
  constructor(start: SpanStart, ids: Pick<ParentIds, 'trace0' | 'trace1' | 'trace2' | 'trace3'>) {
    this.scope = start.scope;
    this.kind = start.kind;
    this.parent = start.parent;
    this.trace0 = ids.trace0;
    this.trace1 = ids.trace1;
    this.trace2 = ids.trace2;
    this.trace3 = ids.trace3;
    this.span0 = randomWord();
    // The lowest bit is set, so that an id is never all zeros.
    this.span1 = randomWord() | 1;
    this.traceState = start.traceState;
    this.isSampled = start.isSampled;
    this.isRemote = false;
    this.startMs = start.startMs;
    this.name = start.name;
    this.endMs = start.startMs;
    this.statusCode = SpanStatusCode.UNSET;
    this.statusMessage = '';
    this.attributes = undefined;
    this.sharedAtStart = undefined;
    this.sharedAtEnd = undefined;
    this.extras = undefined;
    this.sink = start.sink;
    this.isEnded = false;
    this.isAdorned = false;
    this.context = undefined;
  }

  get traceId(): string {
    return hexOf(this.trace0) + hexOf(this.trace1) + hexOf(this.trace2) + hexOf(this.trace3);
  }

  get spanId(): string {
    return hexOf(this.span0) + hexOf(this.span1);
  }

  spanContext(): SpanContext {
    this.context ??= {
      traceId: this.traceId,
      spanId: this.spanId,
      traceFlags: this.isSampled ? 1 : 0,
      ...(this.traceState !== '' && { traceState: createTraceState(this.traceState) }),
    };
    return this.context;
  }

  get limits(): SpanLimits {
    return this.sink.limits;
  }

  /** Whether all that is on it is the kit's, besides its name. */
  get isOfKit(): boolean {
    return !this.isAdorned && this.extras === undefined;
  }

  isRecording(): boolean {
    return (this.isSampled || this.sink.measuresAll === true) && !this.isEnded;
  }

  /** An attribute that was not set before, whatever the limits are: for those that the kit itself gives a new span. */
  add(key: string, value: unknown): void {
    if (this.attributes === undefined) this.attributes = [key, value];
    else this.attributes.push(key, value);
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.isRecording() || value === undefined || value === null || key === '') return this;
    this.isAdorned = true;
    if (this.sharedAtStart !== undefined && includesKey(this.sharedAtStart.list, key)) this.unshare();
    const attributes = (this.attributes ??= []);
    for (let i = 0; i < attributes.length; i += 2) {
      if (attributes[i] !== key) continue;
      attributes[i + 1] = value;
      return this;
    }
    if (attributes.length >= this.sink.limits.attributesMax * 2) this.others().droppedAttributes++;
    else attributes.push(key, value);
    return this;
  }

  /** What it has in common with all spans that ended like it; what the application has set goes before. For spans that end now. */
  shareAtEnd(shared: SharedAttributes): void {
    const { attributes } = this;
    if (!this.isAdorned || attributes === undefined) this.sharedAtEnd = shared;
    else this.addMissing(shared);
  }

  setAttributes(attributes: Attributes): this {
    // JavaScript calls this with anything.
    for (const [key, value] of Object.entries(attributes ?? {})) if (value !== undefined) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const isTime = isTimeInput(attributesOrTime);
    const at = isTime ? attributesOrTime : time;
    const attributes = isTime ? {} : (attributesOrTime ?? {});
    const extras = this.others();
    const { eventsMax } = this.sink.limits;
    if (extras.events.length >= eventsMax) {
      extras.droppedEvents++;
      // The newest say most of how a span ended.
      if (extras.events.shift() === undefined) return this;
    }
    extras.events.push({ name, timeMs: at === undefined ? nowMs() : toEpochMs(at), attributes });
    return this;
  }

  addLink(link: Link): this {
    if (!this.isRecording() || link?.context === undefined) return this;
    const extras = this.others();
    if (extras.links.length >= this.sink.limits.linksMax) extras.droppedLinks++;
    else extras.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links ?? []) this.addLink(link);
    return this;
  }

  /** Once OK, always OK (trace API, "Set Status"). */
  setStatus({ code, message }: SpanStatus): this {
    if (!this.isRecording() || code === SpanStatusCode.UNSET || this.statusCode === SpanStatusCode.OK) return this;
    this.statusCode = code;
    this.statusMessage = code === SpanStatusCode.ERROR && message !== undefined ? message : '';
    return this;
  }

  updateName(name: string): this {
    if (!this.isEnded) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent('exception', exceptionAttributes(exception), time);
  }

  end(time?: TimeInput): void {
    if (this.isEnded) return;
    this.endMs = Math.max(this.startMs, time === undefined ? nowMs() : toEpochMs(time));
    this.isEnded = true;
    this.sink.spanEnded(this);
  }

  /** One of the attributes that it had in common with others is about to be its own. */
  private unshare(): void {
    const shared = this.sharedAtStart;
    this.sharedAtStart = undefined;
    if (shared !== undefined) this.addMissing(shared);
  }

  private addMissing({ list }: SharedAttributes): void {
    for (let i = 0; i < list.length; i += 2) {
      const key = list[i] as string;
      if (!includesKey(this.attributes ?? [], key)) this.add(key, list[i + 1]);
    }
  }

  private others(): SpanExtras {
    this.extras ??= { events: [], links: [], droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0 };
    return this.extras;
  }
}

/** `list` has keys and values in turn. */
function includesKey(list: readonly unknown[], key: string): boolean {
  for (let i = 0; i < list.length; i += 2) if (list[i] === key) return true;
  return false;
}

/**
 * Whatever was thrown, under the names of the semantic conventions. A code says more than a name: `ECONNREFUSED`, `23502`. The message
 * of a cause stands below the stack, as Node prints it.
 */
export function exceptionAttributes(exception: unknown): Attributes {
  if (typeof exception !== 'object' || exception === null) {
    return {
      'exception.type': typeof exception === 'string' ? 'Error' : typeof exception,
      'exception.message': String(exception),
    };
  }
  const { code, name, message, stack, cause } = exception as Readonly<Record<string, unknown>>;
  const type = typeof code === 'string' || typeof code === 'number' ? String(code) : name;
  const lines = [stack, ...(cause instanceof Error ? [`caused by ${cause.stack ?? cause.message}`] : [])];
  return {
    ...(typeof type === 'string' && { 'exception.type': type }),
    ...(typeof message === 'string' && { 'exception.message': message }),
    ...(typeof stack === 'string' && { 'exception.stacktrace': lines.join('\n') }),
  };
}

function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  if (typeof value === 'number' || value instanceof Date) return true;
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'number';
}

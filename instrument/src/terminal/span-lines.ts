/**
 * Spans as lines, each trace a tree. Spans end before their parents, so those of a trace wait until the one has ended that began it in
 * this process; for so long at most, as it may never end.
 */
import type { SpanMessage } from './message.ts';
import { attributeOf, attributesText, durationText, linesOf, margin, oneLine, shortId, timeText } from './text.ts';
import type { Colors } from './text.ts';

const waitMs = 2000;
/** Spans that wait, of all traces together; more are shown as they are. */
const waitingMax = 1000;

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** What says little beside name, status and the rest. */
const dull =
  /^(network\.|client\.|thread\.|user_agent\.original$|url\.scheme$|server\.port$|http\.request\.method|rpc\.system|error\.type$)/;
/** How a request ended, as a number or name. */
const codes = ['http.response.status_code', 'rpc.response.status_code'];

interface Waiting {
  readonly spans: SpanMessage[];
  readonly timer: NodeJS.Timeout;
}

/** Gives traces to `show` as lines. */
export class SpanLines {
  readonly #waiting = new Map<string, Waiting>();
  readonly #colors: Colors;
  readonly #show: (lines: readonly string[]) => void;
  #count = 0;

  constructor(colors: Colors, show: (lines: readonly string[]) => void) {
    this.#colors = colors;
    this.#show = show;
  }

  add(span: SpanMessage): void {
    const { traceId } = span;
    const known = this.#waiting.get(traceId);
    const waiting = known ?? { spans: [], timer: setTimeout(() => this.#showTrace(traceId), waitMs).unref() };
    if (known === undefined) this.#waiting.set(traceId, waiting);
    waiting.spans.push(span);
    this.#count++;
    if (isFirstHere(span)) this.#showUnder(span, waiting);
    const [oldest] = this.#waiting.keys();
    if (this.#count > waitingMax && oldest !== undefined) this.#showTrace(oldest);
  }

  /** Shows all that waits. */
  showAll(): void {
    for (const traceId of this.#waiting.keys()) this.#showTrace(traceId);
  }

  /** Shows a span with all that is below it; others of its trace go on waiting. */
  #showUnder(first: SpanMessage, waiting: Waiting): void {
    const shown = new Set<SpanMessage>();
    this.#show(this.#treeLines(first, 0, childrenIn(waiting.spans), shown));
    this.#count -= shown.size;
    const rest = waiting.spans.filter((span) => !shown.has(span));
    waiting.spans.splice(0, waiting.spans.length, ...rest);
    if (rest.length === 0) this.#forget(first.traceId, waiting);
  }

  #showTrace(traceId: string): void {
    const waiting = this.#waiting.get(traceId);
    if (waiting === undefined) return;
    this.#forget(traceId, waiting);
    this.#count -= waiting.spans.length;
    const ids = new Set(waiting.spans.map(({ spanId }) => spanId));
    const children = childrenIn(waiting.spans);
    const shown = new Set<SpanMessage>();
    const tops = waiting.spans.filter(({ parentSpanId = '' }) => !ids.has(parentSpanId));
    this.#show(byStart(tops).flatMap((span) => this.#treeLines(span, 1, children, shown)));
  }

  #forget(traceId: string, { timer }: Waiting): void {
    clearTimeout(timer);
    this.#waiting.delete(traceId);
  }

  #treeLines(
    span: SpanMessage,
    depth: number,
    children: ReadonlyMap<string, readonly SpanMessage[]>,
    shown: Set<SpanMessage>,
  ): string[] {
    // Whoever makes ids of spans by hand may make circles of them.
    if (shown.has(span)) return [];
    shown.add(span);
    const below = byStart(children.get(span.spanId) ?? []);
    return [...this.#spanLines(span, depth), ...below.flatMap((child) => this.#treeLines(child, depth + 1, children, shown))];
  }

  #spanLines(span: SpanMessage, depth: number): string[] {
    const { dim, bold, red, cyan } = this.#colors;
    const { traceId, name = '', kind = 0, startTimeUnixNano: start, endTimeUnixNano: end, attributes = [], events = [] } = span;
    const indent = '  '.repeat(depth);
    const ms = Number(BigInt(end) - BigInt(start)) / 1e6;
    const parts = [
      dim(`${timeText(start)} ${shortId(traceId)}`),
      `${indent}${cyan(kinds[kind] ?? '')} ${bold(oneLine(name))}`,
      durationText(ms),
      statusText(span, red),
      dim(attributesText(attributes.filter(({ key }) => !dull.test(key) && !codes.includes(key)))),
    ];
    const eventLines = events.flatMap(({ name: event = '', attributes: details }) => {
      const stack = attributeOf(details, 'exception.stacktrace');
      if (stack !== undefined) return linesOf(stack).map((line) => margin + indent + red(line));
      return [margin + indent + dim(`· ${oneLine(event)} ${attributesText(details)}`.trimEnd())];
    });
    return [parts.filter((part) => part !== '').join('  '), ...eventLines];
  }
}

/** `200`, `ok`, `503 error`, `error: no such beast`. */
function statusText({ status, attributes = [] }: SpanMessage, red: (text: string) => string): string {
  const code = codes.map((key) => attributeOf(attributes, key)).find((text) => text !== undefined);
  if (status?.code !== 2) return oneLine(code ?? (status?.code === 1 ? 'ok' : ''));
  const { message = attributeOf(attributes, 'error.type') ?? '' } = status;
  const reason = message === '' || message === code ? '' : `: ${message}`;
  return red(oneLine(`${code === undefined ? '' : `${code} `}error${reason}`, 200));
}

/** Without a parent, or with one in another process (SpanFlags: the parent is known to be remote). */
function isFirstHere({ parentSpanId, flags = 0 }: SpanMessage): boolean {
  return parentSpanId === undefined || (flags & 0x200) !== 0;
}

function childrenIn(spans: readonly SpanMessage[]): Map<string, SpanMessage[]> {
  const children = new Map<string, SpanMessage[]>();
  for (const span of spans) {
    const { parentSpanId } = span;
    if (parentSpanId === undefined) continue;
    const siblings = children.get(parentSpanId);
    if (siblings === undefined) children.set(parentSpanId, [span]);
    else siblings.push(span);
  }
  return children;
}

/** Times of one clock have as many digits. */
function byStart(spans: readonly SpanMessage[]): SpanMessage[] {
  return spans.toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
}

/** The trace that a request belongs to, from its headers. W3C's own header is read here, all other formats by OpenTelemetry's propagators. */
import { ROOT_CONTEXT, propagation } from '@opentelemetry/api';
import type { Context, TextMapPropagator } from '@opentelemetry/api';
import { wordAt } from './ids.ts';
import type { ParentIds } from './span.ts';
import { parentIn } from './tracer.ts';

export interface Incoming {
  readonly parent: ParentIds | undefined;
  /** With baggage, if any came. */
  readonly context: Context;
}

/** How traces are found: `w3c` when nothing else than traceparent and baggage is to be read. */
export type Extract = 'w3c' | TextMapPropagator;

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const nothing: Incoming = { parent: undefined, context: ROOT_CONTEXT };

export function extractFrom(extract: Extract, headers: Headers): Incoming {
  if (extract === 'w3c' && headers['baggage'] === undefined) {
    const text = headers['traceparent'];
    if (text === undefined) return nothing;
    const parent = typeof text === 'string' ? readTraceparent(text, headers['tracestate']) : undefined;
    return parent === undefined ? nothing : { parent, context: ROOT_CONTEXT };
  }
  const context = extract === 'w3c' ? propagation.extract(ROOT_CONTEXT, headers) : extract.extract(ROOT_CONTEXT, headers, getter);
  return { parent: parentIn(context), context };
}

const getter = {
  keys: (headers: Headers) => Object.keys(headers),
  get: (headers: Headers, key: string) => headers[key.toLowerCase()],
};

const versionLength = 3;
const lengthMin = 55;

/**
 * `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context, section 3.2): lower case; versions above 00 may have more behind it; ff and ids of
 * zeros are invalid. Tracestate counts only beside a valid one, at most 32 members of it.
 */
export function readTraceparent(text: string, tracestate: string | string[] | undefined): ParentIds | undefined {
  if (text.length < lengthMin || text[2] !== '-' || text[35] !== '-' || text[52] !== '-') return undefined;
  const isFirst = text.startsWith('00');
  if (isFirst ? text.length !== lengthMin : text.startsWith('ff') || (text.length > lengthMin && text[lengthMin] !== '-')) {
    return undefined;
  }
  if (!/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/.test(text)) return undefined;
  const at = versionLength;
  const trace0 = wordAt(text, at) ?? 0;
  const trace1 = wordAt(text, at + 8) ?? 0;
  const trace2 = wordAt(text, at + 16) ?? 0;
  const trace3 = wordAt(text, at + 24) ?? 0;
  const span0 = wordAt(text, 36) ?? 0;
  const span1 = wordAt(text, 44) ?? 0;
  if ((trace0 | trace1 | trace2 | trace3) === 0 || (span0 | span1) === 0) return undefined;
  const isSampled = (Number.parseInt(text.slice(53, lengthMin), 16) & 1) === 1;
  const traceState = stateOf(Array.isArray(tracestate) ? tracestate.join(',') : (tracestate ?? ''));
  return { trace0, trace1, trace2, trace3, span0, span1, traceState, isSampled, isRemote: true };
}

const membersMax = 32;

function stateOf(text: string): string {
  if (text === '') return '';
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  return members.length > membersMax ? '' : members.join(',');
}

/** What is done with an answer that nobody gets, and what an answer or error says of when to ask again. */
import { statusOf } from './judge.ts';

interface Body {
  readonly cancel?: () => Promise<unknown>;
  readonly dump?: () => Promise<unknown>;
}

/**
 * Ends the body of an HTTP answer that is dropped, or of the one behind an error, as its connection would stay taken until the garbage
 * collector finds it: those of fetch, undici and node:http. Anything else is left alone.
 */
export function discardAnswer(dropped: unknown): void {
  try {
    const answer = statusOf(dropped) === undefined ? (dropped as { response?: unknown } | null | undefined)?.response : dropped;
    if (statusOf(answer) === undefined) return;
    const { body, resume } = answer as { readonly body?: Body | null; readonly resume?: () => void };
    if (typeof body?.cancel === 'function') body.cancel().catch(ignore);
    else if (typeof body?.dump === 'function') body.dump().catch(ignore);
    else if (typeof resume === 'function') resume.call(answer);
  } catch {
    // A body that is read already, or in use by who judged it, needs no ending.
  }
}

function ignore(): void {}

/**
 * For how long the peer asks to wait: `Retry-After` of an HTTP answer, or of the answer behind an error (RFC 9110, 10.2.3: seconds or
 * a date), or gRPC's `grpc-retry-pushback-ms` (gRFC A6: a negative one says never). Undefined when it does not say.
 */
export function retryAfterMs(ended: unknown, nowMs: number = Date.now()): number | undefined {
  const { headers, response, metadata } = (ended ?? {}) as Readonly<Record<string, unknown>>;
  const pushback = valueOf(metadata, 'grpc-retry-pushback-ms');
  if (pushback !== undefined) return /^\d+$/.test(pushback) ? Number(pushback) : Infinity;
  const behind = (response as { readonly headers?: unknown } | null | undefined)?.headers;
  const after = valueOf(headers, 'retry-after') ?? valueOf(behind, 'retry-after');
  if (after === undefined) return undefined;
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const dateMs = Date.parse(after);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/** Of Headers, of a plain object as node:http has it, or of gRPC's Metadata, which gives lists. */
function valueOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { get } = headers as { readonly get?: unknown };
  const found: unknown =
    typeof get === 'function' ? get.call(headers, name) : (headers as Readonly<Record<string, unknown>>)[name];
  const value: unknown = Array.isArray(found) ? found[0] : found;
  return typeof value === 'string' ? value.trim() : undefined;
}

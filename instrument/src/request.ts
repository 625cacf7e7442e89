/** The request that is being answered, for code within it. */
import { activeContext } from './trace/context.ts';
import type { Caller } from './trace/context.ts';
import { callerAttributes, requestIdOf, requestMetadataOf } from './trace/request.ts';

/**
 * The id of the request: the one that it came with (`x-request-id`), or that of its trace when it came without. Requests that are made
 * meanwhile carry it. Outside of requests that of the active trace; undefined where there is none.
 */
export function requestId(): string | undefined {
  return requestIdOf(activeContext());
}

/** Says who asks: on the request's span, and on its log records from here on. Does nothing outside of requests. */
export function identify(caller: Caller): void {
  const request = requestMetadataOf(activeContext());
  if (request === undefined) return;
  request.caller = caller;
  request.span.setAttributes(callerAttributes(caller));
}

/** Who asks, as `identify` or the check of `authenticate` has said. */
export function caller(): Caller | undefined {
  return requestMetadataOf(activeContext())?.caller;
}

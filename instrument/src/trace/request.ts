/** What telemetry says of a request that is being answered: the id it is known by, and who asks. */
import { trace } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import { RequestContext } from './context.ts';
import type { Caller, RequestMetadata } from './context.ts';

/** The header under which a request is known across services: the one that Envoy, nginx and most gateways set. */
export const requestIdHeader = 'x-request-id';

/** What cannot be an id is not passed on: it would be in the headers and logs of everyone behind. */
const requestIdForm = /^[\x21-\x7e]{1,128}$/;

/** The id that came with a request; undefined when none did, or none that can be one (1 to 128 visible ASCII characters). */
export function readRequestId(header: unknown): string | undefined {
  return typeof header === 'string' && requestIdForm.test(header) ? header : undefined;
}

export function requestMetadataOf(context: Context): RequestMetadata | undefined {
  // The way that most take, in one step.
  if (context instanceof RequestContext) return context.metadata;
  return getRPCMetadata(context) as RequestMetadata | undefined;
}

/** The id that a request came with, or that of its trace; outside of requests that of the active trace, if there is one. */
export function requestIdOf(context: Context): string | undefined {
  const request = requestMetadataOf(context);
  if (request !== undefined) return request.requestId ?? request.span.traceId;
  return trace.getSpanContext(context)?.traceId;
}

export function callerAttributes({ id, name, roles }: Caller): Attributes {
  return {
    'user.id': id,
    ...(name !== undefined && { 'user.name': name }),
    ...(roles !== undefined && { 'user.roles': [...roles] }),
  };
}

/** What log records say of the request that they were made within. */
export function requestAttributes(context: Context): Attributes | undefined {
  const request = requestMetadataOf(context);
  if (request === undefined) return undefined;
  const { caller, requestId } = request;
  if (caller === undefined && requestId === undefined) return undefined;
  return {
    ...(requestId !== undefined && { 'request.id': requestId }),
    ...(caller !== undefined && callerAttributes(caller)),
  };
}

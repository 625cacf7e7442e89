/**
 * What keeps health out of traces. Probes come every few seconds and are all alike: nobody wants to find them between the requests
 * of people. By OpenTelemetry's API alone, so that it holds whenever the kit starts, and with another SDK as well.
 */
import { ROOT_CONTEXT, context } from '@opentelemetry/api';
import { getRPCMetadata, suppressTracing } from '@opentelemetry/core';
import type { RequestMetadata } from '../trace/context.ts';

const untracedContext = suppressTracing(ROOT_CONTEXT);

/** Runs a check: neither spans nor metrics of requests that it makes, and not within the trace of who happened to ask. */
export function runUntraced<T>(run: () => T): T {
  return context.with(untracedContext, run);
}

/** The request that is being answered leaves neither span nor metrics nor log line: called by its handler. */
export function leaveNoTrace(): void {
  const request = getRPCMetadata(context.active()) as RequestMetadata | undefined;
  if (request !== undefined) request.leavesNoTrace = true;
}

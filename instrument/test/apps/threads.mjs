// A span in the main thread, and one in another.
import { Worker, isMainThread } from 'node:worker_threads';
import { trace } from '@opentelemetry/api';

trace
  .getTracer('threads')
  .startSpan(isMainThread ? 'main' : 'other')
  .end();
export const other = isMainThread ? new Worker(new URL(import.meta.url)) : undefined;

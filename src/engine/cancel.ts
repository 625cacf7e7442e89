/** Cancels of reads: what a client that went away waits for must end in the engine too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SondeError } from '../base/errors.ts';

export function cancelledError(): SondeError {
  return new SondeError('query_cancelled', 'The query was cancelled.');
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledError();
}

/** The statement that ends the running queries of a name (statement.ts gives each read one). */
export function killStatement(name: string, onCluster: string): string {
  return `KILL QUERY${onCluster} WHERE Settings['log_comment'] = '${name}' ASYNC`;
}

const againMs = 20;

/**
 * Runs `kill` when the signal aborts. A query that was just sent is not among the running ones yet, so it is repeated until the
 * query has ended: until the function that is given back is called.
 */
export function killOnAbort(signal: AbortSignal | undefined, kill: () => Promise<unknown>): () => void {
  if (signal === undefined) return () => {};
  const ended = new AbortController();
  const repeat = async (): Promise<void> => {
    for (; !ended.signal.aborted; await sleep(againMs)) await kill();
  };
  // What fails to be killed ends by its time limit.
  const onAbort = (): void => void repeat().catch(() => {});
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    ended.abort();
    signal.removeEventListener('abort', onAbort);
  };
}

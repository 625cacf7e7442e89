/**
 * The parts of the npm package chdb that Sonde uses, typed. A data directory can be open once per process, by any number of
 * sessions; calls on one session run one after the other, on libuv's threads.
 */
import chdb, { Session as ChdbSession } from 'chdb';
import { assert } from '../base/assert.ts';
import type { ArrowColumn } from './arrow.ts';

/** One connection to the engine in this process. */
export interface Session {
  readonly connection: unknown;
  queryAsync(query: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
  /** One statement; leaving the loop ends it in the engine. */
  queryStream(query: string, options: { readonly format: string }): AsyncIterable<{ raw(): Uint8Array }>;
  close(): void;
}

interface ArrowRegistry {
  readonly _arrowRegisterColumns: (connection: unknown, name: string, columns: readonly ArrowColumn[]) => void;
  readonly _arrowUnregister: (connection: unknown, name: string) => void;
}

// Not in the package's types: its own `registerArrowTable` is a layer over them that encodes JavaScript strings, while our
// columns are encoded already.
const { _arrowRegisterColumns: lend, _arrowUnregister: takeBack } = chdb as unknown as ArrowRegistry;

/** Opens a session; `engineArguments` count for the first one of a process. */
export function openSession(path: string, engineArguments: readonly string[]): Session {
  const session: unknown = new ChdbSession(path, { connectionArgs: [...engineArguments] });
  assert(isSession(session), 'chdb has sessions with a connection');
  assert(typeof lend === 'function' && typeof takeBack === 'function', 'chdb registers Arrow columns');
  return session;
}

/**
 * Runs a statement. A session holds on to what failed on it, memory and its place among the running queries, until its next
 * statement: so one that does nothing follows.
 */
export async function run(session: Session, text: string, format = 'Null'): Promise<Uint8Array> {
  try {
    return (await session.queryAsync(text, { format })).bytes();
  } catch (thrown) {
    await letGo(session);
    throw thrown;
  }
}

/** Makes a session let go of a statement that failed. */
export async function letGo(session: Session): Promise<void> {
  await session.queryAsync('SELECT 1', { format: 'Null' });
}

/**
 * Lends columns to the engine under a name, for `arrowstream('name')` in a statement of the same session, while `use` runs.
 * Their buffers must not change meanwhile.
 */
export async function lendColumns<T>(
  session: Session,
  name: string,
  columns: readonly ArrowColumn[],
  use: () => Promise<T>,
): Promise<T> {
  lend(session.connection, name, columns);
  try {
    return await use();
  } finally {
    takeBack(session.connection, name);
  }
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === 'object' && value !== null && 'connection' in value && value.connection !== null && 'queryAsync' in value
  );
}

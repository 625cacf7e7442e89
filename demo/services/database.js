// @ts-check
/**
 * The database: PostgreSQL itself (PGlite: compiled to WebAssembly, in memory), behind its own protocol on a TCP port.
 *
 * PGlite is one session, the connections take turns on it: one exchange at a time, and a connection inside a transaction keeps
 * its turn until the transaction ends. So the clients share what belongs to a session, such as named prepared statements;
 * `pg` uses the unnamed one, which lives for one exchange.
 */
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { ready, setting } from './child.js';
import { schema } from './beasts.js';
import { createRequestReader } from './wire.js';

/** There is no autovacuum and no checkpointer in a single session; they keep memory from growing. */
const tidyEveryMs = Number(setting('DEMO_TIDY_MS', '60000'));

const db = await PGlite.create({
  postgresqlconf: ['shared_buffers = 4MB', 'min_wal_size = 32MB', 'max_wal_size = 32MB'],
});
await db.exec(schema);
// Making the database leaves 300 MB of garbage behind, which V8 would keep for long: start.js runs this with --expose-gc.
globalThis.gc?.();

const takeTurn = createTurns();
const server = createServer((socket) => serve(socket));
const tidying = setInterval(() => void tidy(), tidyEveryMs);

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  ready({ address: `127.0.0.1:${port}`, stop });
});

/** A lock: the promise gives the function that frees it. */
function createTurns() {
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  return async () => {
    /** @type {() => void} */
    let free = () => {};
    const mine = new Promise((/** @type {(value: void) => void} */ resolve) => (free = resolve));
    const before = last;
    last = mine;
    await before;
    return free;
  };
}

/** @param {import('node:net').Socket} socket */
function serve(socket) {
  const read = createRequestReader();
  /** @type {(() => void) | undefined} Frees the turn; there is one from the first exchange of a transaction to its last. */
  let free;
  /** @type {Promise<unknown>} */
  let work = Promise.resolve();

  /** @param {Uint8Array} bytes */
  const exchange = async (bytes) => {
    free ??= await takeTurn();
    const answer = await db.execProtocolRaw(bytes);
    if (socket.writable) socket.write(answer);
    if (!db.isInTransaction()) endTurn();
  };
  const endTurn = () => {
    free?.();
    free = undefined;
  };
  const leave = async () => {
    if (free !== undefined) await db.exec('ROLLBACK');
    endTurn();
  };

  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => (work = work.then(leave)));
  socket.on('data', (chunk) => {
    try {
      for (const request of read(chunk)) {
        if (request.kind === 'exchange') work = work.then(() => exchange(request.bytes));
        else if (request.kind === 'encryption') socket.write('N');
        else socket.end();
      }
    } catch (error) {
      socket.destroy(/** @type {Error} */ (error));
    }
  });
}

async function tidy() {
  const free = await takeTurn();
  // One after the other: statements that are sent together are one transaction, which VACUUM refuses.
  await db.exec('VACUUM');
  await db.exec('CHECKPOINT');
  free();
}

async function stop() {
  clearInterval(tidying);
  server.close();
  const free = await takeTurn();
  await db.close();
  free();
}

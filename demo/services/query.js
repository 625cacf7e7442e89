// @ts-check
/**
 * Runs statements over a pool of connections. `pool.query` would do, but when it has to wait for a connection, it goes on in the
 * context of whoever gave one back, and the span of the query ends up in that one's trace.
 */

/**
 * @param {import('pg').Pool} pool
 * @returns {(text: string, values: unknown[]) => Promise<import('pg').QueryResult>}
 */
export function createQuery(pool) {
  return async (text, values) => {
    const client = await pool.connect();
    try {
      return await client.query(text, values);
    } finally {
      client.release();
    }
  };
}

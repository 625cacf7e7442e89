// @ts-check
/** The beasts that the services keep, and the tables they are kept in. */

export const beasts = /** @type {const} */ (['unicorn', 'manticore', 'illithid', 'owlbear', 'beholder']);

/** @typedef {typeof beasts[number]} Beast */

/**
 * @param {string | undefined} name
 * @returns {name is Beast}
 */
export function isBeast(name) {
  return beasts.some((beast) => beast === name);
}

/** The queue from the server to the recorder: a table whose rows are claimed with FOR UPDATE SKIP LOCKED. */
export const queue = 'beast_events';

/** A table for each beast, the queue, and what the recorder has counted. */
export const schema = [
  ...beasts.map((beast) => `CREATE TABLE ${beast} (id SERIAL PRIMARY KEY, name VARCHAR(50) UNIQUE NOT NULL)`),
  `CREATE TABLE ${queue} (id BIGSERIAL PRIMARY KEY, beast TEXT NOT NULL, name TEXT NOT NULL, headers JSONB NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL DEFAULT now())`,
  'CREATE TABLE recordings (beast TEXT PRIMARY KEY, total BIGINT NOT NULL)',
].join(';\n');

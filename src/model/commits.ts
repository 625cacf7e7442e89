/**
 * The journal of group commits. Before the rows of a commit are stored, its intent is written here; what else happens to
 * commits is written after. What the rows mean and who reads them: engine/journal.ts and engine/recovery.ts. The journal
 * belongs to no tenant, so reads with a scope see nothing of it.
 *
 * Rows may lie in a file that an earlier version left (engine/spool.ts): whoever changes the columns has to take those up as well.
 */
import { defineTable } from './table.ts';

/**
 * `commits.state`: `intent` announces a commit; `takenBack` says that none of its rows are left; `settled` announces nothing,
 * it only carries the column `settled` on (after a recovery, and at an orderly end).
 */
export const commitState = { intent: 0, takenBack: 1, settled: 2 } as const;

export const commits = defineTable({
  name: 'commits',
  doc: 'The journal of group commits of the last days.',
  keeps: 'rows',
  orderBy: ['writer', 'number'],
  time: 'at',
  retention: 'week',
  columns: {
    writer: { kind: 'string', type: 'LowCardinality(String)', doc: 'The process that wrote it, as its `writer` option says.' },
    number: { kind: 'u64', doc: 'The number of the commit, in the column `batch` of its rows.' },
    at: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'When this row was written.' },
    state: { kind: 'u8', doc: 'One of `commitState`.' },
    settled: {
      kind: 'u64',
      doc: 'Every commit of the writer up to this number was stored or taken back when the row was written.',
    },
    tables: { kind: 'string', doc: 'Rows per table that carries commit numbers: `spans=12 logs=3`.' },
    fingerprints: { kind: 'string', doc: 'The fingerprints of its requests, 16 bytes each, one after another.' },
    first_day: { kind: 'u16', type: 'Date', doc: 'The first UTC day that its rows belong to, in days since 1970-01-01.' },
    last_day: { kind: 'u16', type: 'Date', doc: 'The last one.' },
  },
});

/**
 * An engine that stores nothing, for tests of timing and of failure alone: each insert waits until the test lets it go, or
 * fails as the test says. It also holds the committer to its side: a batch does not change while it is inserted.
 */
import { createHash } from 'node:crypto';
import { wireBatch } from '../../src/engine/encoding.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { toStatement } from '../../src/engine/sql.ts';
import { LongColumn } from '../../src/model/columns.ts';
import type { Batch } from '../../src/model/batch.ts';

export interface FakeInsert {
  readonly table: string;
  readonly token: string;
  readonly rows: number;
  readonly batch: Batch;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

export interface FakeEngine {
  readonly engine: Engine;
  /** Inserts that run now. */
  readonly running: FakeInsert[];
  /** `table rows` of each insert that succeeded, in order. */
  readonly stored: string[];
  /** Tokens of all attempts. */
  readonly tokens: string[];
  readonly commands: string[];
  /** What to do with an insert as soon as it begins; it waits when this leaves it alone. */
  onInsert: (insert: FakeInsert) => void;
  /** What a command does. */
  onCommand: (text: string) => void;
  /** Answers of reads without a scope: rows per commit as they were stored, unless a test says otherwise. */
  onRead: (text: string) => object[];
}

/** Rows by table and commit number. */
type Counts = Map<string, number>;

export function createFakeEngine(): FakeEngine {
  const counts: Counts = new Map();
  const fake: FakeEngine = {
    running: [],
    stored: [],
    tokens: [],
    commands: [],
    onInsert: (insert) => insert.succeed(),
    onCommand: () => undefined,
    onRead: (text) => countsPerCommit(counts, text),
    engine: {
      kind: 'embedded',
      dialect: { onCluster: '', cluster: undefined },
      features: { gridFunctions: false },
      insert: (batch, token) => runInsert(fake, counts, batch, token),
      rows: () => Promise.reject(new Error('the committer reads nothing with a scope')),
      columns: () => Promise.reject(new Error('the committer reads nothing with a scope')),
      blocks: () => Promise.reject(new Error('the committer reads nothing with a scope')),
      stream: () => {
        throw new Error('the committer reads nothing with a scope');
      },
      command: async (statement) => {
        const { text } = toStatement(statement);
        fake.commands.push(text);
        fake.onCommand(text);
      },
      adminRows: async <R extends object>(query: Parameters<Engine['adminRows']>[0]) =>
        fake.onRead(toStatement(query).text) as R[],
      close: () => Promise.resolve(),
    },
  };
  return fake;
}

async function runInsert(fake: FakeEngine, counts: Counts, batch: Batch, token: string): Promise<void> {
  const before = digest(batch);
  const { rows } = wireBatch(batch);
  fake.tokens.push(token);
  const failure = await new Promise<Error | undefined>((resolve) => {
    const insert = { table: batch.table.name, token, rows, batch, succeed: () => resolve(undefined), fail: resolve };
    fake.running.push(insert);
    fake.onInsert(insert);
  });
  const place = fake.running.findIndex((insert) => insert.token === token);
  fake.running.splice(place, 1);
  if (digest(batch) !== before) throw new Error(`the batch of ${token} changed while it was inserted`);
  if (failure !== undefined) throw failure;
  fake.stored.push(`${batch.table.name} ${rows}`);
  const numbers = batch.columns['batch'];
  if (!(numbers instanceof LongColumn)) return;
  const number = BigInt(numbers.halves[0]!) + (BigInt(numbers.halves[1]!) << 32n);
  counts.set(`${batch.table.name} ${number}`, rows);
}

/** The answer to recovery's question which rows of some commits are there. */
function countsPerCommit(counts: Counts, text: string): object[] {
  const [, table, numbers = ''] = /FROM (\w+) WHERE batch IN \(([\d, ]+)\)/.exec(text) ?? [];
  return numbers.split(', ').flatMap((number) => {
    const n = counts.get(`${table} ${number}`);
    return n === undefined ? [] : [{ number, day: '2024-10-04', n: String(n) }];
  });
}

function digest(batch: Batch): string {
  const hash = createHash('sha1');
  for (const column of wireBatch(batch).columns) hash.update(column.bytes);
  return hash.digest('hex');
}

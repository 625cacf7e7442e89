import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faultsOf, toSubmission } from '../../test/commit/load.ts';
import type { LoadRequest } from '../../test/commit/load.ts';
import { openCommitter } from '../../test/commit/store.ts';
import { embeddedStore, remoteStore } from '../../test/engine/store.ts';
import type { Store } from '../../test/engine/store.ts';
import { appendRow } from '../../test/commit/rows.ts';
import { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import { createBatch } from '../model/batch.ts';
import type { Batch } from '../model/batch.ts';
import { rollups } from '../model/rollups.ts';
import { tables } from '../model/signals.ts';
import { spans } from '../model/spans.ts';
import type { Committer } from './commit.ts';
import type { Engine } from './engine.ts';
import { raw, toStatement } from './sql.ts';

/** For what takes longer on a busy machine. */
const patient = { timeout: 30_000 };

let engine: Engine;
let sequence = 0;
let acknowledged: LoadRequest[];

function request(signal: LoadRequest['signal'] = 'traces', rows = 200): LoadRequest {
  return { signal, client: 1, sequence: ++sequence, rows, atMs: Date.now() };
}

async function store(committer: Committer, ...requests: LoadRequest[]): Promise<void> {
  await Promise.all(requests.map((one) => committer.submit(toSubmission(one))));
  acknowledged.push(...requests);
}

/** The engine as a process sees it that dies: from the moment `dies` says so, no statement of it arrives any more. */
function dying(dies: (what: string) => boolean): { readonly engine: Engine; readonly death: Promise<void> } {
  const never = new Promise<never>(() => undefined);
  const running = new Set<Promise<unknown>>();
  let isDead = false;
  let onDeath = (): void => undefined;
  const death = new Promise<void>((resolve) => (onDeath = resolve)).then(() => Promise.allSettled(running)).then(() => undefined);
  const unlessDead = <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (!isDead && dies(what)) {
      isDead = true;
      onDeath();
    }
    if (isDead) return never;
    const result = work();
    running.add(result);
    return result;
  };
  const mortal: Engine = {
    kind: engine.kind,
    dialect: engine.dialect,
    features: engine.features,
    insert: (batch, token) => unlessDead(batch.table.name, () => engine.insert(batch, token)),
    command: (statement) => unlessDead(toStatement(statement).text, () => engine.command(statement)),
    adminRows: (query) => engine.adminRows(query),
    rows: (scope, query) => engine.rows(scope, query),
    columns: (scope, query) => engine.columns(scope, query),
    blocks: (scope, query) => engine.blocks(scope, query),
    stream: (scope, query) => engine.stream(scope, query),
    close: () => engine.close(),
  };
  return { engine: mortal, death };
}

/** Sends requests to a process that dies before the insert into `table`. */
async function dieAt(table: string, ...requests: LoadRequest[]): Promise<void> {
  let isOpen = false;
  const process = dying((what) => isOpen && what === table);
  const committer = await openCommitter(process.engine);
  isOpen = true;
  for (const one of requests) committer.submit(toSubmission(one)).catch(() => 'nobody is left to hear it');
  await process.death;
}

/** A row with the number of the commit that a batch belongs to. */
function oneSpanOf(batch: Batch): Batch {
  const one = createBatch(spans);
  const [numberLow = 0, numberHigh = 0] = (batch as typeof one).columns.batch.halves;
  const open = { numberLow, numberHigh, batch: () => one as never, isNew: () => true, isStored: () => false };
  appendRow(open, spans, { tenant: 'default', start_time: BigInt(Date.now()) * 1_000_000n });
  return one;
}

describe.each([
  ['embedded', embeddedStore],
  ['remote', remoteStore],
] as const)('on the %s engine', (_, makeStore) => {
  let place: Store;

  beforeAll(async () => {
    place = await makeStore();
    engine = await place.open();
  });

  afterAll(async () => {
    await engine.close();
    await place.remove();
  });

  beforeEach(async () => {
    acknowledged = [];
    for (const { name } of [...tables, ...rollups, { name: 'commits' }]) await engine.command(raw(`TRUNCATE TABLE ${name}`));
  });

  describe('a start after a kill', () => {
    it('finds all that was acknowledged, and nothing to do after an orderly end', async () => {
      const committer = await openCommitter(engine);
      await store(committer, request(), request('logs'), request('metrics'));
      await committer.close();
      const commands: string[] = [];
      const counters = new Counters();
      const watching = dying((what) => commands.push(what) < 0);
      const again = await openCommitter(watching.engine, {}, counters);
      expect(commands).toEqual([]);
      expect(counters.value('sonde_recovery_commits_checked_total')).toBe(0);
      await again.close();
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });

    it.each(['span_events', 'spans', 'logs', 'samples', 'commits'])(
      'takes back a commit that lacks its rows of %s',
      async (table) => {
        const first = await openCommitter(engine);
        await store(first, request(), request('logs'), request('metrics'));
        const torn = [request(), request('logs'), request('metrics')];
        await dieAt(table, ...torn);
        const counters = new Counters();
        const committer = await openCommitter(engine, {}, counters);
        expect(counters.value('sonde_recovery_commits_taken_back_total')).toBe(table === 'commits' ? 0 : 1);
        expect(await faultsOf(engine, acknowledged)).toEqual([]);
        // Its requests come again and are stored now.
        await store(committer, ...torn);
        await committer.close();
        expect(await faultsOf(engine, acknowledged)).toEqual([]);
      },
    );

    it('keeps a commit that has all its rows, answers its requests, and completes its rollups', async () => {
      const first = await openCommitter(engine);
      const requests = [request(), request('logs')];
      await store(first, ...requests);
      // As if the views had not come to their part; nothing says that the commit is settled.
      for (const { name } of rollups) await engine.command(raw(`TRUNCATE TABLE ${name}`));
      expect(await faultsOf(engine, acknowledged)).not.toEqual([]);
      const counters = new Counters();
      const committer = await openCommitter(engine, {}, counters);
      expect(counters.value('sonde_recovery_commits_checked_total')).toBe(1);
      expect(counters.value('sonde_recovery_commits_taken_back_total')).toBe(0);
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
      for (const one of requests) {
        expect(await committer.submit(toSubmission(one))).toEqual({ accepted: 0, rejected: 0, reason: '' });
      }
      await committer.close();
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });

    it('makes slices anew only where a commit may be torn', async () => {
      const first = await openCommitter(engine);
      await store(first, { ...request(), atMs: Date.now() - 7_200_000 });
      await first.close();
      const second = await openCommitter(engine);
      await store(second, request());
      await engine.command(raw('DELETE FROM service_minutes WHERE minute < now() - 3600 AND minute > now() - 36000'));
      await openCommitter(engine);
      const faults = await faultsOf(engine, acknowledged);
      // The hour before is as we left it: nobody looked there.
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.every((fault) => fault.startsWith('service_minutes: kept 0'))).toBe(true);
    });

    it('can die at every step of it and be begun again', async () => {
      const first = await openCommitter(engine);
      await store(first, request(), request('logs'));
      for (let step = 1, isDone = false; !isDone; step++) {
        const torn = [request(), request('logs'), request('metrics')];
        await dieAt('spans', ...torn);
        let steps = 0;
        const recovering = dying(() => ++steps === step);
        isDone = await Promise.race([openCommitter(recovering.engine).then(() => true), recovering.death.then(() => false)]);
        const committer = await openCommitter(engine);
        expect(await faultsOf(engine, acknowledged), `after step ${step}`).toEqual([]);
        await store(committer, ...torn);
        expect(step).toBeLessThan(100);
      }
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });
  });

  describe('an insert that the engine could not finish', () => {
    // The constraint fails the view after the rows themselves are stored.
    it('is repeated with the same token and counts once, in rollups too', async () => {
      let faults = 0;
      const flaky: Engine = {
        ...dying(() => false).engine,
        insert: (batch, token) =>
          engine.insert(batch, token).catch((cause: unknown) => {
            faults++;
            throw new SondeError('unavailable', 'for a while', { cause });
          }),
      };
      const committer = await openCommitter(flaky);
      await store(committer, request());
      await engine.command(raw('ALTER TABLE traces ADD CONSTRAINT none CHECK spans = 0'));
      const stored = store(committer, request());
      await expect.poll(() => faults, patient).toBeGreaterThan(1);
      await engine.command(raw('ALTER TABLE traces DROP CONSTRAINT none'));
      await stored;
      await committer.close();
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });

    it('is stored anew when the engine knows its token and has not its rows', async () => {
      let isFirst = true;
      const forgetful: Engine = {
        ...dying(() => false).engine,
        insert: async (batch, token) => {
          if (batch.table.name !== 'spans' || !isFirst) return engine.insert(batch, token);
          isFirst = false;
          await engine.insert(oneSpanOf(batch), token);
          throw new SondeError('unavailable', 'after the token was noted');
        },
      };
      const committer = await openCommitter(forgetful);
      await store(committer, request(), request('logs'), request('metrics'));
      await store(committer, request());
      await committer.close();
      expect(isFirst).toBe(false);
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });

    it('is taken back when it can never be finished', async () => {
      const counters = new Counters();
      const committer = await openCommitter(engine, { maxStallMs: 50_000 }, counters);
      await store(committer, { ...request(), sequence: 1000 }, request('logs'));
      await engine.command(raw('ALTER TABLE traces ADD CONSTRAINT none CHECK spans = 0'));
      const refused = [{ ...request(), sequence: 1001 }, request('logs')];
      const answers = Promise.allSettled(refused.map((one) => committer.submit(toSubmission(one))));
      // The rows that stay belong to the same traces, and these can not be made anew now either.
      await expect.poll(() => counters.value('sonde_commit_retries_total'), patient).toBeGreaterThan(1);
      await engine.command(raw('ALTER TABLE traces DROP CONSTRAINT none'));
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
      await store(committer, ...refused);
      await committer.close();
      expect(await faultsOf(engine, acknowledged)).toEqual([]);
    });
  });
});

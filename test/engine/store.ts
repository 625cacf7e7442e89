/** Engines for tests: embedded on a new directory, remote on the HTTP fixture or on a real server. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '../../src/engine/embedded.ts';
import type { Engine, QueryLimits } from '../../src/engine/engine.ts';
import { migrate } from '../../src/engine/migrate.ts';
import { openRemote } from '../../src/engine/remote.ts';
import type { RetentionMs } from '../../src/engine/schema.ts';

export const dayMs = 86_400_000;
export const retentionMs: RetentionMs = { traces: 14 * dayMs, logs: 14 * dayMs, metrics: 30 * dayMs };
export const limits: QueryLimits = { timeMs: 30_000, memoryBytes: 512 << 20, rowsRead: 1e9, rowsOut: 1e7 };

/** A place that holds data, and engines on it, one at a time. */
export interface Store {
  /** Opens an engine whose schema is up to date. */
  readonly open: () => Promise<Engine>;
  readonly remove: () => Promise<void>;
}

export function embeddedStore(): Store {
  const path = mkdtempSync(join(tmpdir(), 'sonde-engine-'));
  return {
    open: () => migrated(openEmbedded({ path, memoryBytesMax: 1 << 30, limits })),
    remove: async () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface HttpFixture {
  /** Its data directory. */
  readonly path: string;
  readonly url: string;
  readonly password: string;
  readonly stop: () => Promise<void>;
}

/** Starts clickhouse-http.js on a new directory. */
export async function startHttpFixture(): Promise<HttpFixture> {
  const path = mkdtempSync(join(tmpdir(), 'sonde-http-'));
  const password = 'p√ss';
  const script = fileURLToPath(new URL('clickhouse-http.js', import.meta.url));
  const child = spawn(process.execPath, [script, path, password], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { port } = await new Promise<{ port: number }>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as { port: number }));
    child.once('exit', () => reject(new Error('the HTTP fixture ended')));
  });
  return {
    path,
    url: `http://127.0.0.1:${port}`,
    password,
    stop: async () => {
      child.stdin.end();
      await exited;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export async function remoteStore(): Promise<Store> {
  const fixture = await startHttpFixture();
  return {
    open: () =>
      migrated(
        openRemote({
          url: fixture.url,
          database: 'sonde',
          user: 'default',
          password: fixture.password,
          cluster: undefined,
          limits,
        }),
      ),
    remove: fixture.stop,
  };
}

/** A database of its own on a real server, named by SONDE_TEST_CLICKHOUSE_URL as `http://user:password@host:8123`. */
export function serverStore(serverUrl: string): Store {
  const { protocol, host, username, password } = new URL(serverUrl);
  const database = `sonde_test_${process.pid}`;
  const options = {
    url: `${protocol}//${host}`,
    user: decodeURIComponent(username) || 'default',
    password: decodeURIComponent(password),
  };
  const open = (): Promise<Engine> => openRemote({ ...options, database, cluster: undefined, limits });
  return {
    open: () => migrated(open()),
    remove: async () => {
      const engine = await open();
      await engine.command({ parts: [`DROP DATABASE ${database}`], holes: [] });
      await engine.close();
    },
  };
}

async function migrated(opening: Promise<Engine>): Promise<Engine> {
  const engine = await opening;
  await migrate(engine, { retentionMs });
  return engine;
}

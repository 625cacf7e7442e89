/** The bridges of the process: that of the console at once, those of libraries when the application loads them. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { watchModule } from '../../modules/watch-modules.ts';
import type { Loggers } from '../logger.ts';
import { bridgeConsole } from './console.ts';
import { LogSink } from './sink.ts';
import type { Bridge } from './sink.ts';

const libraries = ['pino', 'winston', 'bunyan'] as const;

export const bridgeNames = [...libraries, 'console'] as const;
export type BridgeName = (typeof bridgeNames)[number];

export interface WatchLogsOptions {
  readonly loggers: Loggers;
  readonly bridges: readonly BridgeName[];
  /** Whether records are printed as lines of JSON, which then stand for what the console prints. */
  readonly isPrinting: boolean;
  readonly warn: (message: string) => void;
}

/** Watches what the application logs by; returns what ends that. */
export function watchLogs({ loggers, bridges, isPrinting, warn }: WatchLogsOptions): () => void {
  const ends: (() => void)[] = [];
  if (bridges.includes('console')) {
    const options = { logger: loggers.getLogger('console'), isPrinted: isPrinting };
    ends.push(bridgeConsole(globalThis.console, options));
  }
  for (const library of libraries) {
    if (!bridges.includes(library)) continue;
    const sink = new LogSink(loggers, library);
    const loaded = (exports: unknown): void => withBridge(library, warn, (bridge) => ends.push(bridge(exports, sink) ?? nothing));
    ends.push(watchModule(library, loaded));
  }
  return () => {
    for (const end of ends) end();
  };
}

function nothing(): void {}

interface BridgeModule {
  readonly bridge: Bridge;
}

/**
 * Loads a bridge and begins it, both at once, as the application is about to log: but Node 22 before 22.12 cannot `require` ES modules,
 * and there the first records may be missed. Never throws into the application that loads its library.
 */
function withBridge(library: (typeof libraries)[number], warn: (message: string) => void, begin: (bridge: Bridge) => void): void {
  const require = createRequire(import.meta.url);
  const file = `./${library}-bridge.js`;
  const fail = (thrown: unknown): void =>
    warn(`logs of ${library} are not seen: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  try {
    begin((require(file) as BridgeModule).bridge);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ESM') return fail(thrown);
    const loading = import(pathToFileURL(require.resolve(file)).href) as Promise<BridgeModule>;
    loading.then(({ bridge }) => begin(bridge)).catch(fail);
  }
}

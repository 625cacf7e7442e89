/**
 * `sonde demo`: serve, plus the services of a demo and their load, in processes of their own: demo/start.js, or
 * demo/log-service/start.js.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SondeError } from '../base/errors.ts';
import { readConfig } from '../server/config.ts';
import { createLog } from '../server/log.ts';
import { startServer } from '../server/main.ts';
import type { Command } from './command.ts';
import { readArguments } from './flags.ts';
import { announce, serveSwitches, untilStopped } from './serve.ts';

interface Demo {
  /** From the root of the checkout. */
  readonly script: string;
  readonly story: string;
}

const shop: Demo = {
  script: 'demo/start.js',
  story: `A small shop runs beside it: a requester, a server with a PostgreSQL database, and a recorder. About one POST in ten fails.
Find out why:
  1. Services: the worst one is on top. Click its error rate.
  2. Traces: open a failing one. The red span is where it broke.
  3. Its log lines are beside it, and among them the database's own words.
Switch the fault off and on with: node demo/fault.js off`,
};

const logService: Demo = {
  script: 'demo/log-service/start.js',
  story: `A commit log over gRPC runs beside it, and a client that loads it. All that they send comes from one flag:
node --import @sonde/instrument. Have a look at:
  1. Services, commit-log: its methods. Produce waits for the disk, Consume does not.
  2. Services, commit-log-client: click the failed share of Consume, and open a trace. It says why the call was refused.
  3. The log line that the service wrote of the same call is beside it.`,
};

export const demo: Command = {
  name: 'demo',
  usage: '[log-service] [--no-fault] [--rate N] [all flags of serve]',
  doc: 'Serves, and runs a small shop with a real database and a real fault to find; or a commit log over gRPC.',
  run: async (args) => {
    const { flags, rest } = readArguments(args, new Set([...serveSwitches, 'no-fault']));
    const chosen = choose(rest);
    const settings = new Map([...flags].filter(([name]) => !ownFlags.has(name)));
    const log = createLog(process.stderr);
    const config = readConfig(settings);
    const server = await startServer(config, log);
    announce(server, config);
    const stopped = untilStopped(log);
    const services = startServices(chosen, server.addresses.otlpHttp, flags);
    process.stderr.write(`\nSonde is at http://${server.addresses.http}\n\n${chosen.story}\n\n`);
    const ended = new Promise<number>((resolve) => services.once('exit', (code) => resolve(code ?? 1)));
    const early = await Promise.race([ended, stopped.then(() => undefined)]);
    if (early !== undefined) log.warn('the demo services ended', { code: early });
    services.kill('SIGTERM');
    if (early === undefined) await ended;
    await server.stop();
    return early ?? 0;
  },
};

/** Flags of the services, passed on to them; all others are Sonde's. */
const ownFlags: ReadonlySet<string> = new Set(['no-fault', 'rate']);

function choose(names: readonly string[]): Demo {
  const [name, ...more] = names;
  if (name === undefined) return shop;
  if (name === 'log-service' && more.length === 0) return logService;
  throw new SondeError('config', `demo takes flags and at most the name "log-service"; got "${names.join(' ')}".`);
}

function startServices({ script }: Demo, otlpHttp: string, flags: ReadonlyMap<string, string>): ChildProcess {
  const path = fileURLToPath(new URL(`../../../${script}`, import.meta.url));
  if (!existsSync(path)) throw new SondeError('config', 'The demo services are only in a checkout of Sonde, not in the package.');
  const own = [...flags].filter(([name]) => ownFlags.has(name));
  const passed = own.flatMap(([name, value]) => (name === 'rate' ? ['--rate', value] : [`--${name}`]));
  return spawn(process.execPath, [path, '--endpoint', `http://${otlpHttp}`, ...passed], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** `sonde demo`: serve, plus the demo services, their load and their fault, in processes of their own (demo/start.js). */
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

export const demo: Command = {
  name: 'demo',
  usage: '[--no-fault] [all flags of serve]',
  doc: 'Serves, and runs a small shop with a real database and a real fault to find.',
  run: async (args) => {
    const { flags } = readArguments(args, new Set([...serveSwitches, 'no-fault']));
    const settings = new Map([...flags].filter(([name]) => name !== 'no-fault'));
    const log = createLog(process.stderr);
    const config = readConfig(settings);
    const server = await startServer(config, log);
    announce(server, config);
    const stopped = untilStopped(log);
    const services = startServices(server.addresses.otlpHttp, !flags.has('no-fault'));
    process.stderr.write(story(server.addresses.http));
    const ended = new Promise<number>((resolve) => services.once('exit', (code) => resolve(code ?? 1)));
    const early = await Promise.race([ended, stopped.then(() => undefined)]);
    if (early !== undefined) log.warn('the demo services ended', { code: early });
    services.kill('SIGTERM');
    if (early === undefined) await ended;
    await server.stop();
    return early ?? 0;
  },
};

function startServices(otlpHttp: string, fault: boolean): ChildProcess {
  const script = fileURLToPath(new URL('../../../demo/start.js', import.meta.url));
  if (!existsSync(script))
    throw new SondeError('config', 'The demo services are only in a checkout of Sonde, not in the package.');
  const args = [script, '--endpoint', `http://${otlpHttp}`, ...(fault ? [] : ['--no-fault'])];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function story(http: string): string {
  return `
Sonde is at http://${http}

A small shop runs beside it: a requester, a server with a PostgreSQL database, and a recorder. About one POST in ten fails.
Find out why:
  1. Services: the worst one is on top. Click its error rate.
  2. Traces: open a failing one. The red span is where it broke.
  3. Its log lines are beside it, and among them the database's own words.
Switch the fault off and on with: node demo/fault.js off

`;
}

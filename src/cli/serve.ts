/** `sonde serve`: runs until it is told to stop. */
import { SondeError } from '../base/errors.ts';
import { readConfig } from '../server/config.ts';
import { createLog } from '../server/log.ts';
import type { Log } from '../server/log.ts';
import { startServer } from '../server/main.ts';
import type { RunningServer } from '../server/main.ts';
import { flagOf, settings, variableOf } from '../server/settings.ts';
import type { Config } from '../server/settings.ts';
import type { Command } from './command.ts';
import { readArguments } from './flags.ts';

/** Flags without a value. */
export const serveSwitches: ReadonlySet<string> = new Set(['insecure-listen', 'help']);

export const serve: Command = {
  name: 'serve',
  usage: '[--data DIR] [--listen HOST:PORT] [--otlp-http HOST:PORT] [--otlp-grpc HOST:PORT] [--config FILE] …',
  doc: 'Takes telemetry, keeps it, and shows it. "sonde serve --help" lists all settings.',
  run: async (args) => {
    const { flags, rest } = readArguments(args, serveSwitches);
    if (flags.has('help')) {
      process.stdout.write(settingsHelp());
      return 0;
    }
    if (rest.length > 0) throw new SondeError('config', `serve takes flags only; got "${rest.join(' ')}".`);
    const log = createLog(process.stderr);
    const config = readConfig(flags);
    const server = await startServer(config, log);
    announce(server, config);
    await untilStopped(log);
    await server.stop();
    log.info('stopped');
    return 0;
  },
};

/** The one line on stdout: where everything is, for people and for programs that started Sonde. */
export function announce({ addresses }: RunningServer, config: Config): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...addresses, data: config.data })}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      log.info('stopping', { signal });
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

function settingsHelp(): string {
  const lines = Object.entries(settings).map(([name, { default: byDefault, doc, kind }]) => {
    const flag = `--${flagOf(name)}`;
    return `  ${flag} (${variableOf(name)}): ${kind.expects}\n      ${doc} Default: ${byDefault === '' ? 'none' : byDefault}\n`;
  });
  return `sonde serve: settings, as flag, environment variable, or key of the YAML file named by --config.\n\n${lines.join('')}`;
}

/** The program `sonde`: finds the command and turns what goes wrong into one clear line and an exit code. */
import { SondeError } from '../base/errors.ts';
import { version } from '../server/main.ts';
import { commands } from './commands.ts';

/** Runs a command line and ends the process. */
export async function run(args: readonly string[]): Promise<void> {
  process.exit(await exitCodeOf(args));
}

async function exitCodeOf(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args;
  if (name === '--version' || name === 'version') {
    process.stdout.write(`sonde ${version}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const asked = name === 'help' || name === '--help';
    (asked ? process.stdout : process.stderr).write(asked ? help() : `sonde: there is no command "${name}".\n\n${help()}`);
    return asked ? 0 : 2;
  }
  try {
    return await command.run(rest);
  } catch (thrown) {
    const isForUser = thrown instanceof SondeError && thrown.code !== 'internal';
    process.stderr.write(
      `sonde: ${isForUser ? thrown.message : thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`,
    );
    return 1;
  }
}

function help(): string {
  const lines = commands.map(({ name, usage, doc }) => `  sonde ${name} ${usage}\n      ${doc}\n`);
  return `sonde ${version}: metrics, logs and traces in one process.\n\n${lines.join('')}  sonde version\n`;
}

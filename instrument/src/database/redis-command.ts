/**
 * Commands of Redis as text: `SET cart:7 ?`. The key stands there, as it says what a command is about; values do not, and neither do
 * passwords, scripts and patterns of commands that have no key.
 */

/** Commands whose first argument is a command of its own, and no secret. */
const withSubcommand = new Set(
  'ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO'.split(' '),
);
/** Commands whose first argument is no key. */
const withoutKey = new Set(
  (
    'AUTH BITOP ECHO EVAL EVALSHA EVALSHA_RO EVAL_RO FAILOVER FCALL FCALL_RO HELLO KEYS MIGRATE MONITOR PING PSUBSCRIBE ' +
    'PUNSUBSCRIBE RANDOMKEY REPLICAOF SCAN SELECT SLAVEOF WAIT XREAD XREADGROUP'
  ).split(' '),
);
/** Arguments that are shown; of the others, their number does not matter. */
const shownMax = 8;
const keyLengthMax = 256;

/** A command as it is told. `args` are strings, numbers or buffers, whatever the client was given. */
export function commandText(name: string, args: readonly unknown[]): string {
  const command = name.toUpperCase();
  // `CONFIG SET` as one word, as some clients have it.
  const [first = command] = command.split(' ', 1);
  const showsFirst = withSubcommand.has(first) ? first === command : !withoutKey.has(first);
  const shown = args.slice(0, shownMax).map((argument, index) => (index === 0 && showsFirst ? shortened(argument) : '?'));
  return [command, ...shown, ...(args.length > shownMax ? ['…'] : [])].join(' ');
}

function shortened(argument: unknown): string {
  if (typeof argument !== 'string' && typeof argument !== 'number' && !Buffer.isBuffer(argument)) return '?';
  const text = Buffer.isBuffer(argument) ? argument.toString('utf8', 0, keyLengthMax + 1) : String(argument);
  return text.length > keyLengthMax ? `${text.slice(0, keyLengthMax)}…` : text;
}

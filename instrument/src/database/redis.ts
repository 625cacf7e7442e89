/** Redis and Valkey by `redis` and `ioredis`, by OpenTelemetry's instrumentations. */
import type { Attributes } from '@opentelemetry/api';
import type { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import type { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { textOf } from './library.ts';
import type { DatabaseLibrary, Reading } from './library.ts';
import { commandText } from './redis-command.ts';

/** `ERR`, `WRONGTYPE`, `NOAUTH`: the first word of an error that Redis answers with (Redis serialization protocol, "Simple errors"). */
const codeInMessage = /^[A-Z][A-Z0-9_]+(?= )/;

export const redis: DatabaseLibrary = {
  name: 'redis',
  packages: ['redis', '@redis/client', '@node-redis/client'],
  instrument(require) {
    const loaded = require('@opentelemetry/instrumentation-redis') as { RedisInstrumentation: typeof RedisInstrumentation };
    return new loaded.RedisInstrumentation({ enabled: false, dbStatementSerializer: onceEach(commandText) });
  },
  isOwn: (spanName) => ownCommands.has(spanName.replace('redis-', '').toLowerCase()),
  read: (spanName, attributes) => (spanName === 'redis-connect' ? 'connection' : readCommand(attributes)),
  codeInMessage,
};

export const ioredis: DatabaseLibrary = {
  name: 'ioredis',
  packages: ['ioredis'],
  instrument(require) {
    const loaded = require('@opentelemetry/instrumentation-ioredis') as { IORedisInstrumentation: typeof IORedisInstrumentation };
    return new loaded.IORedisInstrumentation({
      enabled: false,
      requireParentSpan: false,
      dbStatementSerializer: onceEach(commandText),
    });
  },
  isOwn: (spanName) => ownCommands.has(spanName),
  // Its spans of connections end before there is one.
  read: (spanName, attributes) => (spanName === 'connect' ? 'nothing' : readCommand(attributes)),
  codeInMessage,
};

type CommandText = (name: string, args: readonly unknown[]) => string;

/** A command that waits for the connection, or is sent again over another one, comes twice, with the same list of arguments. */
function onceEach(text: CommandText): CommandText {
  const seen = new WeakSet<object>();
  return (name, args) => {
    if (seen.has(args)) return again;
    seen.add(args);
    return text(name, args);
  };
}

const again = 'again';

/** What clients send when a connection begins and ends. */
const ownCommands = new Set(['auth', 'client', 'connect', 'hello', 'info', 'quit', 'readonly', 'select']);

function readCommand(attributes: Attributes): Reading {
  const text = textOf(attributes, 'db.query.text');
  return text === again ? 'nothing' : { operation: textOf(attributes, 'db.operation.name')?.toUpperCase(), text };
}

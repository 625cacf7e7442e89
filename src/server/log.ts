/** Sonde's own log: one line per event on stderr, JSON when it is not a terminal. Stdout is kept for the ready line. */
export interface Log {
  info(event: string, details?: Readonly<Record<string, unknown>>): void;
  warn(event: string, details?: Readonly<Record<string, unknown>>): void;
  error(event: string, thrown: unknown, details?: Readonly<Record<string, unknown>>): void;
}

interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createLog(sink: Sink): Log {
  const write = (level: string, event: string, details: Readonly<Record<string, unknown>>): void => {
    sink.write(
      `${sink.isTTY === true ? readable(level, event, details) : JSON.stringify({ time: new Date(), level, event, ...details })}\n`,
    );
  };
  return {
    info: (event, details = {}) => write('info', event, details),
    warn: (event, details = {}) => write('warn', event, details),
    error: (event, thrown, details = {}) => write('error', event, { ...details, ...describe(thrown) }),
  };
}

function readable(level: string, event: string, details: Readonly<Record<string, unknown>>): string {
  const rest = Object.entries(details).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${new Date().toISOString()} ${level.padEnd(5)} ${event}${rest.join('')}`;
}

function describe(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { error: String(thrown) };
  const cause = thrown.cause instanceof Error ? { cause: thrown.cause.message } : {};
  return { error: thrown.message, stack: thrown.stack, ...cause };
}

// What is logged, by library and scene. All write to stdout, one line of JSON a record.
const { trace } = require('@opentelemetry/api');

/** Runs within a span, of which the first thing that is printed are the ids. */
function inSpan(run) {
  trace.getTracer('test').startActiveSpan('work', (span) => {
    const { traceId, spanId } = span.spanContext();
    process.stdout.write(`${JSON.stringify({ traceId, spanId })}\n`);
    run();
    span.end();
  });
}

function failure() {
  return Object.assign(new TypeError('it broke'), { shelf: 7 });
}

/** Writes at once; pino's own streams wait for each other. */
const stdout = { write: (line) => void process.stdout.write(line) };

exports.pino = {
  plain(pino) {
    const log = pino({ name: 'checkout' }, stdout);
    log.info('outside');
    inSpan(() => {
      log.info({ amount: 5, nested: { a: [1, 'x'] } }, 'paid %s', 'now');
      log.child({ request: 'r1' }).warn({ at: 'child' }, 'slow');
      log.error(failure(), 'failed');
      log.error(failure());
      log.fatal({ error: failure() }, 'under error');
      log.debug('filtered out');
      log.level = 'trace';
      log.trace({ trace_id: 'mine' }, 'has its own');
    });
  },
  shaped(pino) {
    const log = pino(
      {
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        base: null,
        customLevels: { audit: 35 },
        formatters: { level: (severity) => ({ severity }), log: (object) => ({ ...object, formatted: true }) },
        serializers: { user: ({ id }) => id },
        redact: { paths: ['card', 'err.message'], censor: '***' },
        mixin: () => ({ mixed: 1 }),
      },
      stdout,
    );
    log.audit({ user: { id: 7, name: 'Ada' }, card: '4711', password: 'p' }, 'audited');
    log.error({ err: failure() }, 'redacted');
    log.child({ component: 'inner' }, { level: 'error' }).info('filtered out');
  },
  /** Records come once each, whatever they are written to. */
  streams(pino) {
    const consoled = { write: (line) => console.log(line.trimEnd()) };
    pino({}, pino.multistream([{ stream: stdout }, { level: 'error', stream: consoled }])).error('twice written');
    pino({}, consoled).info('by the console');
  },
  transport(pino) {
    pino({ transport: { target: 'pino/file', options: { destination: 1 } } }).info('from a worker');
  },
};

exports.winston = {
  plain(winston) {
    const { combine, errors, json, splat, timestamp } = winston.format;
    const log = winston.createLogger({
      format: combine(errors({ stack: true }), splat(), timestamp(), json()),
      defaultMeta: { service: 'shop' },
      transports: [new winston.transports.Console()],
    });
    log.info('outside');
    inSpan(() => {
      log.info('paid %s', 'now', { amount: 5 });
      log.child({ request: 'r1' }).warn('slow', { at: 'child' });
      log.error('failed', failure());
      log.error(failure());
      log.log({ level: 'info', message: 'an object', err: failure() });
      log.debug('filtered out');
      log.level = 'silly';
      log.silly('now let through');
    });
  },
  shaped(winston) {
    const { colorize, combine, json, label } = winston.format;
    const secretive = winston.format((info) => (info.isPrivate === true ? false : info))();
    const log = winston.createLogger({
      levels: { panic: 0, error: 1, audit: 2, info: 3 },
      level: 'info',
      format: combine(
        secretive,
        label({ label: 'checkout' }),
        colorize({ all: true, colors: { panic: 'red', error: 'red', audit: 'blue', info: 'green' } }),
        json(),
      ),
      transports: [
        new winston.transports.Console({ level: 'audit' }),
        new winston.transports.Console({ level: 'error', forceConsole: true }),
        new winston.transports.Console({ level: 'info', silent: true }),
      ],
    });
    log.audit({ message: 'audited', password: 'p' });
    log.panic('printed by both');
    log.info('taken by none');
    log.audit({ message: 'held back', isPrivate: true });
    log.audit({ message: { a: 1 } });
  },
  /** While a transport is busy, records wait for it, and are told when it goes on. */
  streams(winston) {
    class Slow extends winston.Transport {
      log(info, done) {
        process.stdout.write(`${info[Symbol.for('message')]}\n`);
        setImmediate(() => done());
      }
    }
    const log = winston.createLogger({ transports: [new Slow({ highWaterMark: 1 })] });
    inSpan(() => {
      for (let i = 0; i < 40; i++) log.info(`record ${i}`);
    });
  },
};

exports.bunyan = {
  plain(bunyan) {
    const log = bunyan.createLogger({ name: 'checkout' });
    log.info('outside');
    inSpan(() => {
      log.info({ amount: 5, nested: { a: [1, 'x'] } }, 'paid %s', 'now');
      log.child({ request: 'r1' }).warn({ at: 'child' }, 'slow');
      log.error(failure(), 'failed');
      log.error(failure());
      log.fatal({ error: failure() }, 'under error');
      log.debug('filtered out');
      log.level('trace');
      log.trace({ trace_id: 'mine' }, 'has its own');
    });
  },
  shaped(bunyan) {
    const log = bunyan.createLogger({
      name: 'checkout',
      serializers: { user: ({ id }) => id, err: bunyan.stdSerializers.err },
      streams: [
        { level: 'info', stream: process.stdout },
        {
          level: 'error',
          type: 'raw',
          stream: { write: ({ msg, trace_id }) => console.log(JSON.stringify({ raw: msg, trace_id })) },
        },
      ],
    });
    inSpan(() => {
      log.info({ user: { id: 7, name: 'Ada' }, password: 'p' }, 'told');
      log.error({ err: failure() }, 'to both');
      log.debug('filtered out');
    });
  },
};

/** SONDE_LOG_STDOUT=json: all log records of a process as lines of JSON, once each; and levels that change while it runs. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { plainOf, startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
beforeEach(() => receiver.clear());
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly time: string;
  readonly severity: string;
  readonly message: string;
  readonly logger: string;
  readonly trace_id?: string;
  readonly exception?: { readonly type: string; readonly message: string; readonly stack: string };
  readonly attributes?: Readonly<Record<string, unknown>>;
}

interface Run {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly stderr: string;
}

const json = { SONDE_LOG_STDOUT: 'json' };

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    ...more,
  };
}

function begin(args: readonly string[], more: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['--import', '@sonde/instrument', ...args], { cwd: folder, env: environment(more) });
}

async function run(args: readonly string[], more: Readonly<Record<string, string>> = json): Promise<Run> {
  const child = begin(args, more);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  return { code, lines, stderr };
}

const expectedLines = [
  ['console', 'INFO', 'hello world { a: 1 }'],
  ['console', 'ERROR', expect.stringMatching(/^failed:\n RangeError: too\nfar\n {4}at /)],
  ['checkout.cart', 'INFO', 'paid'],
  ['checkout.cart', 'ERROR', 'refused'],
  ['console', 'WARN', 'within'],
  ['checkout.cart', 'DEBUG', 'of the cart'],
  ['by-api', undefined, '{"token":"[REDACTED]","a":[1,null]}'],
  ['@sonde/instrument/exceptions', 'ERROR', 'Error: handled'],
  ['console', 'TRACE', 'here'],
  ['console', 'ERROR', 'Assertion failed: one is less'],
  ['checkout.cart', 'FATAL', 'the last'],
];
const uncaught = ['@sonde/instrument/exceptions', 'FATAL', 'TypeError: nobody catches this'];

describe('lines on stdout', () => {
  test.each<[end: string, code: number, last: readonly unknown[][]]>([
    ['nothing left to do', 0, []],
    ['exit', 0, []],
    ['throw', 1, [uncaught]],
  ])('of a process that ends with %s are all its records, and the same are sent', async (end, code, last) => {
    const { lines, ...ended } = await run(['logs/printed.mjs'], { ...json, END: end });
    expect(ended.code).toBe(code);
    expect(lines.map(({ logger, severity, message }) => [logger, severity, message])).toEqual([...expectedLines, ...last]);
    const byTime = receiver.logs.toSorted((a, b) => Number(BigInt(a.timeUnixNano ?? 0) - BigInt(b.timeUnixNano ?? 0)));
    expect(byTime.map(({ scope }) => scope)).toEqual(lines.map(({ logger }) => logger));
    expect(byTime.map(({ timeUnixNano = '' }) => timeUnixNano.slice(-9))).toEqual(lines.map(({ time }) => time.slice(-10, -1)));
  });

  test('have the fields of their records', async () => {
    const { lines, stderr } = await run(['logs/printed.mjs'], { ...json, OTEL_LOGS_EXPORTER: 'none' });
    expect([receiver.logs, stderr]).toEqual([[], '']);
    const [hello, failed, paid, refused, within, , byApi] = lines;
    expect(hello).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/) as string,
      severity: 'INFO',
      message: 'hello world { a: 1 }',
      service: 'tested-app',
      logger: 'console',
    });
    expect(failed?.exception).toEqual({
      type: 'RangeError',
      message: 'too\nfar',
      stack: expect.stringMatching(/^RangeError: too\nfar\n {4}at .*printed\.mjs/) as string,
    });
    const span = receiver.spans[0];
    const ids = { trace_id: span?.traceId, span_id: span?.spanId, trace_flags: '01' };
    expect(paid).toMatchObject({ ...ids, attributes: { amount: 5, card: { cvv: '[REDACTED]', brand: 'x' } } });
    expect(refused).toMatchObject({
      ...ids,
      attributes: { request: 'r1' },
      exception: { type: 'TypeError', message: 'no\nmoney' },
    });
    expect(within).toMatchObject(ids);
    expect(byApi).toMatchObject({ event: 'thing.done' });
    expect(lines.at(-1)?.attributes).toEqual({ levels: { all: 'trace', byName: { checkout: 'error' } } });
  });

  test('are those of gRPC calls too', async () => {
    const { lines } = await run(['logs/rpc.mjs']);
    expect(lines).toMatchObject([
      {
        logger: '@sonde/instrument/grpc',
        severity: 'INFO',
        event: 'rpc.server.call',
        message: 'test.Echo/Say OK',
        trace_id: receiver.spans[0]?.traceId,
        attributes: { 'rpc.method': 'test.Echo/Say', 'rpc.response.status_code': 'OK' },
      },
    ]);
  });

  test.each(['pino', 'winston', 'bunyan'])('are not written once more of what %s writes', async (library) => {
    const { lines } = await run([`logs/${library}.mjs`, 'shaped']);
    expect(lines.filter(({ logger }) => logger !== undefined)).toEqual([]);
    expect(lines.length).toBeGreaterThan(receiver.logs.length - 1);
  });

  test('leave the console as it is when it is not bridged', async () => {
    const { code, stderr } = await run(['--eval', 'console.error("as ever")'], { ...json, SONDE_LOG_BRIDGES: 'pino' });
    expect([code, stderr]).toEqual([0, 'as ever\n']);
  });

  test('that nobody reads do no harm', async () => {
    const program = `import { logger } from '@sonde/instrument/log';
      process.on('message', () => {
        for (let i = 0; i < 2000; i++) logger('a').info('x'.repeat(100));
        setImmediate(() => { process.exitCode = 7; process.disconnect(); });
      });
      process.send('ready');`;
    const args = ['--import', '@sonde/instrument', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: environment(json),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(child, 'message');
    child.stdout?.destroy();
    child.send('go');
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, stderr]).toEqual([7, '']);
    expect(receiver.logs).toHaveLength(2000);
  });

  test('that somebody reads late do not hold the process up, and are all there', async () => {
    const program = `import { logger } from '@sonde/instrument/log';
      for (let i = 0; i < 5000; i++) logger('a').info('x'.repeat(100), { i });
      process.send('logged');
      process.on('message', () => process.exit(3));`;
    const args = ['--import', '@sonde/instrument', '--input-type=module', '--eval', program];
    const env = environment({ ...json, OTEL_LOGS_EXPORTER: 'none' });
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    await once(child, 'message');
    child.send('exit');
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (more: string) => (text += more));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, text.split('\n').length]).toEqual([3, 5001]);
  });

  test('of a process that exits at once are all written', async () => {
    const program = `import { logger } from '@sonde/instrument/log';
      for (let i = 0; i < 5000; i++) logger('a').info('x'.repeat(100), { i });
      process.exit(0);`;
    const { lines } = await run(['--input-type=module', '--eval', program], { ...json, OTEL_LOGS_EXPORTER: 'none' });
    expect(lines.map(({ attributes }) => attributes?.['i'])).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });
});

describe('without lines on stdout', () => {
  test('the console prints as ever, and the same records are sent', async () => {
    const child = begin(['logs/printed.mjs'], {});
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await once(child, 'close');
    expect(stdout).toBe('hello world { a: 1 }\n\n');
    const bodies = receiver.logs.map(({ body }) => plainOf(body));
    expect(bodies).toHaveLength(expectedLines.length);
    expect(bodies).toContainEqual({ token: '[REDACTED]', a: [1, undefined] });
  });

  test('what OpenTelemetry says of itself to the console ends', async () => {
    const program = `import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
      diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.ALL);
      const kit = globalThis[Symbol.for('@sonde/instrument')];
      for (let i = 0; i < 20; i++) { console.log('tick'); await kit.flush(); }`;
    const child = begin(['--input-type=module', '--eval', program], { OTEL_METRICS_EXPORTER: 'otlp' });
    child.stdout?.resume();
    child.stderr?.resume();
    await once(child, 'close');
    const bodies = receiver.logs.map(({ body }) => plainOf(body));
    expect(bodies.filter((body) => body === 'tick')).toHaveLength(20);
    expect(bodies.length).toBeLessThan(60);
  });
});

describe('levels', () => {
  test('go to debug and back by a signal', async () => {
    const env = environment({ SONDE_LOG_LEVEL: 'error,checkout=warn', SONDE_LOG_LEVEL_SIGNAL: 'SIGUSR2' });
    const child = fork('logs/levels.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'], silent: true });
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (told += text));
    await once(child, 'message');
    const log = async (name: string): Promise<void> => {
      child.send(name);
      await once(child, 'message');
    };
    const signal = async (): Promise<void> => {
      child.kill('SIGUSR2');
      await once(child.stderr as NonNullable<ChildProcess['stderr']>, 'data');
    };
    await log('before');
    await signal();
    await log('while');
    await signal();
    await log('after');
    child.send('end');
    await once(child, 'close');
    expect(receiver.logs.map(({ body }) => plainOf(body))).toEqual([
      'before warn',
      'while debug',
      'while info',
      'while warn',
      'after warn',
    ]);
    expect(told).toBe('@sonde/instrument: debug is logged now\n@sonde/instrument: the levels of logs are as before\n');
  });

  test('that make no sense are told, and everything is logged', async () => {
    const { stderr } = await run(['logs/printed.mjs'], { ...json, SONDE_LOG_LEVEL: 'loud' });
    expect(stderr).toBe(
      '@sonde/instrument: SONDE_LOG_LEVEL should be a level (trace, debug, info, warn, error, fatal, off) or name=level, but is "loud"\n',
    );
    expect(receiver.logs).toHaveLength(expectedLines.length);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentOfChild, readSettings } from './settings.ts';
import type { Settings, StartOptions } from './settings.ts';
import { alwaysOff } from './trace/sampling.ts';
import type { Environment } from './variables.ts';

type Part = (settings: Settings) => unknown;

function check(name: string, part: Part, cases: readonly (readonly [from: Environment, expected: unknown])[]): void {
  test.each(cases)(`${name} by %j`, (environment, expected) => {
    const settings = readSettings({}, environment);
    expect([part(settings), settings.problems]).toEqual([expected, []]);
  });
}

/** What an option says goes before `everything`. */
function checkOption(name: string, part: Part, [options, expected]: readonly [from: StartOptions, expected: unknown]): void {
  test(`${name} by the options ${JSON.stringify(options)}`, () =>
    expect(part(readSettings(options, everything))).toEqual(expected));
}

/** Variables that options go before. */
const everything: Environment = {
  OTEL_SERVICE_NAME: 'of the environment',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://environment:1',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://environment:2/own',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2',
  OTEL_TRACES_SAMPLER: 'always_on',
  OTEL_PROPAGATORS: 'b3',
  OTEL_METRIC_EXPORT_INTERVAL: '7',
  SONDE_QUEUE_BYTES: '8',
  SONDE_IGNORED_PATHS: '/environment',
  SONDE_FILES: '/environment',
  SONDE_FILES_INTERVAL: '9',
  SONDE_DEBUG: '1',
  SONDE_HEALTH_PORT: '9464',
  SONDE_HEALTH_HOST: '::1',
  SONDE_HEALTH_DETAILS: 'never',
  SONDE_LOG_BRIDGES: 'none',
  SONDE_LOG_STDOUT: 'none',
  SONDE_LOG_LEVEL: 'error',
  SONDE_REDACT: 'none',
};

const all = <T>(value: T): Record<string, T> => ({ traces: value, logs: value, metrics: value });
const each =
  (part: (target: NonNullable<Settings['targets']['traces']>) => unknown): Part =>
  ({ targets }) =>
    Object.fromEntries(Object.entries(targets).map(([signal, target]) => [signal, target === undefined ? 'off' : part(target)]));
const urls = (base: string): Record<string, string> => ({
  traces: `${base}/v1/traces`,
  logs: `${base}/v1/logs`,
  metrics: `${base}/v1/metrics`,
});

describe('a setting', () => {
  check('switched off', ({ disabled }) => disabled, [
    [{}, false],
    [{ OTEL_SDK_DISABLED: 'true' }, true],
    [{ OTEL_SDK_DISABLED: ' TRUE ' }, true],
    [{ OTEL_SDK_DISABLED: 'false' }, false],
    [{ OTEL_SDK_DISABLED: '1' }, false],
    [{ OTEL_SDK_DISABLED: '' }, false],
  ]);
  check('the service', ({ serviceName }) => serviceName, [
    [{}, undefined],
    [{ OTEL_SERVICE_NAME: '' }, undefined],
    [{ OTEL_SERVICE_NAME: ' shop ' }, 'shop'],
  ]);
  check('the sampler', ({ sampler }) => sampler.description, [
    [{}, 'ParentBased{root=AlwaysOn}'],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 'AlwaysOn'],
    [{ OTEL_TRACES_SAMPLER: 'Always_Off' }, 'AlwaysOff'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, 'Ratio{1}'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 'Ratio{0.25}'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 'Ratio{0}'],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 'ParentBased{root=AlwaysOn}'],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 'ParentBased{root=AlwaysOff}'],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }, 'ParentBased{root=Ratio{0.5}}'],
  ]);
  check('the propagators', ({ propagators }) => propagators, [
    [{}, ['tracecontext', 'baggage']],
    [{ OTEL_PROPAGATORS: 'b3, jaeger' }, ['b3', 'jaeger']],
  ]);
  check('the limits', ({ limits }) => Object.values(limits), [
    [{}, [128, Infinity, 128, 128, 128, 128]],
    [{ OTEL_ATTRIBUTE_COUNT_LIMIT: '5', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6' }, [5, 6, 128, 128, 128, 128]],
    [
      {
        OTEL_ATTRIBUTE_COUNT_LIMIT: '5',
        OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6',
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2',
        OTEL_SPAN_EVENT_COUNT_LIMIT: '3',
        OTEL_SPAN_LINK_COUNT_LIMIT: '4',
        OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '7',
        OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '0',
      },
      [1, 2, 3, 4, 7, 0],
    ],
  ]);
  check('the length of log attributes', ({ logLimits }) => logLimits.attributeLengthMax, [
    [{}, Infinity],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6' }, 6],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6', OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '7' }, 7],
  ]);
  check('the delays', ({ tracesDelayMs, logsDelayMs }) => [tracesDelayMs, logsDelayMs], [
    [{}, [5000, 1000]],
    [{ OTEL_BSP_SCHEDULE_DELAY: '1', OTEL_BLRP_SCHEDULE_DELAY: '2' }, [1, 2]],
  ]);
  check('the interval', ({ metricsIntervalMs }) => metricsIntervalMs, [
    [{}, 15_000],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '60000' }, 60_000],
  ]);
  check('the temporality', ({ temporality }) => temporality, [
    [{}, 'cumulative'],
    [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' }, 'delta'],
    [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'lowmemory' }, 'lowmemory'],
  ]);
  check('the queue', ({ queueBytesMax }) => queueBytesMax, [
    [{}, 16 << 20],
    [{ SONDE_QUEUE_BYTES: '1000' }, 1000],
  ]);
  check('the files', ({ files }) => files && Object.values(files), [
    [{}, undefined],
    [{ SONDE_FILES: '/var/telemetry' }, ['/var/telemetry', 1000, 64 << 20, Infinity, 5]],
    [{ SONDE_FILES: 'out' }, [resolve('out'), 1000, 64 << 20, Infinity, 5]],
    [
      {
        SONDE_FILES: '/f',
        SONDE_FILES_INTERVAL: '0',
        SONDE_FILES_BYTES: '1000',
        SONDE_FILES_AGE: '60000',
        SONDE_FILES_KEPT: '2',
      },
      ['/f', 0, 1000, 60_000, 2],
    ],
    [{ SONDE_FILES_INTERVAL: '0' }, undefined],
  ]);
  check('what is shown', ({ shown, debug }) => [shown, debug], [
    [{}, [[], false]],
    [{ SONDE_DEBUG: '1' }, [['traces', 'logs', 'metrics'], true]],
    [{ SONDE_DEBUG: 'True' }, [['traces', 'logs', 'metrics'], true]],
    [{ SONDE_DEBUG: '0' }, [[], false]],
    [{ SONDE_DEBUG: '1', OTEL_TRACES_EXPORTER: 'none' }, [['traces', 'logs', 'metrics'], true]],
    [{ OTEL_TRACES_EXPORTER: 'console', OTEL_LOGS_EXPORTER: 'otlp,console' }, [['traces', 'logs'], false]],
  ]);
  check('the names', ({ names }) => names, [
    [{}, []],
    [{ OTEL_SEMCONV_STABILITY_OPT_IN: 'http/dup,,database' }, ['http/dup', 'database']],
  ]);
  check('the lines of calls', ({ callLog }) => callLog, [
    [{}, 'sampled'],
    [{ SONDE_CALL_LOG: 'ALL' }, 'all'],
    [{ SONDE_CALL_LOG: 'none' }, 'none'],
  ]);
  check('what is watched', ({ watched }) => [...watched].join(), [
    [{}, 'http,undici,grpc,runtime-node,pg,mysql2,redis,ioredis,mongodb'],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg, http' }, 'http,pg'],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici,grpc,runtime-node' }, 'pg,mysql2,redis,ioredis,mongodb'],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,http', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http' }, 'pg'],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: ' ' }, 'http,undici,grpc,runtime-node,pg,mysql2,redis,ioredis,mongodb'],
  ]);
  check('the bridges of logs', ({ logs }) => logs.bridges, [
    [{}, ['pino', 'winston', 'bunyan', 'console']],
    [{ SONDE_LOG_BRIDGES: 'none' }, []],
    [{ SONDE_LOG_BRIDGES: 'console, PINO' }, ['pino', 'console']],
  ]);
  check('lines of JSON on stdout', ({ logs }) => logs.isPrinted, [
    [{}, false],
    [{ SONDE_LOG_STDOUT: 'none' }, false],
    [{ SONDE_LOG_STDOUT: 'JSON' }, true],
  ]);
  check('the levels of logs', ({ logs }) => [logs.levels.all, ...logs.levels.byName], [
    [{}, [undefined]],
    [{ SONDE_LOG_LEVEL: 'warn' }, ['warn']],
    [{ SONDE_LOG_LEVEL: 'info, db=debug' }, ['info', ['db', 'debug']]],
  ]);
  check('the signal that debugs', ({ logs }) => logs.levelSignal, [
    [{}, undefined],
    [{ SONDE_LOG_LEVEL_SIGNAL: 'SIGUSR2' }, 'SIGUSR2'],
    [{ SONDE_LOG_LEVEL_SIGNAL: 'sigusr1' }, 'SIGUSR1'],
  ]);
  const folder = process.cwd();
  check('the signal for profiles', ({ profile }) => profile, [
    [{ SONDE_PROFILE_KIND: 'both', SONDE_PROFILE_DIR: '/profiles' }, undefined],
    [{ SONDE_PROFILE_SIGNAL: 'sigusr1' }, { signal: 'SIGUSR1', kinds: ['cpu'], durationMs: 10_000, folder }],
    [
      {
        SONDE_PROFILE_SIGNAL: 'SIGUSR2',
        SONDE_PROFILE_KIND: 'Heap',
        SONDE_PROFILE_SECONDS: '600',
        SONDE_PROFILE_DIR: '/profiles',
      },
      { signal: 'SIGUSR2', kinds: ['heap'], durationMs: 600_000, folder: '/profiles' },
    ],
    [
      {
        SONDE_PROFILE_SIGNAL: 'SIGUSR2',
        SONDE_PROFILE_KIND: 'both',
        SONDE_PROFILE_DIR: 'a/b',
        SONDE_LOG_LEVEL_SIGNAL: 'SIGUSR1',
      },
      { signal: 'SIGUSR2', kinds: ['cpu', 'heap'], durationMs: 10_000, folder: join(folder, 'a/b') },
    ],
  ]);
  const isSecret: Part = ({ logs }) => ['password', 'iban', 'x'].map((key) => logs.secrets?.has(key));
  check('what is redacted', isSecret, [
    [{}, [true, false, false]],
    [{ SONDE_REDACT: 'iban' }, [true, true, false]],
    [{ SONDE_REDACT: 'none' }, [undefined, undefined, undefined]],
    [{ SONDE_REDACT: 'none,iban' }, [false, true, false]],
  ]);
  check('the ignored paths', ({ ignoredPaths }) => ignoredPaths, [
    [{}, []],
    [{ SONDE_IGNORED_PATHS: '/health, /internal/*' }, ['/health', '/internal/*']],
  ]);

  check('where health is told', ({ health }) => health, [
    [{}, { port: undefined, host: undefined, details: 'never' }],
    [
      { SONDE_HEALTH_PORT: ' 9464 ', SONDE_HEALTH_HOST: '127.0.0.1', SONDE_HEALTH_DETAILS: 'Always' },
      { port: 9464, host: '127.0.0.1', details: 'always' },
    ],
    [{ SONDE_HEALTH_PORT: '0' }, { port: 0, host: undefined, details: 'never' }],
  ]);

  test.each(['0', '601'])('%s seconds of a profile are told, and 10 taken', (seconds) => {
    const { profile, problems } = readSettings({}, { SONDE_PROFILE_SIGNAL: 'SIGUSR2', SONDE_PROFILE_SECONDS: seconds });
    expect(profile?.durationMs).toBe(10_000);
    expect(problems).toEqual([`SONDE_PROFILE_SECONDS should be from 1 to 600, but is "${seconds}"; 10 is taken`]);
  });

  test('a signal for profiles that changes the levels of logs, too, is told, and records none', () => {
    const { logs, profile, problems } = readSettings({}, { SONDE_PROFILE_SIGNAL: 'SIGUSR2', SONDE_LOG_LEVEL_SIGNAL: 'sigusr2' });
    expect([logs.levelSignal, profile]).toEqual(['SIGUSR2', undefined]);
    expect(problems).toEqual([
      'SONDE_PROFILE_SIGNAL should not be that of SONDE_LOG_LEVEL_SIGNAL, but is SIGUSR2 too; it records no profile',
    ]);
  });

  test.each(['65536', '-1', '80a', '1e3'])('a port of health that is %s is told, and there is none', (port) => {
    const { health, problems } = readSettings({}, { SONDE_HEALTH_PORT: port });
    expect(health.port).toBeUndefined();
    expect(problems).toEqual([`SONDE_HEALTH_PORT should be a number from 0 to 65535, but is "${port}"; there is none`]);
  });
});

describe('of the targets', () => {
  check(
    'those that are on',
    each(() => 'on'),
    [
      [{}, all('on')],
      [{ OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }, all('off')],
      [
        { OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'console, otlp' },
        { ...all('on'), logs: 'off' },
      ],
      [{ OTEL_TRACES_EXPORTER: 'console' }, { ...all('on'), traces: 'off' }],
      [{ OTEL_TRACES_EXPORTER: '' }, all('on')],
    ],
  );
  check(
    'the URL',
    each(({ url }) => url),
    [
      [{}, urls('http://localhost:4318')],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://sonde:1' }, urls('http://sonde:1')],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://sonde:1/' }, urls('http://sonde:1')],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://sonde/otlp//' }, urls('https://sonde/otlp')],
      [
        { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://sonde:1', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs:2/' },
        { ...urls('http://sonde:1'), logs: 'http://logs:2/' },
      ],
      [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, all('http://localhost:4317')],
      [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://sonde:1' }, all('http://sonde:1')],
      [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, { ...urls('http://localhost:4318'), traces: 'http://localhost:4317' }],
    ],
  );
  check(
    'the protocol',
    each(({ protocol }) => protocol),
    [
      [{}, all('http/protobuf')],
      [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, all('http/json')],
      [
        { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' },
        { ...all('http/json'), metrics: 'grpc' },
      ],
    ],
  );
  check(
    'headers',
    each(({ headers }) => headers),
    [
      [{}, all({})],
      [
        { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20x%3D, b = 2 ,=no,no,' },
        all({ authorization: 'Bearer x=', b: '2' }),
      ],
      [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=100%,b=x=y' }, all({ a: '100%', b: 'x=y' })],
      [
        { OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2' },
        { ...all({ a: '1' }), traces: { b: '2' } },
      ],
    ],
  );
  check(
    'the time limit',
    each(({ timeoutMs }) => timeoutMs),
    [
      [{}, all(10_000)],
      [{ OTEL_EXPORTER_OTLP_TIMEOUT: '5' }, all(5)],
      [
        { OTEL_EXPORTER_OTLP_TIMEOUT: '5', OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '6' },
        { ...all(5), logs: 6 },
      ],
    ],
  );
  check(
    'the compression',
    each(({ compression }) => compression),
    [
      [{}, all('none')],
      [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, all('gzip')],
      [
        { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none' },
        { ...all('gzip'), logs: 'none' },
      ],
    ],
  );

  describe('the files of TLS', () => {
    const folder = mkdtempSync(join(tmpdir(), 'instrument-settings-'));
    const file = (name: string): string => join(folder, name);
    beforeAll(() => ['ca', 'key', 'cert', 'own'].forEach((name) => writeFileSync(file(name), `${name} in PEM`)));
    afterAll(() => rmSync(folder, { recursive: true }));

    check(
      'what they hold',
      each(({ tls }) => tls),
      [
        [{}, all({})],
        [
          {
            OTEL_EXPORTER_OTLP_CERTIFICATE: file('ca'),
            OTEL_EXPORTER_OTLP_CLIENT_KEY: file('key'),
            OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file('cert'),
            OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: file('own'),
          },
          {
            ...all({ ca: 'ca in PEM', key: 'key in PEM', cert: 'cert in PEM' }),
            traces: { ca: 'own in PEM', key: 'key in PEM', cert: 'cert in PEM' },
          },
        ],
      ],
    );
  });
});

describe('an option goes before the environment', () => {
  checkOption('the service', ({ serviceName }) => serviceName, [{ serviceName: 'own' }, 'own']);
  checkOption('the sampler', ({ sampler }) => sampler.description, [{ sampler: alwaysOff }, 'AlwaysOff']);
  checkOption('the propagators', ({ propagators }) => propagators, [{ propagators: ['xray'] }, ['xray']]);
  checkOption('the interval', ({ metricsIntervalMs }) => metricsIntervalMs, [{ metricsIntervalMs: 500 }, 500]);
  checkOption('the queue', ({ queueBytesMax }) => queueBytesMax, [{ queueBytesMax: 5 }, 5]);
  checkOption('the lines of calls', ({ callLog }) => callLog, [{ callLog: 'failed' }, 'failed']);
  checkOption('the files', ({ files }) => files && [files.folder, files.intervalMs, files.kept], [
    { files: { folder: '/own', kept: 1 } },
    ['/own', 9, 1],
  ]);
  checkOption('what is shown', ({ shown }) => shown, [{ debug: false }, []]);
  checkOption('the bridges of logs', ({ logs }) => logs.bridges, [{ logBridges: ['pino'] }, ['pino']]);
  checkOption('lines on stdout', ({ logs }) => logs.isPrinted, [{ logStdout: 'json' }, true]);
  checkOption('the level of logs', ({ logs }) => logs.levels, [
    { logLevel: 'info,db=debug' },
    { all: 'info', byName: new Map([['db', 'debug']]) },
  ]);
  checkOption('what is redacted', ({ logs }) => logs.secrets?.has('iban'), [{ redact: ['iban'] }, true]);
  checkOption('the ignored paths', ({ ignoredPaths }) => ignoredPaths, [{ ignoredPaths: ['/own'] }, ['/own']]);
  checkOption('where health is told', ({ health }) => health, [
    { healthPort: 1, healthHost: '::', healthDetails: 'always' },
    { port: 1, host: '::', details: 'always' },
  ]);
  checkOption(
    'the URL',
    each(({ url }) => url),
    [{ endpoint: 'http://own:3/' }, urls('http://own:3')],
  );
  checkOption(
    'the URL',
    each(({ url }) => url),
    [{ endpoint: 'http://own:3', protocol: 'grpc' }, all('http://own:3')],
  );
  checkOption(
    'the protocol',
    each(({ protocol }) => protocol),
    [{ protocol: 'http/protobuf' }, all('http/protobuf')],
  );
  checkOption(
    'headers',
    each(({ headers }) => headers),
    [{ headers: { b: '3' } }, all({ a: '1', b: '3' })],
  );
});

describe('what makes no sense is told, and the default taken', () => {
  function checkProblem(environment: Environment, part: Part, expected: unknown): void {
    const [name = ''] = Object.keys(environment).slice(-1);
    test(`in ${name}`, () => {
      const settings = readSettings({}, environment);
      expect(part(settings)).toEqual(expected);
      expect(settings.problems).toEqual([expect.stringContaining(name)]);
      expect(settings.problems[0]).toContain(environment[name]);
    });
  }

  checkProblem({ OTEL_ATTRIBUTE_COUNT_LIMIT: 'many' }, ({ limits }) => limits.attributesMax, 128);
  checkProblem(
    { OTEL_ATTRIBUTE_COUNT_LIMIT: '5', OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-1' },
    ({ limits }) => limits.attributesMax,
    5,
  );
  checkProblem({ OTEL_BSP_SCHEDULE_DELAY: '1.5' }, ({ tracesDelayMs }) => tracesDelayMs, 5000);
  checkProblem({ SONDE_DEBUG: 'yes' }, ({ debug }) => debug, false);
  checkProblem({ SONDE_FILES: '/f', SONDE_FILES_KEPT: 'all' }, ({ files }) => files?.kept, 5);
  checkProblem({ OTEL_METRIC_EXPORT_INTERVAL: '10s' }, ({ metricsIntervalMs }) => metricsIntervalMs, 15_000);
  checkProblem({ OTEL_TRACES_SAMPLER: 'some' }, ({ sampler }) => sampler.description, 'ParentBased{root=AlwaysOn}');
  for (const share of ['1.5', '-0.1', 'half', 'NaN']) {
    checkProblem(
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: share },
      ({ sampler }) => sampler.description,
      'Ratio{1}',
    );
  }
  checkProblem({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'both' }, ({ temporality }) => temporality, 'cumulative');
  checkProblem({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'udp' }, ({ targets }) => targets.traces?.protocol, 'http/protobuf');
  checkProblem(
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'udp' },
    ({ targets }) => targets.traces?.protocol,
    'http/json',
  );
  checkProblem({ OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: 'never' }, ({ targets }) => targets.logs?.timeoutMs, 10_000);
  checkProblem({ OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'zip' }, ({ targets }) => targets.logs?.compression, 'none');
  checkProblem({ OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: '/not/there' }, ({ targets }) => targets.logs?.tls, {});
  checkProblem({ OTEL_EXPORTER_OTLP_PROTOCOL: 'udp' }, ({ targets }) => targets.logs?.protocol, 'http/protobuf');
  checkProblem({ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'postgres' }, ({ watched }) => watched.size, 0);
  checkProblem({ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'postgres' }, ({ watched }) => watched.size, 9);
  checkProblem({ OTEL_EXPORTER_OTLP_TIMEOUT: 'never' }, ({ targets }) => targets.logs?.timeoutMs, 10_000);
});

test('the environment of a child has everything but what loads the kit', () => {
  const { NODE_OPTIONS, ...rest } = process.env;
  process.env['NODE_OPTIONS'] = '--import @sonde/instrument';
  try {
    expect(environmentOfChild()).toEqual(rest);
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = NODE_OPTIONS;
  }
});

/** The rules of the house as data; tidy.test.ts holds the project to them. An exception list may only shrink. */

export interface Arrow {
  /** A folder, or `folder/*` for each folder in it on its own: siblings do not see each other. */
  readonly from: string;
  /** Folders and files that its files may import, besides their own folder; `types of x`: by `import type` only. */
  readonly to: readonly string[];
  /** `node` for Node's modules, and packages. */
  readonly outside: readonly string[];
}

/** Who may import whom. ARCHITECTURE.md shows this table. The row with the longest `from` that fits a file is its row. */
export const arrows: readonly Arrow[] = [
  { from: 'src/base', to: [], outside: [] },
  { from: 'src/model', to: ['src/base'], outside: [] },
  { from: 'src/codec', to: ['src/base', 'src/model'], outside: [] },
  { from: 'src/lang', to: ['src/base'], outside: ['re2js'] },
  {
    from: 'src/promql',
    to: ['src/base', 'src/model', 'src/lang', 'src/engine/engine.ts', 'src/engine/sql.ts'],
    outside: [],
  },
  { from: 'src/engine', to: ['src/base', 'src/model'], outside: ['node', 'chdb', '@clickhouse/client'] },
  {
    from: 'src/ingest',
    to: ['src/base', 'src/engine/commit.ts', 'src/ingest/*', 'types of src/model/metric-retention.ts'],
    outside: [],
  },
  {
    from: 'src/ingest/*',
    to: ['src/base', 'src/model', 'src/codec', 'src/engine/commit.ts', 'src/ingest/protocol.ts'],
    outside: ['node'],
  },
  {
    // Rows of Prometheus's series are the same whichever way they came.
    from: 'src/ingest/statsd',
    to: ['src/base', 'src/model', 'src/codec', 'src/engine/commit.ts', 'src/ingest/protocol.ts', 'src/ingest/prometheus'],
    outside: ['node'],
  },
  {
    from: 'src/scrape',
    to: ['src/base', 'src/model', 'src/codec', 'src/lang', 'src/ingest/prometheus', 'src/engine/commit.ts'],
    outside: ['node', 'yaml', 're2js'],
  },
  {
    from: 'src/api',
    to: ['src/base', 'src/engine/engine.ts', 'src/api/*', 'types of src/promql/query.ts', 'types of src/scrape/status.ts'],
    outside: [],
  },
  {
    from: 'src/api/*',
    to: [
      'src/base',
      'src/model',
      'src/codec',
      'src/lang',
      'src/promql',
      'src/engine/engine.ts',
      'src/engine/sql.ts',
      'src/api/api.ts',
      'types of src/scrape/status.ts',
    ],
    outside: [],
  },
  { from: 'src/server', to: ['src'], outside: ['node', '@grpc/grpc-js', 'fzstd', 'yaml'] },
  { from: 'src/cli', to: ['src'], outside: ['node'] },
  { from: 'web', to: ['types of src/api/sonde/contract.ts'], outside: ['preact', '@preact/signals', 'uplot', 'vite'] },
  { from: 'instrument', to: [], outside: ['node', 'vite', 'packages of instrument/package.json'] },
  { from: 'demo', to: [], outside: ['node', 'packages of demo/package.json'] },
  { from: 'bin', to: [], outside: ['node'] },
  { from: 'scripts', to: [], outside: ['node', 'vite'] },
  { from: 'bench', to: ['src', 'test'], outside: ['node', 'packages of package.json'] },
  { from: 'test', to: ['src', 'bench'], outside: ['node', 'packages of package.json'] },
];

/** Tests beside the code may import all of src and test, and these. */
export const testPackages: readonly string[] = ['node', 'vitest', 'fast-check'];

/** Files that only the named ones may import: a driver is chosen in one place. */
export const reserved: Readonly<Record<string, readonly string[]>> = {
  'src/engine/embedded.ts': ['src/server/main.ts'],
  'src/engine/remote.ts': ['src/server/main.ts'],
};

/** Lines of a file at most; the larger number for lexers, parsers, decoders, tables of functions, and tests. */
export const fileLinesMax = { any: 400, long: 600, medianOfSrc: 180 };
export const longFiles: readonly RegExp[] = [
  /\/(lex|parse|signatures|functions|decode|decode-[a-z-]+)\.ts$/,
  /\.(test|contract)\.tsx?$/,
  // A second decoder, written as plainly as can be.
  /^test\/otlp\/expected-rows\.ts$/,
];

/** Every package that runs with Sonde, and why it is there; `scope/*` for all of a scope. */
export const dependencies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'package.json': {
    '@clickhouse/client': 'The remote driver: the client of the ClickHouse project itself, without dependencies.',
    '@grpc/grpc-js': 'OTLP over gRPC: the one gRPC server for Node in pure JavaScript, by the gRPC project.',
    chdb: 'The embedded engine: ClickHouse in this process, by the ClickHouse project.',
    re2js: 'Runs what users write as regular expressions in linear time: a port of RE2 in JavaScript, without dependencies.',
    fzstd: 'Inflates zstd bodies: Node 20 has no zstd of its own; small and without dependencies.',
    yaml: 'Reads the configuration file; without dependencies, keeps positions for error messages.',
  },
  'demo/package.json': {
    '@electric-sql/pglite':
      'PostgreSQL itself, in WebAssembly: the database error in the demo is a real one, and nothing is to be installed.',
    '@grpc/grpc-js': 'The gRPC of the log service, as most services use it, and of the version that Sonde itself has.',
    '@grpc/proto-loader': 'Reads the log service’s .proto: by the gRPC project, and there with grpc-js anyway.',
    '@opentelemetry/*': 'The SDK of OpenTelemetry, as any service uses it: the demo shows Sonde with no client of its own.',
    '@sonde/instrument': 'The kit, which the log service shows: the workspace beside it.',
    pg: 'The PostgreSQL client that most services use, and that OpenTelemetry instruments.',
  },
  'instrument/package.json': {
    '@opentelemetry/api': 'What libraries record with: the kit is behind it, and shares it with all that the application loads.',
    '@opentelemetry/api-logs': 'The same for log records.',
    '@opentelemetry/context-async-hooks':
      'Binds functions and event emitters to a context; the kit changes only where contexts are kept.',
    '@opentelemetry/core': 'The propagators of W3C, and the place where frameworks leave the route of a request.',
    '@opentelemetry/instrumentation-http': 'Watches requests that a service makes over node:http.',
    '@opentelemetry/instrumentation-ioredis': 'Watches commands of ioredis; loaded when a service loads that.',
    '@opentelemetry/instrumentation-mongodb': 'Watches commands of the driver of MongoDB; loaded when a service loads that.',
    '@opentelemetry/instrumentation-mysql2': 'Watches queries of mysql2; loaded when a service loads that.',
    '@opentelemetry/instrumentation-pg': 'Watches queries of pg; loaded when a service loads that.',
    '@opentelemetry/instrumentation-redis': 'Watches commands of redis; loaded when a service loads that.',
    '@opentelemetry/instrumentation-runtime-node': 'Measures event loop, garbage collection and heap.',
    '@opentelemetry/instrumentation-undici': 'Watches requests that a service makes with fetch.',
    '@opentelemetry/propagator-aws-xray': 'Traces in the format of AWS X-Ray.',
    '@opentelemetry/propagator-b3': 'Traces in the two formats of Zipkin.',
    '@opentelemetry/propagator-jaeger': 'Traces in the format of older Jaeger clients.',
    '@opentelemetry/resources': 'Reads OTEL_RESOURCE_ATTRIBUTES by the rules of the specification; the metrics SDK asks for it.',
    '@opentelemetry/sdk-metrics': 'Aggregates what the application and its libraries measure.',
  },
};

/** Lint rules that stand in for counters that may only be zero, and the only places where they are off. */
export const lintRules: readonly string[] = [
  'typescript/no-explicit-any',
  'typescript/no-non-null-assertion',
  'typescript/ban-ts-comment',
  'typescript/no-floating-promises',
  'typescript/switch-exhaustiveness-check',
  'import/no-cycle',
  'import/no-default-export',
  'node/no-process-env',
  'no-console',
  'max-lines-per-function',
  'vitest/no-disabled-tests',
  'vitest/no-focused-tests',
];
export const lintRulesOff: Readonly<Record<string, readonly string[]>> = {
  // Hot loops over typed arrays, where an index is known to be inside.
  'typescript/no-non-null-assertion': [
    'src/model/columns.ts',
    'src/codec/**',
    'src/ingest/*/decode*.ts',
    'src/promql/evaluate/**',
    'src/promql/histogram/**',
  ],
  'import/no-default-export': ['**/*.config.ts'],
  'node/no-process-env': [
    'src/server/config.ts',
    'instrument/src/settings.ts',
    'bin/**',
    'scripts/**',
    'bench/**',
    'test/**',
    'demo/**',
    'instrument/test/**',
  ],
  'no-console': [
    'src/cli/**',
    'src/server/self*.ts',
    'bin/**',
    'scripts/**',
    'bench/**',
    'test/**',
    'demo/**',
    'instrument/test/**',
  ],
};
/** Tests and benchmarks may do these everywhere. */
export const lintRulesOffInTests: readonly string[] = [
  'typescript/no-non-null-assertion',
  'import/no-nodejs-modules',
  'node/no-process-env',
  'max-lines-per-function',
];

/** Words that say nothing: what is in the file, or what does the function do? */
export const emptyWords: readonly string[] = ['util', 'utils', 'common', 'helper', 'helpers', 'manager', 'misc', 'stuff'];

/**
 * Debt: what breaks a rule today, each line as the message of the test puts it, with the reason and what ends it in a comment
 * above. Empty is the aim and the state.
 */
export const exceptions: {
  readonly arrows: readonly string[];
  readonly cycles: readonly string[];
  readonly fileLines: readonly string[];
  readonly suppressions: readonly string[];
  readonly reExports: readonly string[];
  readonly names: readonly string[];
} = { arrows: [], cycles: [], fileLines: [], suppressions: [], reExports: [], names: [] };

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // A process for each of the many files would take longer than the tests: a few run one file after another.
          pool: 'forks',
          isolate: false,
          maxWorkers: '100%',
          include: [
            'src/**/*.test.ts',
            'web/**/*.test.ts',
            'instrument/src/**/*.test.ts',
            'demo/log-service/**/*.test.ts',
            'test/tidy.test.ts',
          ],
          // The engine's own suites open a data directory: they belong to the slower project.
          exclude: ['src/**/*.engine.test.ts'],
          // Property tests take three seconds on a slow machine, and twice that beside something else.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['src/**/*.engine.test.ts', 'test/integration/**/*.test.ts'],
          pool: 'forks',
          // A statement of the engine holds one of libuv's threads (src/engine/embedded.ts).
          env: { UV_THREADPOOL_SIZE: '16' },
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      'demo',
      'instrument',
    ],
  },
});

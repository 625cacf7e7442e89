import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'test/tidy.test.ts'],
          // The engine's own suites open a data directory: they belong to the slower project.
          exclude: ['src/**/*.engine.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['src/**/*.engine.test.ts', 'test/integration/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      'demo',
    ],
  },
});

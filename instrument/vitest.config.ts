import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'instrument',
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/pack.ts',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vite';

/** The program in a few files: loading many small modules takes time. */
export default defineConfig({
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    emptyOutDir: true,
    rollupOptions: {
      input: {
        // A file of its own, as those beside it load packages before anything of theirs runs.
        'tick-shape': 'src/tick-shape.ts',
        register: 'src/register.ts',
        start: 'src/start.ts',
        exceptions: 'src/log/exceptions.ts',
        audit: 'src/audit.ts',
        request: 'src/request.ts',
        grpc: 'src/grpc/authenticate.ts',
        log: 'src/log/kit-logger.ts',
        'pino-bridge': 'src/log/bridges/pino.ts',
        'winston-bridge': 'src/log/bridges/winston.ts',
        'bunyan-bridge': 'src/log/bridges/bunyan.ts',
        sampling: 'src/trace/sampling.ts',
        'rule-sampler': 'src/trace/rule-sampler.ts',
        'remote-sampler': 'src/trace/remote-sampler.ts',
        'rate-sampler': 'src/trace/rate-sampler.ts',
        files: 'src/file/file-exporter.ts',
        terminal: 'src/terminal/terminal-exporter.ts',
        health: 'src/health/health.ts',
        'health-checks': 'src/health/checks.ts',
        'health-grpc': 'src/health/grpc.ts',
        profile: 'src/profile/profile.ts',
        'signal-profiles': 'src/profile/signal-profiles.ts',
        resilience: 'src/resilience/resilience.ts',
        'resilience-errors': 'src/resilience/errors.ts',
        'retry-budget': 'src/resilience/retry-budget.ts',
        'call-at-exit': 'src/send/call-at-exit.ts',
        'post-at-exit': 'src/send/post-at-exit.ts',
      },
      external: [/^@opentelemetry\//, '@grpc/grpc-js', /^node:/],
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});

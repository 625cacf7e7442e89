// Records spans, log records and a metric, numbered, and says on stdout how far it is as soon as each call has returned. Ends after
// COUNT of them, as END says.
import { writeSync } from 'node:fs';
import { metrics, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { start } from '@sonde/instrument/start';

const instrument = start();
const tracer = trace.getTracer('recording');
const logger = logs.getLogger('recording');
const counter = metrics.getMeter('recording').createCounter('recorded');
const say = (what, i) => writeSync(1, `${what} ${i}\n`);
const count = Number(process.env.COUNT ?? Infinity);

for (let i = 1; i <= count; i++) {
  tracer.startSpan(`span ${i}`).end();
  say('span', i);
  logger.emit({ body: `log ${i}` });
  say('log', i);
  counter.add(1);
  if (i % 20 !== 0) continue;
  // Metrics are in the file when they were collected.
  await instrument.flush();
  say('metric', i);
  await new Promise((resolve) => setImmediate(resolve));
}
if (process.env.END === 'exit') process.exit(3);
if (process.env.END === 'throw') throw new TypeError('nobody catches this');
if (process.env.END === 'reject') void Promise.reject(new TypeError('nobody awaits this'));
if (process.env.END === 'SIGTERM') {
  setInterval(() => undefined, 1000);
  process.kill(process.pid, 'SIGTERM');
}

// Calls a peer of its own that fails by path, under policies; says on stdout how each call ended. Nothing keeps it alive but the calls.
import http from 'node:http';
import { trace } from '@opentelemetry/api';
import { resilience } from '@sonde/instrument/resilience';
import { retryBudget } from '@sonde/instrument/resilience/budget';
import { ResilienceError } from '@sonde/instrument/resilience/errors';

let asked = 0;
const server = http.createServer((request, response) => {
  asked++;
  if (request.url === '/fails-twice' && asked <= 2) response.statusCode = 503;
  if (request.url === '/fails') response.statusCode = 503;
  if (request.url === '/missing') response.statusCode = 404;
  if (request.url === '/slow' || (request.url === '/slow-once' && asked === 1)) return;
  response.end('hi');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const to =
  (path) =>
  async ({ signal }) => {
    const answer = await fetch(base + path, { signal });
    await answer.arrayBuffer();
    return answer.status;
  };
const failing = async ({ signal }) => {
  const answer = await fetch(`${base}/fails`, { signal });
  await answer.arrayBuffer();
  return answer;
};
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ends = {};
/** Within a span of its own, named after what is tried. */
const within = (name, run) =>
  trace.getTracer('app').startActiveSpan(name, async (span) => {
    asked = 0;
    ends[name] = await run().then(
      (answer) => answer?.status ?? answer,
      (error) => (error instanceof ResilienceError ? `${error.code} ${error.cause?.name ?? ''}`.trim() : error.name),
    );
    span.end();
  });
const idempotent = { isIdempotent: true };

const payments = resilience({ name: 'payments', timeoutMs: 5000, retry: { attempts: 3, delayMs: 1 } });
const answered = (path) => async (attempt) => {
  const answer = await fetch(base + path, { signal: attempt.signal });
  await answer.arrayBuffer();
  return answer;
};
await within('well', () => payments.run(answered('/'), idempotent));
await within('retried', () => payments.run(answered('/fails-twice'), idempotent));
await within('missing', () => payments.run(answered('/missing'), idempotent));
await within('once', () => payments.run(answered('/fails')));
const poor = resilience({ name: 'poor', retry: {}, budget: retryBudget({ share: 0, perSecondMin: 0 }) });
await within('budget', () => poor.run(failing, idempotent));
const late = resilience({ name: 'late', timeoutMs: 50 });
await within('timeout', () => late.run(to('/slow')));

const breaker = { kind: 'consecutive', failures: 2, openMs: 100 };
const stock = resilience({ name: 'stock', breaker, fallback: () => 'cached' });
await within('opens', async () => {
  await stock.run(failing);
  await stock.run(failing);
  return stock.breakerState;
});
await within('open', () => stock.run(failing));
await wait(120);
await within('closes', async () => `${await stock.run(to('/'))} ${stock.breakerState}`);

const files = resilience({ name: 'files', bulkhead: { limit: 1 } });
await within('full', async () => {
  const held = files.run(to('/'));
  const [, end] = await Promise.allSettled([held, files.run(to('/'))]);
  throw end.reason;
});
const mail = resilience({ name: 'mail', rateLimit: { perSecond: 0.01 } });
await mail.run(to('/'));
await within('limited', () => mail.run(to('/')));
const search = resilience({ name: 'search', hedge: { afterMs: 30 } });
await within('hedged', () => search.run(to('/slow-once'), idempotent));

server.closeAllConnections();
await new Promise((resolve) => server.close(resolve));
// Until its client has heard of that too.
await wait(50);
// From here on nothing is open but the wait between attempts.
const gone = resilience({ name: 'gone', retry: { attempts: 2, delayMs: 200, jitter: 'decorrelated' } });
await within('refused', () => gone.run(to('/'), idempotent));
process.stdout.write(JSON.stringify(ends));

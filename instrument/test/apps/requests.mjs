// Requests with and without an id of their own, passed on by fetch and by node:http; tells its parent which ids came behind.
import http from 'node:http';
import fastify from 'fastify';
import { trace } from '@opentelemetry/api';
import { caller, identify, requestId } from '@sonde/instrument/request';

const behind = http.createServer((request, response) => {
  response.end(JSON.stringify(request.headers['x-request-id'] ?? null));
});
await new Promise((resolve) => behind.listen(0, '127.0.0.1', resolve));
const behindUrl = `http://127.0.0.1:${behind.address().port}/`;
const ask = (headers = {}) =>
  new Promise((resolve, reject) => {
    http
      .get(behindUrl, { headers }, async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        resolve(JSON.parse(text));
      })
      .on('error', reject);
  });
const fetched = async (headers = {}) => (await fetch(behindUrl, { headers })).json();

const app = fastify();
app.addHook('onRequest', async ({ headers }, reply) => {
  if (headers.user === 'nobody') return reply.code(401).send('nobody may not');
  if (headers.user !== undefined) identify({ id: headers.user, name: headers.user.toUpperCase(), roles: ['reader'] });
});
app.get('/', async () => {
  return {
    requestId: requestId(),
    caller: caller() ?? null,
    traceId: trace.getActiveSpan().spanContext().traceId,
    passedOn: [await fetched(), await ask(), await fetched({ 'X-Request-ID': 'own' }), await ask({ 'X-Request-Id': 'own' })],
  };
});
await app.listen({ port: 0, host: '127.0.0.1' });
const url = `http://127.0.0.1:${app.server.address().port}/`;
const told = {};
for (const [name, headers] of Object.entries({
  with: { 'x-request-id': 'r-9', user: 'ada' },
  without: {},
  bad: { 'x-request-id': 'x'.repeat(129) },
})) {
  told[name] = await (await fetch(url, { headers })).json();
}
told.refused = (await fetch(`${url}?token=secret`, { headers: { user: 'nobody' } })).status;
told.outside = [requestId() ?? null, caller() ?? null];
app.server.closeAllConnections();
behind.closeAllConnections();
behind.close();
await app.close();
await new Promise((resolve) => process.send(told, resolve));
process.disconnect();

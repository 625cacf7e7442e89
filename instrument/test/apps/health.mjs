// A service with health on servers of node:http, express and fastify, and for gRPC, with a dependency at CARDS; does what its parent process says.
import http from 'node:http';
import grpc from '@grpc/grpc-js';
import express from 'express';
import fastify from 'fastify';
import { makeHealth } from '@sonde/instrument/health';
import { databaseCheck, httpCheck } from '@sonde/instrument/health/checks';
import { addGrpcHealth } from '@sonde/instrument/health/grpc';
import { trace } from '@opentelemetry/api';

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

let output;
const query = async () => {
  // Would be a span, if the check were traced.
  trace.getTracer('pg').startSpan('SELECT').end();
  if (output !== undefined) throw new Error(output);
};
const health = makeHealth({
  checks: [
    databaseCheck({ query, cacheMs: 0, groups: ['ready', 'shop'] }),
    httpCheck({ name: 'cards', url: process.env.CARDS, isCritical: false, cacheMs: 0 }),
  ],
  groups: ['shop'],
  details: ({ headers }) => headers.authorization === 'Bearer sesame',
});

const plain = http.createServer((request, response) => {
  if (!health.handle(request, response)) response.end('plain');
});

const app = express();
app.use(health.handle);
app.use('/internal', health.handle);
app.use('/status/health', health.handle);
app.get('/work', (_, response) => response.send('express'));

const fast = fastify();
const answer = (request, reply) => {
  reply.hijack();
  health.handle(request.raw, reply.raw);
};
fast.all('/health', answer);
fast.all('/health/*', answer);
fast.get('/work', () => 'fastify');
await fast.listen({ port: 0, host: '127.0.0.1' });

const rpc = new grpc.Server();
addGrpcHealth(rpc, health, { services: { 'shop.Shop': 'shop' } });
const rpcPort = await new Promise((resolve, reject) =>
  rpc.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
);

const expressServer = http.createServer(app);
const ports = { plain: await listening(plain), express: await listening(expressServer), fastify: fast.server.address().port };
process.send({ ports, rpcPort });

const actions = {
  started: () => health.started(),
  gone: () => (output = 'connect ECONNREFUSED'),
  back: () => (output = undefined),
  drain: () => health.drain(),
  async end() {
    health.stop();
    for (const server of [plain, expressServer]) {
      server.close();
      server.closeAllConnections();
    }
    fast.server.closeAllConnections();
    await fast.close();
    await new Promise((resolve) => rpc.tryShutdown(resolve));
    setImmediate(() => process.disconnect());
  },
};
process.on('message', async (action) => {
  await actions[action]();
  process.send({ done: action });
});

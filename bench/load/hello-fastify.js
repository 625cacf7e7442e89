// A fastify service that says hello, for bench/instrument.js: tells its parent where it listens, and its processor time when asked.
import fastify from 'fastify';

const app = fastify();
app.get('/hello/:name', (request) => Promise.resolve({ hello: request.params.name }));
await app.listen({ port: 0, host: '127.0.0.1' });
process.on('message', (message) => {
  if (message === 'usage') process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
});
process.send({ port: app.server.address().port });

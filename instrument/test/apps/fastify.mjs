// A route that answers, that fails, and one that is not there.
const { default: fastify } = await import(process.env.FASTIFY ?? 'fastify');

const app = fastify();
app.get('/beasts/:name', (request) =>
  request.params.name === 'boom' ? Promise.reject(new Error('no such beast')) : Promise.resolve({ name: request.params.name }),
);
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address();
for (const path of ['/beasts/unicorn', '/beasts/boom', '/nowhere']) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
app.server.closeAllConnections();
await app.close();

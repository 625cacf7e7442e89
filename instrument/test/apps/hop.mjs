// Answers on a free port by asking the next service, NEXT, if there is one; ends when its parent lets go.
import http from 'node:http';

const server = http.createServer(async (_, response) => {
  if (process.env.NEXT !== undefined) await (await fetch(process.env.NEXT)).text();
  response.end('hopped');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
process.send({ url: `http://127.0.0.1:${server.address().port}/` });
process.once('disconnect', () => {
  server.close();
  server.closeAllConnections();
});

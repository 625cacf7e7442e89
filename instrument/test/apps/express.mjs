// The same with express, behind a router that is mounted elsewhere.
import express from 'express';

const zoo = express.Router();
zoo.get('/beasts/:name', (request, response) => {
  if (request.params.name === 'boom') response.status(500).end('no such beast');
  else response.json({ name: request.params.name });
});
const app = express();
app.use('/zoo', zoo);
const server = await new Promise((resolve) => {
  const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
});
const { port } = server.address();
for (const path of ['/zoo/beasts/unicorn', '/zoo/beasts/boom', '/nowhere'])
  await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
server.closeAllConnections();
server.close();

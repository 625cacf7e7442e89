// A service that asks itself: `/one` once, `/wait` twice at the same time. Before and after that it asks the database outside of any
// request. Pools are seen by metrics while they are open, so it stays open for two of the kit's exports.
const { setTimeout: sleep } = require('node:timers/promises');
const http = require('node:http');

exports.serve = async function serve({ open, before, one, wait, close }, libraries, url) {
  const client = await open(libraries, url);
  await before(client);
  const handlers = { '/one': one, '/wait': wait };
  const server = http.createServer((request, response) => {
    handlers[request.url](client).then(
      (answer) => response.end(JSON.stringify(answer ?? null)),
      (error) => response.writeHead(500).end(String(error?.stack ?? error)),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const get = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
    if (answer.status !== 200) throw new Error(`${path}: ${await answer.text()}`);
  };
  await get('/one');
  if (wait !== undefined) await Promise.all([get('/wait'), get('/wait')]);
  await sleep(2.5 * Number(process.env.OTEL_METRIC_EXPORT_INTERVAL));
  server.close();
  server.closeAllConnections();
  await close(client);
};

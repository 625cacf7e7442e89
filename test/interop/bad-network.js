// Networks between an exporter and Sonde that are not as they should be. Each has a `url`, counts in `hurt` how often it did
// harm, and ends with `stop`.
import { createHash } from 'node:crypto';
import { createServer as createHttpServer, request as send } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';

export const networks = { 'answers lost': loseAnswers, 'unreachable at first': refuseAtFirst };

/** Shorter than the pause after which any of the SDKs connects again. */
const refusedForMs = 500;

/** Passes every HTTP request on, and loses the answer to each the first time: a 503 although the data is stored. */
async function loseAnswers(host) {
  const seen = new Set();
  const server = createHttpServer(async (request, response) => {
    const body = await readAll(request);
    const answer = await forward(host, request, body);
    const known = `${request.url} ${createHash('sha256').update(body).digest('hex')}`;
    if (seen.has(known)) {
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } else {
      seen.add(known);
      response.writeHead(503, { 'retry-after': '1' }).end();
    }
  });
  const url = await listen(server);
  return { url, hurt: () => seen.size, stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}

/** Cuts every connection for a while, then lets them through. */
async function refuseAtFirst(host) {
  const [name, port] = host.split(':');
  const sockets = new Set();
  let refused = 0;
  let openedMs;
  const server = createTcpServer((client) => {
    openedMs ??= Date.now();
    if (Date.now() - openedMs < refusedForMs) {
      refused++;
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), name);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  const url = await listen(server);
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, hurt: () => refused, stop };
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

function forward(host, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const upstream = send(`http://${host}${url}`, { method, headers: { ...headers, host } }, async (answer) => {
      resolve({ status: answer.statusCode, headers: answer.headers, body: await readAll(answer) });
    });
    upstream.once('error', reject);
    upstream.end(body);
  });
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

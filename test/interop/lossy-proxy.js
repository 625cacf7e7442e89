// An HTTP proxy that passes every request on, and loses the answer to each the first time: the sender gets a 503 although the
// data is stored, and sends again.
import { createHash } from 'node:crypto';
import { createServer, request as send } from 'node:http';

/** Starts one in front of `target`; `lost` counts the answers that were lost. */
export async function startLossyProxy(target) {
  const seen = new Set();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const answer = await forward(target, request, body);
    const known = `${request.url} ${createHash('sha256').update(body).digest('hex')}`;
    if (seen.has(known)) {
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } else {
      seen.add(known);
      response.writeHead(503, { 'retry-after': '1' }).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lost: () => seen.size,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

function forward(target, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const upstream = send(
      new URL(url, target),
      { method, headers: { ...headers, host: new URL(target).host } },
      async (answer) => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
      },
    );
    upstream.once('error', reject);
    upstream.end(body);
  });
}

// Three requests over one connection; the second is for a path that is to leave no trace, and asks the third from within.
import http from 'node:http';
import { trace } from '@opentelemetry/api';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const get = (url) => new Promise((resolve) => http.get(url, { agent }, (answer) => answer.resume().on('end', resolve)));
const seen = [];
const server = http.createServer((request, response) => {
  seen.push([request.url, trace.getActiveSpan()?.isRecording() ?? false]);
  const within =
    request.url === '/health' ? get(`http://127.0.0.1:${server.address().port}/within`).then(() => undefined) : undefined;
  setTimeout(() => response.end('ok'), 1);
  void within;
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;
for (const path of ['/first', '/health', '/last']) await get(base + path);
await new Promise((resolve) => setTimeout(resolve, 50));
process.send({ seen });
process.disconnect();
agent.destroy();
server.close();

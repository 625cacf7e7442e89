// The same in CommonJS.
const http = require('node:http');
const { captureException } = require('@sonde/instrument/exceptions');

async function main() {
  const server = http.createServer((request, response) => {
    if (request.url.startsWith('/boom')) {
      captureException(new RangeError('out of cheese'), { tags: { shelf: '7' }, fingerprint: 'cheese', user: { id: 'u1' } });
      response.statusCode = 503;
    }
    response.end('hi');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  await (await fetch(`${base}/well?token=secret&a=1`)).text();
  await new Promise((resolve) => http.get(`${base}/boom?password=token=secret`, (answer) => answer.resume().on('end', resolve)));
  server.close();
  server.closeAllConnections();
  if (process.env.END === 'exit') process.exit(3);
  if (process.env.END === 'throw') throw new TypeError('nobody catches this');
  if (process.env.END === 'reject') void Promise.reject(new TypeError('nobody awaits this'));
  if (process.env.END === 'SIGTERM') {
    setInterval(() => undefined, 1000);
    process.kill(process.pid, 'SIGTERM');
  }
}

void main();

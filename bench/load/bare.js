// The upper bound for the write benchmarks: an HTTP server that reads a body and answers, and does nothing else.
import { createServer } from 'node:http';

const server = createServer((message, response) => {
  message.resume();
  message.on('end', () => response.writeHead(200).end());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));

// Asks itself for two paths in turn until rules that came meanwhile keep a trace of one of them.
import http from 'node:http';
import { context, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

const kept = [];
const server = http.createServer((_, response) => {
  if (trace.getActiveSpan().isRecording()) kept.push(true);
  response.end('hi');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ask = (path) =>
  new Promise((resolve) => http.get({ port: server.address().port, path }, (answer) => answer.resume().on('end', resolve)));
for (let i = 0; i < 500 && kept.length === 0; i++) {
  // Untraced requests: a trace begins at the server.
  await context.with(suppressTracing(context.active()), async () => {
    await ask('/well');
    await ask('/boom');
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
}
server.close();
server.closeAllConnections();

// An OTLP/HTTP receiver that knows JSON alone, and keeps spans and points with their attributes as plain values.
import { once } from 'node:events';
import { createServer } from 'node:http';

export async function startReceiver() {
  const kept = { spans: [], points: [] };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      keep(JSON.parse(Buffer.concat(chunks).toString('utf8')), kept);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    /** What came since the last call. */
    take: () => ({ spans: kept.spans.splice(0), points: kept.points.splice(0) }),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function keep({ resourceSpans = [], resourceMetrics = [] }, { spans, points }) {
  for (const { scope, spans: some = [] } of resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans)) {
    for (const span of some) spans.push({ ...span, scope: scope.name, attributes: valuesOf(span.attributes) });
  }
  for (const { metrics = [] } of resourceMetrics.flatMap(({ scopeMetrics = [] }) => scopeMetrics)) {
    for (const { name, histogram, sum, gauge } of metrics) {
      for (const point of (histogram ?? sum ?? gauge)?.dataPoints ?? []) {
        points.push({ ...point, metric: name, attributes: valuesOf(point.attributes) });
      }
    }
  }
}

function valuesOf(attributes = []) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ intValue, arrayValue, ...others }) {
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue !== undefined) return arrayValue.values.map(valueOf);
  return Object.values(others)[0];
}

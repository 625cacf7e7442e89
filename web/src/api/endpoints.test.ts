import { expect, test } from 'vitest';
import {
  attributesUrl,
  logHistogramUrl,
  logsUrl,
  metricUrl,
  nextUrl,
  servicesUrl,
  traceLogsUrl,
  tracesUrl,
  traceUrl,
} from './endpoints.ts';
import { logFiltersOf, metricViewOf, traceFiltersOf } from '../routes.ts';

const range = { fromMs: 1_763_629_100_000, toMs: 1_763_630_000_000 };

test('requests carry the range, a step that fits it, and only the filters that are set', () => {
  const failing = traceFiltersOf(
    new URLSearchParams('service=server&status=error&minDuration=1.5 s&maxDuration=junk&attr=a%3Db&attr=c%3Dd'),
  );
  const logs = logFiltersOf(new URLSearchParams('level=error&level=warn&text=null value'));
  expect({
    services: servicesUrl(range),
    traces: tracesUrl(range, traceFiltersOf(new URLSearchParams())),
    failing: tracesUrl(range, failing),
    trace: traceUrl('ab12'),
    logs: logsUrl(range, logs),
    histogram: logHistogramUrl(range, logs),
    traceLogs: traceLogsUrl('ab12'),
    attributes: attributesUrl(range, 'logs', ''),
    metric: metricUrl(range, 'http.server.duration', metricViewOf(new URLSearchParams('by=service&by=http.route&fn=p99'))),
    next: nextUrl(tracesUrl(range, traceFiltersOf(new URLSearchParams())), 'a+b='),
  }).toMatchInlineSnapshot(`
    {
      "attributes": "/api/attributes?signal=logs&from=1763629100000&to=1763630000000",
      "failing": "/api/traces?from=1763629100000&to=1763630000000&service=server&status=error&minDuration=1.5s&attr=a%3Db&attr=c%3Dd&sort=newest&limit=100",
      "histogram": "/api/logs/histogram?from=1763629100000&to=1763630000000&level=error&level=warn&text=null+value&step=10s",
      "logs": "/api/logs?from=1763629100000&to=1763630000000&level=error&level=warn&text=null+value&limit=200",
      "metric": "/api/metrics/http.server.duration?from=1763629100000&to=1763630000000&step=15s&fn=p99&by=service&by=http.route",
      "next": "/api/traces?from=1763629100000&to=1763630000000&sort=newest&limit=100&cursor=a%2Bb%3D",
      "services": "/api/services?from=1763629100000&to=1763630000000&step=30s",
      "trace": "/api/traces/ab12",
      "traceLogs": "/api/logs?traceId=ab12&limit=500",
      "traces": "/api/traces?from=1763629100000&to=1763630000000&sort=newest&limit=100",
    }
  `);
});

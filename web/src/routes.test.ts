import { describe, expect, test } from 'vitest';
import {
  logFiltersOf,
  logsPath,
  metricPath,
  metricsFiltersOf,
  metricsPath,
  metricViewOf,
  pageOf,
  rangeOf,
  sendPath,
  servicePath,
  servicesPath,
  toggled,
  traceFiltersOf,
  tracePath,
  tracesPath,
} from './routes.ts';
import { defaultRange } from './state/time-range.ts';

const hour = { from: 'now-1h', to: 'now' };
const query = (path: string): URLSearchParams => new URL(path, 'http://localhost').searchParams;
const page = (path: string) => pageOf(new URL(path, 'http://localhost').pathname);

test('every path, as it stands in the address bar', () => {
  expect({
    services: servicesPath(defaultRange),
    servicesOfHour: servicesPath(hour),
    service: servicePath(defaultRange, 'a/b c'),
    traces: tracesPath(hour),
    failing: tracesPath(hour, { service: 'server', status: 'error', attrs: ['http.route=/beasts/:id'] }),
    longest: tracesPath(defaultRange, { operation: 'GET /x', minDuration: '10ms', maxDuration: '1.5s', sort: 'longest' }),
    trace: tracePath(defaultRange, 'ab12', 'cd34'),
    logs: logsPath(hour, {
      service: 's',
      levels: ['error', 'fatal'],
      text: 'null value',
      traceId: 'ab',
      spanId: 'cd',
      attrs: ['k=v'],
    }),
    metrics: metricsPath(defaultRange, { text: 'http' }),
    metric: metricPath(defaultRange, 'http.server.duration', { fn: 'p99', by: ['service', 'http.route'], attrs: ['a=b'] }),
    send: sendPath(defaultRange),
  }).toMatchInlineSnapshot(`
    {
      "failing": "/traces?service=server&status=error&attr=http.route%3D/beasts/:id&from=now-1h&to=now",
      "logs": "/logs?service=s&level=error&level=fatal&text=null+value&traceId=ab&spanId=cd&attr=k%3Dv&from=now-1h&to=now",
      "longest": "/traces?operation=GET+/x&minDuration=10ms&maxDuration=1.5s&sort=longest",
      "metric": "/metrics/http.server.duration?fn=p99&by=service&by=http.route&attr=a%3Db",
      "metrics": "/metrics/?text=http",
      "send": "/send",
      "service": "/services/a%2Fb%20c",
      "services": "/",
      "servicesOfHour": "/?from=now-1h&to=now",
      "trace": "/traces/ab12?span=cd34",
      "traces": "/traces?from=now-1h&to=now",
    }
  `);
});

describe('what a path says is read back', () => {
  test('pages', () => {
    expect(page('/')).toEqual({ kind: 'services' });
    expect(page('/services/')).toEqual({ kind: 'services' });
    expect(page(servicePath(hour, 'a/b c'))).toEqual({ kind: 'service', name: 'a/b c' });
    expect(page(tracesPath(hour))).toEqual({ kind: 'traces' });
    expect(page(tracePath(hour, 'AB12'))).toEqual({ kind: 'trace', traceId: 'ab12' });
    expect(page(logsPath(hour))).toEqual({ kind: 'logs' });
    expect(page(metricsPath(hour))).toEqual({ kind: 'metrics' });
    expect(page(metricPath(hour, 'http.server.duration'))).toEqual({ kind: 'metric', name: 'http.server.duration' });
    expect(page(sendPath(hour))).toEqual({ kind: 'send' });
    expect(page('/nonsense')).toEqual({ kind: 'unknown' });
    expect(page('/traces/a/b')).toEqual({ kind: 'unknown' });
    expect(pageOf('/services/%E0%A4%A')).toEqual({ kind: 'service', name: '%E0%A4%A' });
  });

  test('filters', () => {
    const traces = {
      service: 'se&rv=er',
      operation: 'GET /x?y#z',
      status: 'error',
      minDuration: '10ms',
      maxDuration: '2s',
      attrs: ['a=b=c', 'd= e+f'],
      sort: 'longest',
    } as const;
    expect(traceFiltersOf(query(tracesPath(hour, traces)))).toEqual(traces);
    const logs = {
      service: 's',
      levels: ['fatal', 'error'],
      text: 'a "b" 100%',
      traceId: 'ab',
      spanId: 'cd',
      attrs: ['k=v'],
    } as const;
    expect(logFiltersOf(query(logsPath(hour, logs)))).toEqual(logs);
    const view = { fn: 'p99', by: ['service', 'http.route'], service: 's', attrs: ['k=v'] };
    expect(metricViewOf(query(metricPath(hour, 'm', view)))).toEqual(view);
    expect(metricsFiltersOf(query(metricsPath(hour, { service: 's', text: 't' })))).toEqual({ service: 's', text: 't' });
  });

  test('the time range, and the default where there is none', () => {
    expect(rangeOf(query(servicesPath(hour)))).toEqual(hour);
    expect(rangeOf(query(servicesPath(defaultRange)))).toEqual(defaultRange);
  });

  test('what is not allowed falls back to the default', () => {
    expect(traceFiltersOf(new URLSearchParams('status=burning&sort=best'))).toMatchObject({ status: 'any', sort: 'newest' });
    expect(logFiltersOf(new URLSearchParams('level=loud&level=warn')).levels).toEqual(['warn']);
  });
});

test('toggling puts in and takes out', () => {
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
});

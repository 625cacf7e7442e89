/** Sonde's own JSON API, which the UI is built on: contract.ts has its answers. */
import type { HttpRequest, Route } from '../../base/http.ts';
import type { ReadApi, ReadContext } from '../api.ts';
import { listAttributes } from './attributes.ts';
import { listLogs, readLogsHistogram } from './logs.ts';
import { readMetric } from './metric.ts';
import { listMetrics } from './metrics.ts';
import { Origins } from './origins.ts';
import { listPoints } from './points.ts';
import { createReader, renderAnswer, renderError } from './reader.ts';
import type { Reader } from './reader.ts';
import { listServices, readService } from './services.ts';
import { readStatus } from './status.ts';
import { readTrace } from './trace.ts';
import { listTraces } from './traces.ts';

interface Endpoint {
  readonly path: string;
  readonly doc: string;
  readonly answer: (reader: Reader, origins: Origins) => Promise<object>;
}

const endpoints: readonly Endpoint[] = [
  { path: '/api/services', doc: 'Services with their golden signals, worst first.', answer: listServices },
  { path: '/api/services/{service}', doc: 'One service, with its operations and instances.', answer: readService },
  { path: '/api/traces', doc: 'Traces, newest or longest first.', answer: listTraces },
  { path: '/api/traces/{traceId}', doc: 'One trace with all its spans.', answer: readTrace },
  { path: '/api/logs', doc: 'Log records, newest first.', answer: listLogs },
  { path: '/api/logs/histogram', doc: 'Log records over time, by level.', answer: readLogsHistogram },
  { path: '/api/attributes', doc: 'Attributes of the newest rows, for filters.', answer: listAttributes },
  { path: '/api/metrics', doc: 'Metrics by name.', answer: listMetrics },
  { path: '/api/metrics/{name}', doc: 'One metric over time.', answer: readMetric },
  { path: '/api/metrics/{name}/points', doc: 'The points of a metric as they were sent, oldest first.', answer: listPoints },
  { path: '/api/status', doc: 'What this Sonde is, and whether it has data.', answer: readStatus },
];

export const sonde: ReadApi = {
  name: 'sonde',
  doc: "Sonde's own JSON API.",
  routes: (context) => {
    const origins = new Origins();
    return endpoints.map((endpoint) => toRoute(endpoint, context, origins));
  },
};

function toRoute({ path, doc, answer }: Endpoint, context: ReadContext, origins: Origins): Route {
  return {
    method: 'GET',
    path,
    doc,
    listeners: ['main'],
    handle: async (request: HttpRequest) => renderAnswer(await answer(createReader(context, request), origins)),
    renderError,
  };
}

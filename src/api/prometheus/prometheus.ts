/**
 * Prometheus's HTTP API (prometheus.io/docs/prometheus/latest/querying/api, Prometheus 3.14) under /prometheus, for its clients as
 * they are: Grafana, promtool, Prometheus's own UI, remote read.
 *
 * What Prometheus does and Sonde does not answers as if there were none of it: rules, alerts, Alertmanagers, blocks. Requests that
 * would delete or copy data are refused.
 */
import { SondeError } from '../../base/errors.ts';
import type { HttpRequest, Route } from '../../base/http.ts';
import type { ReadApi, ReadContext } from '../api.ts';
import { listAlertmanagers, listAlerts, listRules } from './alerting.ts';
import { renderError } from './envelope.ts';
import { queryExemplars } from './exemplars.ts';
import { federate } from './federate.ts';
import { Gate } from './gate.ts';
import { listLabelNames, listLabelValues, listSeries } from './labels.ts';
import { listMetadata } from './metadata.ts';
import { formatQuery, parseQuery } from './parse-query.ts';
import { queryInstant, queryRange } from './query.ts';
import { createReader } from './reader.ts';
import type { Endpoint } from './reader.ts';
import { remoteRead } from './remote-read.ts';
import { searchLabelNames, searchLabelValues, searchMetricNames } from './search.ts';
import {
  listBlocks,
  listFeatures,
  listNotifications,
  readBuildInfo,
  readFlags,
  readHealthy,
  readReady,
  readRuntimeInfo,
  readVersion,
  readWalReplay,
  refuseAdmin,
  streamNotifications,
} from './status.ts';
import { listScrapePools, listTargetMetadata, listTargets, readConfig, readScrapePool, traceRelabeling } from './targets.ts';
import { readTsdbStatus } from './tsdb.ts';

const get: Endpoint['methods'] = ['GET'];
const getOrPost: Endpoint['methods'] = ['GET', 'POST'];
const postOrPut: Endpoint['methods'] = ['POST', 'PUT'];

const endpoints: readonly Endpoint[] = [
  { methods: getOrPost, path: '/api/v1/query', doc: 'A query at one time.', answer: queryInstant },
  { methods: getOrPost, path: '/api/v1/query_range', doc: 'A query over a range of time.', answer: queryRange },
  { methods: getOrPost, path: '/api/v1/query_exemplars', doc: 'Exemplars of what a query selects.', answer: queryExemplars },
  { methods: getOrPost, path: '/api/v1/format_query', doc: 'A query in lines.', answer: formatQuery },
  { methods: getOrPost, path: '/api/v1/parse_query', doc: 'A query as a tree.', answer: parseQuery },
  { methods: getOrPost, path: '/api/v1/series', doc: 'Series by selectors.', answer: listSeries },
  { methods: getOrPost, path: '/api/v1/labels', doc: 'Names of labels.', answer: listLabelNames },
  { methods: get, path: '/api/v1/label/{name}/values', doc: 'Values of a label.', answer: listLabelValues },
  { methods: getOrPost, path: '/api/v1/search/metric_names', doc: 'Metrics by a part of their name.', answer: searchMetricNames },
  { methods: getOrPost, path: '/api/v1/search/label_names', doc: 'Labels by a part of their name.', answer: searchLabelNames },
  { methods: getOrPost, path: '/api/v1/search/label_values', doc: 'Values by a part of them.', answer: searchLabelValues },
  { methods: get, path: '/api/v1/metadata', doc: 'Type, help and unit of metrics.', answer: listMetadata },
  { methods: get, path: '/api/v1/targets', doc: 'Scraped targets.', answer: listTargets },
  { methods: get, path: '/api/v1/targets/metadata', doc: 'Metadata by target.', answer: listTargetMetadata },
  { methods: get, path: '/api/v1/targets/relabel_steps', doc: 'What relabeling does, step by step.', answer: traceRelabeling },
  { methods: get, path: '/api/v1/scrape_pools', doc: 'Names of scrape jobs.', answer: listScrapePools },
  { methods: get, path: '/api/v1/scrape_pools/config', doc: 'A scrape job as configured.', answer: readScrapePool },
  { methods: get, path: '/api/v1/rules', doc: 'Rules: there are none.', answer: listRules },
  { methods: get, path: '/api/v1/alerts', doc: 'Alerts: there are none.', answer: listAlerts },
  { methods: get, path: '/api/v1/alertmanagers', doc: 'Alertmanagers: there are none.', answer: listAlertmanagers },
  { methods: get, path: '/api/v1/status/config', doc: 'The scrape configuration.', answer: readConfig },
  { methods: get, path: '/api/v1/status/flags', doc: 'Settings by the names of Prometheus.', answer: readFlags },
  { methods: get, path: '/api/v1/status/runtimeinfo', doc: 'About the process.', answer: readRuntimeInfo },
  { methods: get, path: '/api/v1/status/buildinfo', doc: 'About the version.', answer: readBuildInfo },
  { methods: get, path: '/api/v1/status/tsdb', doc: 'How many series there are, and why.', answer: readTsdbStatus },
  { methods: get, path: '/api/v1/status/tsdb/blocks', doc: 'Blocks: there are none.', answer: listBlocks },
  { methods: get, path: '/api/v1/status/walreplay', doc: 'Whether the log is replayed.', answer: readWalReplay },
  { methods: get, path: '/api/v1/features', doc: 'What is supported.', answer: listFeatures },
  { methods: get, path: '/api/v1/notifications', doc: 'Notes for the UI: there are none.', answer: listNotifications },
  { methods: get, path: '/api/v1/notifications/live', doc: 'The same, live.', answer: streamNotifications },
  { methods: postOrPut, path: '/api/v1/admin/tsdb/{action}', doc: 'Deleting and copying: refused.', answer: refuseAdmin },
  remoteRead(),
  { methods: get, path: '/federate', doc: 'The newest samples, to be scraped.', answer: federate },
  { methods: get, path: '/version', doc: 'About the version.', answer: readVersion },
  { methods: get, path: '/-/healthy', doc: 'Whether the process runs.', answer: readHealthy },
  { methods: get, path: '/-/ready', doc: 'Whether requests are taken.', answer: readReady },
  {
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    path: '/api/v1/{rest...}',
    doc: 'Whatever else: not found.',
    answer: ({ request }) => {
      throw new SondeError('not_found', `There is nothing at ${request.path}.`);
    },
    body: ['identity', 'gzip', 'x-gzip', 'deflate', 'zstd', 'snappy'],
  },
];

/** Forms, which Go reads up to this size too. */
const bodyBytesMax = 10 << 20;

/** Queries that wait for one of those that run to end. */
const waitingMax = 1000;

export const prometheus: ReadApi = {
  name: 'prometheus',
  doc: "Prometheus's HTTP API.",
  routes: (context) => {
    const queries = new Gate({ runningMax: context.queriesMax, waitingMax });
    return endpoints.flatMap((endpoint) => endpoint.methods.map((method) => toRoute(endpoint, method, context, queries)));
  },
};

function toRoute(endpoint: Endpoint, method: Route['method'], context: ReadContext, queries: Gate): Route {
  return {
    method,
    path: `/prometheus${endpoint.path}`,
    doc: endpoint.doc,
    listeners: ['main'],
    bodyBytesMax,
    ...(endpoint.body !== undefined && { contentEncodings: endpoint.body }),
    handle: async (request: HttpRequest) => endpoint.answer(createReader(endpoint, context, queries, request)),
    renderError,
  };
}

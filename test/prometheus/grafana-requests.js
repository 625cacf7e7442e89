// What Grafana's Prometheus data source asks, and the shape that the answer must have. A request is
// `{ name, path, parameters, methods, status, data, warns }`:
//
// - `path` under /api/v1; `parameters` are pairs, as names may repeat;
// - `methods`: GET has them in the query string, POST as a form, which Grafana sends where the data source is configured so;
// - `status` is 200 when absent; `data` is the shape of `data`, or of the whole answer when it is an error;
// - `warns`: the answer comes with warnings.
//
// Times are as Grafana writes them: Unix seconds with decimals; for lists of labels, snapped to minutes.
import { exactly, including, some } from './shape.js';

const both = ['GET', 'POST'];
const onlyGet = ['GET'];
/** Of series, labels and values, unless the data source says otherwise. */
const listLimit = '40000';
const everything = '{__name__!=""}';

const labels = { '*': 'text' };
const sample = ['time', 'value'];
const buckets = some([['number', 'value', 'value', 'value']]);
const histogramSample = ['time', { count: 'value', sum: 'value', buckets }];
const vector = { resultType: exactly('vector'), result: some([{ metric: labels, value: sample }]) };
const matrix = { resultType: exactly('matrix'), result: some([{ metric: labels, values: some([sample]) }]) };
const histograms = { resultType: exactly('matrix'), result: some([{ metric: labels, histograms: some([histogramSample]) }]) };
const nothing = (resultType) => ({ resultType: exactly(resultType), result: exactly([]) });
const texts = ['text'];
const failure = (errorType) => ({ status: exactly('error'), errorType: exactly(errorType), error: 'text' });
const exemplar = { labels: { trace_id: 'text' }, value: 'value', timestamp: 'time' };

/** The requests for data of the last hour before `nowMs`. */
export function grafanaRequests(nowMs) {
  const startMs = nowMs - 3_600_000;
  const span = [
    ['start', seconds(startMs)],
    ['end', seconds(nowMs)],
  ];
  const minutes = [
    ['start', String(Math.floor(startMs / 60_000) * 60)],
    ['end', String(Math.ceil(nowMs / 60_000) * 60)],
  ];
  const limit = ['limit', listLimit];
  return [...aboutTheServer(), ...lists(minutes, limit), ...queries(nowMs, span), ...exemplars(span), ...mistakes(nowMs, span)];
}

function aboutTheServer() {
  const two = { resultType: exactly('scalar'), result: exactly([4, '2']) };
  const build = { version: 'text', revision: 'text', branch: 'text', buildUser: 'text', buildDate: 'text', goVersion: 'text' };
  const metadata = some([{ type: 'text', help: 'text', unit: 'text' }]);
  return [
    {
      name: 'health check',
      path: 'query',
      parameters: [
        ['query', '1+1'],
        ['time', '4'],
      ],
      methods: both,
      data: two,
    },
    // A map of features in it would make a Mimir of it.
    { name: 'build info', path: 'status/buildinfo', parameters: [], methods: onlyGet, data: build },
    { name: 'rules', path: 'rules', parameters: [], methods: onlyGet, data: { groups: exactly([]) } },
    { name: 'alerting rules', path: 'rules', parameters: [['type', 'alert']], methods: onlyGet, data: { groups: exactly([]) } },
    { name: 'flags', path: 'status/flags', parameters: [], methods: onlyGet, data: some({ '*': 'text' }) },
    { name: 'metadata', path: 'metadata', parameters: [['limit', listLimit]], methods: onlyGet, data: some({ '*': metadata }) },
    {
      name: 'metadata of a metric',
      path: 'metadata',
      parameters: [['metric', 'shop_request_seconds']],
      methods: onlyGet,
      data: { shop_request_seconds: exactly([{ type: 'histogram', help: 'Time that requests took.', unit: 's' }]) },
    },
  ];
}

function lists(minutes, limit) {
  const values = (name, label, matches, data) => ({
    name,
    path: `label/${label}/values`,
    parameters: [limit, ...minutes, ...matches.map((match) => ['match[]', match])],
    methods: onlyGet,
    data,
  });
  const series = (name, matches, parameters, data, warns = false) => ({
    name,
    path: 'series',
    parameters: [...minutes, ...matches.map((match) => ['match[]', match]), ...parameters],
    methods: both,
    data,
    warns,
  });
  return [
    { name: 'label names', path: 'labels', parameters: [limit, ...minutes], methods: both, data: including(texts, 'country') },
    {
      name: 'label names of a metric',
      path: 'labels',
      parameters: [limit, ...minutes, ['match[]', 'shop_queue_length']],
      methods: both,
      data: exactly(['__name__', 'instance', 'job']),
    },
    values('metrics', '__name__', [], including(texts, 'shop_orders_total')),
    values('metrics by a part of their name', '__name__', ['{__name__=~".*queue.*"}'], exactly(['shop_queue_length'])),
    values('values of a variable', 'country', ['shop_orders_total{job="shop"}'], exactly(['de', 'fr'])),
    values('values of a label with dots', 'U__service_2e_zone', [], exactly(['a'])),
    values('values of a label that nothing has', 'planet', [], exactly([])),
    series('all series', [everything], [limit], some([labels])),
    series('series of two selectors', ['shop_orders_total', 'shop_queue_length'], [limit], some([labels])),
    series('series up to a limit', [everything], [['limit', '2']], [labels, labels], true),
    {
      name: 'label values by POST, which Prometheus does not take either',
      path: 'label/job/values',
      parameters: [limit],
      methods: ['POST'],
      status: 405,
    },
  ];
}

function queries(nowMs, span) {
  const range = (name, query, data, step = '15') => ({
    name,
    path: 'query_range',
    parameters: [['query', query], ...span, ['step', step]],
    methods: both,
    data,
  });
  const instant = (name, query, data, more = []) => ({
    name,
    path: 'query',
    parameters: [['query', query], ['time', seconds(nowMs)], ...more],
    methods: both,
    data,
  });
  const perSecond = { resultType: exactly('matrix'), result: [{ metric: { country: 'text' }, values: some([sample]) }] };
  return [
    range('panel', 'sum by (country) (rate(shop_orders_total{job="shop"}[1m]))', perSecond),
    range('panel with a fraction of a second in its step', 'shop_queue_length', matrix, '2.5'),
    range('heatmap of classic buckets', 'sum by (le) (rate(shop_request_seconds_bucket[1m0s]))', matrix),
    range('quantile', 'histogram_quantile(0.95, sum by (le) (rate(shop_request_seconds_bucket[1m])))', matrix),
    range('heatmap of native histograms', 'shop_native_seconds', histograms),
    range('panel without data', 'absent_metric', nothing('matrix')),
    range('panel with a comment and lines', 'sum(\n  shop_queue_length # waits\n)', matrix),
    instant('table', 'shop_orders_total', vector),
    instant('stat', 'max_over_time(shop_queue_length[3600s])', vector),
    instant('variable by a query', 'topk(1, shop_orders_total)', vector),
    instant('annotation', 'shop_queue_length > 1e9', nothing('vector')),
    instant('raw samples in Explore', 'shop_queue_length[1m]', matrix),
    instant('with the timeout of the data source', 'shop_queue_length', vector, [['timeout', '30s']]),
  ];
}

function exemplars(span) {
  const request = (name, query, data) => ({
    name,
    path: 'query_exemplars',
    parameters: [['query', query], ...span],
    methods: both,
    data,
  });
  const found = some([{ seriesLabels: labels, exemplars: some([exemplar]) }]);
  return [
    request('exemplars', 'shop_request_seconds_bucket', found),
    request(
      'exemplars of what a panel selects',
      'histogram_quantile(0.95, sum by (le) (rate(shop_request_seconds_bucket[1m])))',
      found,
    ),
    request('exemplars of what has none', 'shop_queue_length', exactly([])),
  ];
}

/** Grafana shows the error, and tries a POST that was refused again as a GET. */
function mistakes(nowMs, span) {
  return [
    {
      name: 'a mistake in the text',
      path: 'query',
      parameters: [
        ['query', 'sum(rate(shop_orders_total[1m])'],
        ['time', seconds(nowMs)],
      ],
      methods: both,
      status: 400,
      data: failure('bad_data'),
    },
    {
      name: 'too many points',
      path: 'query_range',
      parameters: [['query', 'shop_queue_length'], ...span, ['step', '0.1']],
      methods: both,
      status: 400,
      data: failure('bad_data'),
    },
    {
      name: 'a query without an answer',
      path: 'query',
      parameters: [
        ['query', 'shop_orders_total * on (job) shop_orders_total'],
        ['time', seconds(nowMs)],
      ],
      methods: both,
      status: 422,
      data: failure('execution'),
    },
    { name: 'an endpoint of Mimir', path: 'cardinality/label_names', parameters: [], methods: onlyGet, status: 404 },
  ];
}

/** With as many decimals as there are. */
function seconds(ms) {
  return String(ms / 1000);
}

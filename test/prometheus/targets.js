// Two services to be scraped: a shop that speaks text 0.0.4, and a depot that speaks OpenMetrics and has exemplars. What they say
// depends on the time alone, so that whoever scrapes them hears the same.
import { createServer } from 'node:http';

const bounds = [0.005, 0.25, 1, 2.5];
const sessionMs = 7000;

/** Starts both; `depot.close()` makes it a target that is gone, `depot.open()` brings it back at the same address. */
export async function startTargets() {
  const startedMs = Date.now();
  const seconds = () => (Date.now() - startedMs) / 1000;
  return {
    shop: await startTarget('text/plain; version=0.0.4; charset=utf-8', () => shopText(seconds())),
    depot: await startTarget('application/openmetrics-text; version=1.0.0; charset=utf-8', () => depotText(seconds())),
  };
}

async function startTarget(contentType, body) {
  let server;
  const open = (port) =>
    new Promise((resolve, reject) => {
      server = createServer((_, response) => response.setHeader('content-type', contentType).end(body()));
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  const port = await open(0);
  return {
    address: `127.0.0.1:${port}`,
    open: () => open(port),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Counters, gauges with odd values, a histogram, a summary, series that come and go, and one with a time of its own. */
function shopText(seconds) {
  const served = Math.floor(seconds * 40);
  const nowMs = Date.now();
  return `${[
    '# HELP shop_orders_total Orders by country, \\\\ and \\n in the help.',
    '# TYPE shop_orders_total counter',
    ...['de', 'fr', 'ελ'].map((country, i) => `shop_orders_total{country="${country}"} ${Math.floor(served / (i + 2))}`),
    'shop_orders_total{country="C:\\\\dir \\"x\\"\\n"} 1e3',
    '# HELP shop_queue_length Orders that wait.',
    '# TYPE shop_queue_length gauge',
    `shop_queue_length ${Math.round(1000 * Math.sin(seconds / 5)) / 10}`,
    '# TYPE shop_odd_value gauge',
    ...[
      'NaN',
      '+Inf',
      '-Inf',
      '-0',
      '5e-324',
      '1.7976931348623157e+308',
      '0.30000000000000004',
      '1e21',
      '123456789012345680000',
    ].map((value) => `shop_odd_value{text="${value}"} ${value}`),
    '# HELP shop_request_seconds Time that requests took.',
    '# TYPE shop_request_seconds histogram',
    ...bounds.map((bound, i) => `shop_request_seconds_bucket{le="${bound}"} ${Math.floor((served * (i + 1)) / 5)}`),
    `shop_request_seconds_bucket{le="+Inf"} ${served}`,
    `shop_request_seconds_sum ${served * 0.3}`,
    `shop_request_seconds_count ${served}`,
    '# TYPE shop_response_bytes summary',
    `shop_response_bytes{quantile="0.5"} ${served % 512}`,
    'shop_response_bytes{quantile="0.99"} NaN',
    `shop_response_bytes_sum ${served * 512}`,
    `shop_response_bytes_count ${served}`,
    `shop_session{number="${Math.floor((seconds * 1000) / sessionMs)}"} 1`,
    `shop_imported_total ${Math.floor(nowMs / 1000)} ${Math.floor(nowMs / 1000) * 1000 - 2500}`,
  ].join('\n')}\n`;
}

/** The types that only OpenMetrics has, a unit, start times, and exemplars. */
function depotText(seconds) {
  const moved = Math.floor(seconds * 9);
  const exemplar = (value) => `# {trace_id="${String(moved).padStart(32, '0')}"} ${value} ${(Date.now() / 1000).toFixed(3)}`;
  return `${[
    '# TYPE depot info',
    'depot_info{version="1.2.3"} 1',
    '# TYPE depot_moved counter',
    '# HELP depot_moved Boxes that were moved.',
    `depot_moved_total{shelf="a"} ${moved} ${exemplar(1)}`,
    'depot_moved_created{shelf="a"} 1700000000.5',
    '# TYPE depot_door stateset',
    `depot_door{depot_door="open"} ${moved % 2}`,
    `depot_door{depot_door="closed"} ${1 - (moved % 2)}`,
    '# TYPE depot_walk_seconds histogram',
    '# UNIT depot_walk_seconds seconds',
    '# HELP depot_walk_seconds Time to a shelf.',
    `depot_walk_seconds_bucket{le="0.5"} ${Math.floor(moved / 2)} ${exemplar(0.25)}`,
    `depot_walk_seconds_bucket{le="1.0"} ${moved}`,
    `depot_walk_seconds_bucket{le="+Inf"} ${moved}`,
    `depot_walk_seconds_sum ${moved / 4}`,
    `depot_walk_seconds_count ${moved}`,
    '# TYPE depot_weight_kilograms gaugehistogram',
    '# UNIT depot_weight_kilograms kilograms',
    'depot_weight_kilograms_bucket{le="10.0"} 4',
    'depot_weight_kilograms_bucket{le="+Inf"} 5',
    'depot_weight_kilograms_gsum 72.5',
    'depot_weight_kilograms_gcount 5',
    '# EOF',
  ].join('\n')}\n`;
}

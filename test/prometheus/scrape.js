// Sonde and a real Prometheus scrape the same four targets under the same prometheus.yml: two of ours, Prometheus, and Sonde. They
// have to come to the same series; what scrapes say about themselves is alike; a target goes away and comes back; and in the end
// both are told of another configuration, Sonde by SIGHUP.
//
//   node test/prometheus/run.js scrape
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ask, get, labelsText, until } from './ask.js';
import { freePort, startPrometheus } from './peers.js';
import { readRawSamples } from './raw-samples.js';
import { createTally } from './tally.js';
import { startTargets } from './targets.js';

const phaseMs = 5000;
/** Scrapes that one of the two may have more than the other in the whole run: when the first configuration is read, and on a busy machine. */
const scrapesApart = 8;

export async function runScrape({ root, scratch, startSonde }) {
  const tally = createTally();
  const fromMs = Date.now();
  const targets = await startTargets();
  const port = await freePort();
  const prometheus = await startPrometheus(join(scratch, 'prometheus'));
  const addresses = {
    shop: targets.shop.address,
    depot: targets.depot.address,
    prometheus: new URL(prometheus.url).host,
    sonde: `127.0.0.1:${port}`,
  };
  const file = join(scratch, 'prometheus.yml');
  const write = (options) => {
    const text = scrapeConfig(addresses, options);
    writeFileSync(file, text);
    return text;
  };
  const first = write({ zone: 'north', isDepotThere: true });
  const sonde = await startSonde(root, join(scratch, 'sonde'), ['--listen', `127.0.0.1:${port}`, '--scrape-config', file]);
  const apis = [prometheus.api, `http://${sonde.http}/prometheus/api/v1`];
  try {
    await prometheus.reload(first);
    await untilUp(apis, 4);
    await pause(phaseMs);
    await targets.depot.close();
    await pause(phaseMs);
    const goneMs = Date.now();
    await targets.depot.open();
    await pause(phaseMs);
    const backMs = Date.now();
    await compareSeries(tally, apis, fromMs);
    await compareTargets(tally, apis);
    const second = write({ zone: 'south', isDepotThere: false });
    process.kill(sonde.pid, 'SIGHUP');
    await prometheus.reload(second);
    await untilUp(apis, 3);
    await pause(phaseMs);
    const endMs = Date.now();
    await compareStates(tally, apis, { goneMs, backMs, endMs });
    const scrapes = await compareScrapes(tally, apis, { fromMs, toMs: endMs });
    await compareSeries(tally, apis, fromMs);
    return tally.end(`4 targets, ${scrapes} scrapes by Sonde`);
  } finally {
    await Promise.all([prometheus.stop(), sonde.stop(), targets.shop.close(), targets.depot.close()]);
  }
}

function scrapeConfig({ shop, depot, prometheus, sonde }, { zone, isDepotThere }) {
  return `global: { scrape_interval: 1s, scrape_timeout: 900ms }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['${shop}'], labels: { zone: ${zone} } }]
    relabel_configs:
      - { source_labels: [__address__], regex: '(.+):\\d+', target_label: host, replacement: 'host-$1' }
    metric_relabel_configs:
      - { source_labels: [__name__], regex: shop_session, action: drop }
      - { source_labels: [country], regex: '(..)', target_label: land, replacement: '\${1}_' }
      - { regex: country, action: labeldrop }
  - job_name: depot
    honor_labels: true
    static_configs: [{ targets: [${isDepotThere ? `'${depot}'` : ''}] }]
  - job_name: prometheus
    static_configs: [{ targets: ['${prometheus}'] }]
  - job_name: sonde
    scrape_timeout: 800ms
    static_configs: [{ targets: ['${sonde}'] }]
`;
}

/** So many targets are up at both; Prometheus takes some seconds to hear of targets. */
function untilUp(apis, count) {
  return until(`${count} targets are up`, async () => {
    const answers = await Promise.all(apis.map((api) => ask(api, 'query', { query: 'count(up == 1) == count(up)' })));
    return answers.every(({ result }) => result[0]?.value[1] === String(count));
  });
}

/** Both scrape every second, and being asked makes new series at both: they have to be the same before long. */
async function compareSeries(tally, apis, fromMs) {
  const read = async () => {
    const parameters = { 'match[]': '{__name__!=""}', start: fromMs / 1000, end: Date.now() / 1000 };
    return Promise.all(apis.map(async (api) => new Set((await ask(api, 'series', parameters)).map(seriesText))));
  };
  let sets = [];
  await until('the same series', async () => {
    sets = await read();
    return isDeepStrictEqual(sets[0], sets[1]);
  }).catch(() => undefined);
  const [expected, actual] = sets;
  for (const one of expected) tally.check(one, actual.has(one) ? [] : ['is missing']);
  for (const one of actual) if (!expected.has(one)) tally.check(one, ['should not be there']);
}

/** Prometheus 3 writes bounds of classic buckets as floats, `1.0`, where 2.42 has what the target said, `1`. */
function seriesText(labels) {
  const bounds = ['le', 'quantile'].filter((name) => name in labels && labels[name] !== '+Inf');
  return labelsText({ ...labels, ...Object.fromEntries(bounds.map((name) => [name, String(Number(labels[name]))])) });
}

/** What the pages about targets show; times and errors are each one's own. */
async function compareTargets(tally, apis) {
  const [expected, actual] = await Promise.all(
    apis.map(async (api) => {
      const { activeTargets } = await get(api, 'targets', { state: 'active' });
      return activeTargets
        .map(({ labels, scrapePool, scrapeUrl, health, scrapeInterval, scrapeTimeout }) => {
          return { labels, scrapePool, scrapeUrl, health, scrapeInterval, scrapeTimeout };
        })
        .toSorted((a, b) => (a.scrapePool < b.scrapePool ? -1 : 1));
    }),
  );
  tally.equal('targets', expected, actual);
}

/** What there is while the depot is gone, when it is back, and under the second configuration. */
async function compareStates(tally, apis, { goneMs, backMs, endMs }) {
  const questions = [
    ['up', goneMs],
    ['depot_info', goneMs],
    ['scrape_samples_scraped{job="depot"}', goneMs],
    ['scrape_samples_post_metric_relabeling{job="shop"}', goneMs],
    ['up', backMs],
    ['depot_info', backMs],
    ['shop_odd_value', backMs],
    ['depot_weight_kilograms_bucket', backMs],
    ['up', endMs],
    ['depot_info', endMs],
    ['shop_odd_value', endMs],
    ['scrape_samples_scraped{job=~"shop|depot"}', endMs],
  ];
  for (const [query, timeMs] of questions) {
    const [expected, actual] = await Promise.all(
      apis.map(async (api) => {
        const { result } = await ask(api, 'query', { query, time: timeMs / 1000 });
        return result.map(({ metric, value }) => `${seriesText(metric)} ${value[1]}`).toSorted();
      }),
    );
    tally.equal(`${query} at ${timeMs} ms`, expected, actual);
  }
  const [{ result: gone }, { result: back }] = await Promise.all(
    [goneMs, backMs].map((timeMs) => ask(apis[1], 'query', { query: 'up{job="depot"}', time: timeMs / 1000 })),
  );
  tally.equal('the depot was gone, and came back', ['0', '1'], [gone[0].value[1], back[0].value[1]]);
}

/** Samples of both about their scrapes, and samples that have a time of their own. Gives how many scrapes Sonde made. */
async function compareScrapes(tally, apis, window) {
  const read = (selector) => Promise.all(apis.map((api) => readRawSamples(api, { ...window, selector })));
  const [expected, actual] = await read('up');
  let scrapes = 0;
  for (const [labels, samples] of expected) {
    const found = actual.get(labels)?.size ?? 0;
    scrapes += found;
    tally.check(`scrapes of ${labels}`, Math.abs(found - samples.size) <= scrapesApart ? [] : [`${samples.size}, got ${found}`]);
  }
  for (const [labels, samples] of (await read('scrape_duration_seconds'))[1]) {
    const odd = [...samples.values()].find((value) => !(Number(value) > 0 && Number(value) < 1));
    tally.check(labels, odd === undefined ? [] : [`${odd} s`]);
  }
  const [added, alsoAdded] = await read('scrape_series_added{job=~"shop|depot"}');
  for (const [labels, samples] of added) tally.equal(`first of ${labels}`, firstOf(samples), firstOf(alsoAdded.get(labels)));
  const [imported, alsoImported] = await read('shop_imported_total');
  for (const [labels, samples] of imported) {
    const common = [...samples].filter(([timeMs]) => alsoImported.get(labels)?.has(timeMs));
    tally.check(`${labels} in both`, common.length > 0 ? [] : ['no time is']);
    for (const [timeMs, value] of common) tally.equal(`${labels} at ${timeMs} ms`, value, alsoImported.get(labels).get(timeMs));
  }
  return scrapes;
}

function firstOf(samples) {
  return samples?.values().next().value;
}

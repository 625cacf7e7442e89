// A Prometheus without data of its own reads Sonde's by remote read and answers queries as Sonde itself does; and one that scrapes
// Sonde's /federate has, under the same labels and times, what Sonde has.
//
//   node test/prometheus/run.js remote-read [--reads 200] [--seed 1]
import { join } from 'node:path';
import { ask, askWhole, until } from './ask.js';
import { differences } from './compare-answers.js';
import { makeSeries } from './data.js';
import { isOlder } from './differential.js';
import { makeQuery } from './generate.js';
import { startPrometheus } from './peers.js';
import { randomFrom } from './random.js';
import { readRawSamples } from './raw-samples.js';
import { remoteWrite } from './remote-write.js';
import { createTally } from './tally.js';

const federated = '{job=~"api|node"}';
const lookbackMs = 300_000;

export async function runRemoteRead({ root, scratch, startSonde, reads = 200, seed = 1 }) {
  const nowMs = Date.now();
  const series = makeSeries(randomFrom(seed), nowMs);
  const sonde = await startSonde(root, join(scratch, 'sonde'));
  const api = `http://${sonde.http}/prometheus/api/v1`;
  const reader = await startPrometheus(join(scratch, 'reader'), { config: readConfig(`${api}/read`) });
  const scraper = await startPrometheus(join(scratch, 'scraper'), { config: federateConfig(sonde.http) });
  const tally = createTally();
  try {
    await remoteWrite(`${api}/write`, series);
    const answered = await compareQueries(tally, { reader: reader.api, api, endS: Math.floor(nowMs / 1000) - 60, reads, seed });
    tally.check('answers that are not empty', answered * 2 > reads ? [] : [`only ${answered} of ${reads}`]);
    const copied = await compareFederated(tally, { scraper: scraper.api, api, nowMs });
    return tally.end(`${reads} queries by remote read, ${answered} answers not empty, ${copied} series federated`);
  } finally {
    await Promise.all([reader.stop(), scraper.stop(), sonde.stop()]);
  }
}

function readConfig(url) {
  return `global: { scrape_interval: 1h }\nremote_read: [{ url: '${url}', read_recent: true }]\n`;
}

function federateConfig(address) {
  return `scrape_configs:
  - job_name: federate
    scrape_interval: 1s
    honor_labels: true
    metrics_path: /prometheus/federate
    params: { 'match[]': ['${federated}'] }
    static_configs: [{ targets: ['${address}'] }]
`;
}

/** Gives how many answers were not empty. */
async function compareQueries(tally, { reader, api, endS, reads, seed }) {
  const random = randomFrom(seed + 2000);
  let answered = 0;
  for (let i = 0; i < reads; i++) {
    const query = makeQuery(random);
    const end = endS - random.below(1800) + 0.5;
    const isRange = random.chance(0.5);
    const parameters = isRange ? { query, start: end - 1800, end, step: 60 } : { query, time: end };
    const endpoint = isRange ? 'query_range' : 'query';
    const [expected, actual] = await Promise.all([api, reader].map((one) => askWhole(one, endpoint, parameters)));
    const options = { ordered: !isRange && query.startsWith('sort'), anyOfEqual: /^(topk|bottomk)/.test(query) };
    const found = differences(expected, actual, options);
    if (found.length === 0 || !isOlder(query, actual, expected, options)) tally.check(query, found);
    if (expected.status === 'success' && expected.data.result.length > 0) answered++;
  }
  return answered;
}

/** Every series that has a value now was scraped with it, at its own time. Gives how many there are. */
async function compareFederated(tally, { scraper, api, nowMs }) {
  const window = { fromMs: nowMs - lookbackMs, toMs: nowMs, selector: federated };
  const copied = await until('all series are federated', async () => {
    const { result } = await ask(api, 'query', { query: `count(${federated})` });
    const found = await readRawSamples(scraper, window);
    return found.size >= Number(result[0].value[1]) && found;
  });
  const stored = await readRawSamples(api, window);
  for (const labels of stored.keys()) if (!copied.has(labels)) tally.check(labels, ['was not federated']);
  for (const [labels, samples] of copied) {
    const [timeMs, value] = [...samples].at(-1);
    tally.equal(`federated ${labels}`, value, stored.get(labels)?.get(timeMs));
  }
  return copied.size;
}

// A real Prometheus scrapes itself and two targets every second and sends all of it to Sonde by remote write. Then every sample,
// exemplar and word of metadata is read from both and has to be the same. In between a target goes away and comes back, and Sonde
// is stopped and started: Prometheus sends again what was not answered.
//
//   SONDE_REMOTE_WRITE_SECONDS=600 node test/prometheus/run.js remote-write
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, get, labelsText, until } from './ask.js';
import { differences } from './compare-answers.js';
import { freePort, startPrometheus } from './peers.js';
import { countSamples, freeMs, readRawSamples, sampleFaults } from './raw-samples.js';
import { createTally } from './tally.js';
import { startTargets } from './targets.js';

const secondsByDefault = 45;
const sliceMs = 60_000;
/** For how long Sonde is not there. */
const downMs = 2000;

export async function runRemoteWrite({ root, scratch, startSonde }) {
  const seconds = Number(process.env.SONDE_REMOTE_WRITE_SECONDS ?? secondsByDefault);
  const fromMs = Date.now();
  const targets = await startTargets();
  const port = await freePort();
  const start = () => startSonde(root, join(scratch, 'sonde'), ['--listen', `127.0.0.1:${port}`]);
  let sonde = await start();
  const api = `http://${sonde.http}/prometheus/api/v1`;
  const remoteWrite = remoteWriteConfig(`${api}/write`);
  const prometheus = await startPrometheus(join(scratch, 'prometheus'), {
    config: (own) => remoteWrite + scrapeConfigs({ prometheus: `127.0.0.1:${own}`, ...addresses(targets) }),
    flags: ['--enable-feature=exemplar-storage'],
  });
  try {
    await pause(seconds * 300);
    await targets.depot.close();
    await pause(seconds * 200);
    await sonde.stop();
    await pause(downMs);
    sonde = await start();
    await pause(seconds * 200);
    await targets.depot.open();
    await pause(seconds * 300 - downMs);
    const metadata = await get(prometheus.api, 'metadata');
    await prometheus.reload(remoteWrite + scrapeConfigs({ prometheus: '', shop: '', depot: '' }));
    await untilSent(prometheus);
    return await compareAll({ expected: prometheus.api, actual: api, metadata, fromMs, toMs: Date.now() });
  } finally {
    await Promise.all([prometheus.stop(), sonde.stop(), targets.shop.close(), targets.depot.close()]);
  }
}

function remoteWriteConfig(url) {
  return `global: { scrape_interval: 1s, scrape_timeout: 900ms }
remote_write:
  - url: ${url}
    send_exemplars: true
    metadata_config: { send: true, send_interval: 1s }
    queue_config: { batch_send_deadline: 500ms, max_backoff: 500ms }
`;
}

/** Jobs with a target each, or with none: series of a target that is gone end, those of a job that is gone do not. */
function scrapeConfigs(targets) {
  const jobs = Object.entries(targets).map(
    ([job, address]) => `  - job_name: ${job}\n    static_configs: [{ targets: [${address === '' ? '' : `'${address}'`}] }]\n`,
  );
  return `scrape_configs:\n${jobs.join('')}`;
}

function addresses(targets) {
  return Object.fromEntries(Object.entries(targets).map(([job, { address }]) => [job, address]));
}

/** Nothing is scraped any more, what was scraped has ended, and all that was noted for sending is answered. */
async function untilSent({ url, api }) {
  await until('all series have ended', async () => (await ask(api, 'query', { query: 'up' })).result.length === 0);
  const read = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const valueOf = (name) => Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      sent: valueOf('prometheus_remote_storage_samples_total'),
      pending: valueOf('prometheus_remote_storage_samples_pending'),
    };
  };
  await until('remote write has sent everything', async () => {
    const before = await read();
    await pause(2000);
    const after = await read();
    return after.pending === 0 && after.sent > 0 && after.sent === before.sent;
  });
}

async function compareAll({ expected, actual, metadata, fromMs, toMs }) {
  const tally = createTally();
  const [left, right] = await Promise.all([expected, actual].map((api) => readRawSamples(api, { fromMs, toMs })));
  for (const [labels, samples] of left) tally.check(labels, sampleFaults(asSent(samples), right.get(labels)));
  tally.equal('series', left.size, right.size);
  const range = { fromMs: Math.floor(fromMs / 1000) * 1000 + freeMs(left), toMs };
  const ended = await compareEnds(tally, { expected, actual, range });
  tally.check('series that end', ended > 0 ? [] : ['none did']);
  await compareExemplars(tally, { expected, actual, start: fromMs / 1000, end: toMs / 1000 });
  const stored = await get(actual, 'metadata');
  for (const [metric, entries] of Object.entries(metadata)) tally.equal(`metadata of ${metric}`, entries, stored[metric]);
  return tally.end(
    `${countSamples(left)} samples of ${left.size} series in ${Math.round((toMs - fromMs) / 1000)} s, ${ended} series that end`,
  );
}

/** Prometheus leaves a value that equals zero out of its messages, so of a negative zero the sign is lost on the way. */
function asSent(samples) {
  return new Map([...samples].map(([timeMs, value]) => [timeMs, value === '-0' ? '0' : value]));
}

/** Every series at every second: one that has ended is not there. Gives how many have no value at the end, but had one. */
async function compareEnds(tally, { expected, actual, range: { fromMs, toMs } }) {
  const seen = new Set();
  let atEnd = new Set();
  for (let startMs = fromMs; startMs < toMs; startMs += sliceMs) {
    const endMs = Math.min(startMs + sliceMs - 1000, toMs);
    const parameters = { query: '{__name__!=""}', start: startMs / 1000, end: endMs / 1000, step: 1 };
    const [left, right] = await Promise.all([expected, actual].map((api) => ask(api, 'query_range', parameters)));
    tally.check(`every second from ${startMs} ms on`, differences({ data: left }, { data: right }));
    for (const { metric } of left.result) seen.add(labelsText(metric));
    const last = left.result.map(({ values }) => values.at(-1)[0]).reduce((a, b) => Math.max(a, b), 0);
    atEnd = new Set(left.result.filter(({ values }) => values.at(-1)[0] === last).map(({ metric }) => labelsText(metric)));
  }
  return seen.size - atEnd.size;
}

async function compareExemplars(tally, { expected, actual, start, end }) {
  const [left, right] = await Promise.all(
    [expected, actual].map(async (api) => {
      const data = await ask(api, 'query_exemplars', { query: '{__name__!=""}', start, end });
      return new Map(data.map(({ seriesLabels, exemplars }) => [labelsText(seriesLabels), exemplars]));
    }),
  );
  tally.check('exemplars', left.size > 0 ? [] : ['Prometheus has none']);
  for (const [labels, exemplars] of left) tally.equal(`exemplars of ${labels}`, exemplars, right.get(labels));
  tally.equal('series with exemplars', left.size, right.size);
}

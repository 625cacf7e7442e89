// promtool asks Sonde and a real Prometheus the same, and has to print the same; and it finds no fault with Sonde's own metrics.
// `promtool push metrics` came after Debian's version (2.42): what it sends, the samples of a text file by remote write 1.0, goes to
// both by our own sender. The text file is what Prometheus says about itself.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startPrometheus } from './peers.js';
import { remoteWrite } from './remote-write.js';
import { createTally } from './tally.js';
import { seriesOfText } from './text-series.js';

const pushed = { job: 'promtool' };
const stepMs = 15_000;
const samplesPerSeries = 20;

export async function runPromtool({ root, scratch, startSonde }) {
  const tally = createTally();
  const prometheus = await startPrometheus(join(scratch, 'prometheus'));
  const sonde = await startSonde(root, join(scratch, 'sonde'));
  const ours = `http://${sonde.http}/prometheus`;
  try {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text();
    // Queries ask at whole seconds, and no sample may lie on the edge of a window: see data.js.
    const endMs = Math.floor(Date.now() / 1000) * 1000 - 250;
    const series = seriesOfText(text, pushed).map(({ labels, value }) => ({ labels, samples: samplesTo(endMs, value) }));
    await Promise.all([prometheus.write, `${ours}/api/v1/write`].map((url) => remoteWrite(url, series)));
    for (const args of questions(endMs)) {
      const [expected, actual] = await Promise.all([prometheus.url, ours].map((url) => promtool(args.map((arg) => arg ?? url))));
      const name = args.filter((arg) => arg !== undefined).join(' ');
      tally.check(name, expected.lines.join('') === '' ? ['Prometheus gives nothing to compare'] : []);
      tally.equal(name, expected, actual);
    }
    await checkOwnMetrics(tally, `http://${sonde.http}/metrics`);
    return tally.end(`${series.length} series`);
  } finally {
    await Promise.all([prometheus.stop(), sonde.stop()]);
  }
}

/** The value of the file first, and growing from then on; far from zero, near which versions of Prometheus extrapolate otherwise. */
function samplesTo(endMs, value) {
  return Array.from({ length: samplesPerSeries }, (_, i) => [
    endMs - (samplesPerSeries - 1 - i) * stepMs,
    value * (samplesPerSeries + i),
  ]);
}

/** Arguments of promtool; the server's URL stands where there is none. */
function questions(endMs) {
  const endS = (endMs + 250) / 1000;
  const range = [`--start=${endS - 240}`, `--end=${endS}`, '--step=30s'];
  const window = [`--start=${new Date(endMs - 600_000).toISOString()}`, `--end=${new Date(endMs + 1000).toISOString()}`];
  const expressions = [
    'prometheus_build_info',
    'go_goroutines',
    'sum by (job) (rate(prometheus_http_requests_total[2m]))',
    'histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[2m])))',
    'go_gc_duration_seconds{quantile="0.5"}',
    'vector(1) / 0',
    'label_replace(up or vector(-0.5), "text", "a\\"b\\\\c", "", "")',
  ];
  return [
    ...expressions.map((expression) => ['query', 'instant', `--time=${endS}`, undefined, expression]),
    ...expressions.map((expression) => ['query', 'range', ...range, undefined, expression]),
    ['query', 'instant', '--format=json', `--time=${endS}`, undefined, 'count by (__name__) ({job="promtool"})'],
    ['query', 'range', '--format=json', ...range, undefined, 'go_memstats_alloc_bytes'],
    ['query', 'instant', `--time=${endS}`, undefined, 'go_threads[1m]'],
    ['query', 'instant', `--time=${endS}`, undefined, '1 + 1'],
    ['query', 'series', ...window, '--match=go_memstats_alloc_bytes', '--match={__name__=~"prometheus_tsdb_head.*"}', undefined],
    ['query', 'labels', ...window, undefined, 'job'],
    ['query', 'labels', ...window, '--match={__name__=~"go_.*"}', undefined, '__name__'],
    ['query', 'labels', undefined, 'handler'],
    ['query', 'instant', undefined, 'sum('],
    ['query', 'range', '--start=1', '--end=100000', '--step=1s', undefined, 'go_threads'],
    ['query', 'series', '--match={}', undefined],
  ];
}

/**
 * How promtool ends, and its lines in an order of their own, as that of series is nobody's promise. Fractions have the digits that
 * do not depend on the order of adding up, which is another in later versions. Errors are compared by their first words.
 */
async function promtool(args) {
  const { code, stdout, stderr } = await runAnyway('promtool', args);
  const said =
    args.includes('--format=json') && code === 0 ? JSON.parse(stdout).map((item) => JSON.stringify(item)) : stdout.split('\n');
  return { code, lines: code === 0 ? said.map(withTwelveDigits).toSorted() : [stderr.split(/[:\n]/, 2).join(':')] };
}

function withTwelveDigits(text) {
  return text.replaceAll(/-?\d+\.\d+(?:e[+-]\d+)?/g, (number) => Number(number).toPrecision(12));
}

async function checkOwnMetrics(tally, url) {
  const text = await (await fetch(url)).text();
  const { code, stdout, stderr } = await runAnyway('promtool', ['check', 'metrics'], text);
  tally.check('check metrics', code === 0 ? [] : [`ended with ${code}: ${stderr}${stdout}`]);
  tally.equal('what check metrics says', '', stderr + stdout);
}

/** Runs a program that may fail. */
function runAnyway(command, args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: 30_000 });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
    child.once('error', reject).once('close', (code) => resolve({ code, ...said }));
    child.stdin.end(input);
  });
}

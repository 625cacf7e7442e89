/**
 * Bodies of /metrics on one core, by format: samples and megabytes per second for a reader who takes values only, and for one who
 * knows all series, and finds each by the hash of its bytes.
 *
 *     node_modules/.bin/rolldown bench/exposition.ts -p node -f esm -o dist/bench/exposition.js
 *     node dist/bench/exposition.js [--seconds 3] [--series 2000]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Hash } from '../src/base/hash.ts';
import type { ExpositionOptions, ExpositionSink, Sample } from '../src/codec/exposition/exposition.ts';
import { parseExposition } from '../src/codec/exposition/parse.ts';
import { blockField, integerField, textField } from '../src/codec/protobuf-write.ts';

/** Samples per second that must be reached for Prometheus's text. */
const goalSamples = 3e6;
const options: ExpositionOptions = {
  strict: false,
  createdSamples: true,
  classicHistograms: true,
  bodyBytesMax: 2 ** 30,
  lineBytesMax: 1 << 16,
  labelsMax: 64,
};
const seriesPerFamily = 20;

interface Rates {
  readonly samplesPerSecond: number;
  readonly megabytesPerSecond: number;
}

/** Adds up the values. */
class Sum implements ExpositionSink {
  samples = 0;
  sum = 0;

  metadata(): void {}

  sample(sample: Sample): void {
    this.samples++;
    this.sum += sample.value;
  }

  histogram(): void {}
  exemplar(): void {}
}

/** Knows every series that it has seen once. */
class KnownSeries extends Sum {
  readonly #known = new Map<number, string[]>();
  readonly #hash = new Hash();
  #view: DataView = new DataView(new ArrayBuffer(0));

  override sample(sample: Sample): void {
    const { bytes } = sample;
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const key = this.#hash.begin(1, 2).addBytes(this.#view, sample.start, sample.end).finish().low;
    if (!this.#known.has(key)) this.#known.set(key, sample.labels());
    super.sample(sample);
  }
}

/** Per second of processor time, in the second half of the run. */
function benchExposition(contentType: string, body: Uint8Array, seconds: number, sink: Sum): Rates {
  const run = (): Rates => {
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    const samplesStart = sink.samples;
    let bodies = 0;
    for (; performance.now() - start < seconds * 500; bodies++) parseExposition(body, contentType, options, sink);
    const { user, system } = process.cpuUsage(cpuStart);
    const cpuSeconds = (user + system) / 1e6;
    return {
      samplesPerSecond: (sink.samples - samplesStart) / cpuSeconds,
      megabytesPerSecond: Math.round((bodies * body.length) / cpuSeconds / 1e6),
    };
  };
  run();
  return run();
}

/** A body of counters with four labels each, as an HTTP service has them. */
export function textBody(series: number, end: string, head: (name: string) => string, suffix: string): Uint8Array {
  let text = '';
  for (let i = 0; i < series; i++) {
    const name = `http_server_requests_${Math.floor(i / seriesPerFamily)}`;
    if (i % seriesPerFamily === 0) text += head(name);
    const labels = `method="GET",route="/api/v1/orders/${i}",status="200",instance="10.0.12.${i % 250}:8080"`;
    text += `${name}_total{${labels}} ${i % 3 === 0 ? (i * 1234.5678).toFixed(3) : i * 1931}\n`;
    text += suffix === '' ? '' : `${name}${suffix}{${labels}} 1700000000.123\n`;
  }
  return new TextEncoder().encode(text + end);
}

const help = 'Requests that were answered, by route and status.';
/** One histogram for every twelve series, as a service has them. */
function protobufBody(series: number): Uint8Array {
  const metrics = Array.from({ length: Math.ceil(series / 12) }, (_, i) =>
    blockField(
      4,
      blockField(1, textField(1, 'route'), textField(2, `/api/v1/orders/${i}`)),
      blockField(1, textField(1, 'method'), textField(2, 'GET')),
      blockField(
        7,
        integerField(1, 1000 + i),
        ...Array.from({ length: 9 }, (_, bound) => blockField(3, integerField(1, 100 * bound), doubleField(2, bound))),
      ),
    ),
  );
  return blockField(1, textField(1, 'http_server_duration_seconds'), textField(2, help), integerField(3, 4), ...metrics).subarray(
    1,
  );
}

function doubleField(number: number, value: number): Uint8Array {
  const field = new Uint8Array(9);
  field[0] = number * 8 + 1;
  new DataView(field.buffer).setFloat64(1, value, true);
  return field;
}

const bodies: Readonly<Record<string, { contentType: string; body: (series: number) => Uint8Array }>> = {
  text: {
    contentType: 'text/plain; version=0.0.4',
    body: (series) => textBody(series, '', (name) => `# HELP ${name}_total ${help}\n# TYPE ${name}_total counter\n`, ''),
  },
  openmetrics: {
    contentType: 'application/openmetrics-text; version=1.0.0',
    body: (series) => textBody(series, '# EOF\n', (name) => `# TYPE ${name} counter\n# HELP ${name} ${help}\n`, ''),
  },
  'openmetrics with _created': {
    contentType: 'application/openmetrics-text; version=1.0.0',
    body: (series) => textBody(series, '# EOF\n', (name) => `# TYPE ${name} counter\n# HELP ${name} ${help}\n`, '_created'),
  },
  'protobuf, classic histograms': {
    contentType: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    body: protobufBody,
  },
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '3' }, series: { type: 'string', default: '2000' } },
  });
  const seconds = Number(values.seconds);
  for (const [name, { contentType, body }] of Object.entries(bodies)) {
    const bytes = body(Number(values.series));
    const read = benchExposition(contentType, bytes, seconds, new Sum());
    const found = benchExposition(contentType, bytes, seconds, new KnownSeries());
    const goal = name === 'text' ? ` (goal ${goalSamples / 1e6})` : '';
    console.log(
      `${name}: ${millions(read)} M samples/s${goal}, ${read.megabytesPerSecond} MB/s; with the series looked up ` +
        `${millions(found)} M samples/s, ${found.megabytesPerSecond} MB/s`,
    );
  }
}

function millions({ samplesPerSecond }: Rates): string {
  return (samplesPerSecond / 1e6).toFixed(2);
}

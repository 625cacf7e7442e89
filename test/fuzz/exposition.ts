/** Bodies of /metrics in every format: from the bytes to samples with their labels. */
import { readdirSync, readFileSync } from 'node:fs';
import { known } from '../../src/base/assert.ts';
import { SondeError } from '../../src/base/errors.ts';
import type { ExpositionSink, Sample } from '../../src/codec/exposition/exposition.ts';
import { parseExposition } from '../../src/codec/exposition/parse.ts';
import { contentTypes, readerOptions } from '../exposition/lines.ts';
import type { FuzzTarget } from './harness.ts';

const folder = new URL('../fixtures/exposition/', import.meta.url);
/** The larger samples are the same again. */
const sampleBytesMax = 6000;

const tokens = [
  ['{', '}', ',', '=', '"', '\\', '\\"', '\\n', '{}', ' ', '\t', '\n', '\r', '\0', '#', ' # {', '# EOF', '# EOF\n', '""'],
  ['# HELP a ', '# TYPE a counter\n', '# TYPE a histogram\n', '# UNIT a_s s\n', '# TYPE "a" info\n', 'a{a="b"} 1\n', '{"a"} 1\n'],
  ['0', '-1', '1e3', '.5', '1e400', '1e-400', 'NaN', '+Inf', '9'.repeat(30), '1700000000.123', '_'],
  ['_total', '_created', '_bucket', '_sum', '_count', '_info', ',le="1"', ',le="+Inf"', ',quantile="0.5"', 'é', '\u{1f600}'],
]
  .flat()
  .map((token) => Buffer.from(token));
const bytes = [
  [0xff],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  // An empty span, the longest span, a large offset, differences of the largest size, times, lengths that are not.
  [0x62, 0x00],
  [0x62, 0x06, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x62, 0x06, 0x08, 0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0x68, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x6a, 0x03, 0x02, 0x01, 0x02],
  [0x1a, 0x04, 0x08, 0x07, 0x10, 0x08],
  [0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
].map((sequence) => Buffer.from(sequence));

/** Each input is taken for each of the formats; strictly and not. */
export function expositionTarget(): FuzzTarget {
  const samples = readdirSync(folder)
    .filter((name) => /\.(txt|om|pb)$/.test(name))
    .map((name) => readFileSync(new URL(name, folder)))
    .filter((sample) => sample.length <= sampleBytesMax);
  let turn = 0;
  const take = (input: Uint8Array): boolean => {
    turn++;
    const taken = Object.values(contentTypes).map((contentType) => isTaken(input, contentType, turn % 2 === 0));
    return taken.includes(true);
  };
  return { samples, dictionary: [...tokens, ...bytes], take };
}

function isTaken(input: Uint8Array, contentType: string, strict: boolean): boolean {
  try {
    parseExposition(input, contentType, { ...readerOptions, strict }, checking);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SondeError)) throw thrown;
    if (thrown.code !== 'malformed_body' && thrown.code !== 'too_large') throw thrown;
    return false;
  }
}

const checking: ExpositionSink = {
  metadata: (family) => {
    if (family === '') throw new Error('a family without a name');
  },
  sample: checkSample,
  histogram: (sample, histogram) => {
    checkSample(sample);
    checkAscending(histogram.positiveIndexes);
    checkAscending(histogram.negativeIndexes);
    if (histogram.positiveIndexes.length !== histogram.positiveCounts.length) throw new Error('indexes without counts');
    if (histogram.negativeIndexes.length !== histogram.negativeCounts.length) throw new Error('indexes without counts');
  },
  exemplar: (exemplar) => checkAscending(exemplar.labels().filter((_, i) => i % 2 === 0)),
};

function checkSample(sample: Sample): void {
  const labels = sample.labels();
  const names = labels.filter((_, i) => i % 2 === 0);
  if (!names.includes('__name__')) throw new Error('a series without a name');
  if (names.includes('') || labels.length % 2 !== 0) throw new Error('a label without a name');
  if (sample.end <= sample.start || sample.end > sample.bytes.length) throw new Error('a series without bytes');
  checkAscending(names);
  sample.type();
}

function checkAscending(items: readonly (number | string)[]): void {
  for (let i = 1; i < items.length; i++) {
    const before = known(items[i - 1], 'an item');
    const item = known(items[i], 'an item');
    const isAscending =
      typeof before === 'number' ? before < Number(item) : Buffer.compare(Buffer.from(before), Buffer.from(String(item))) < 0;
    if (!isAscending) throw new Error(`${before} stands before ${item}`);
  }
}

// Bodies of remote write 1.0, made ahead of the clock: the labels of each series are encoded once.
import { compressSnappy } from '../../src/codec/snappy.ts';

/** Encodes the labels of series: the first part of a TimeSeries message. */
export function encodeLabels(labels) {
  const parts = [];
  for (const name of Object.keys(labels).toSorted()) {
    const [key, value] = [Buffer.from(name), Buffer.from(labels[name])];
    const label = Buffer.concat([head(0x0a, key.length), key, head(0x12, value.length), value]);
    parts.push(head(0x0a, label.length), label);
  }
  return Buffer.concat(parts);
}

/** A request with some samples of each of some series: `{ bytes: Buffer, times: number[], values: number[] }`, compressed. */
export function writeBody(series) {
  const parts = [];
  for (const { bytes, times, values } of series) {
    const samples = Buffer.alloc(times.length * 18);
    for (let i = 0; i < times.length; i++) writeSample(samples, i * 18, times[i], values[i]);
    parts.push(head(0x0a, bytes.length + samples.length), bytes, samples);
  }
  return Buffer.from(compressSnappy(Buffer.concat(parts)));
}

/** Field 2 of a TimeSeries, 18 bytes: a time of today takes six bytes as a varint. */
function writeSample(target, at, timeMs, value) {
  target[at] = 0x12;
  target[at + 1] = 16;
  target[at + 2] = 0x09;
  target.writeDoubleLE(value, at + 3);
  target[at + 11] = 0x10;
  let low = timeMs % 2 ** 28;
  let high = Math.floor(timeMs / 2 ** 28);
  for (let i = 0; i < 4; i++) {
    target[at + 12 + i] = (low & 0x7f) | 0x80;
    low = Math.floor(low / 128);
  }
  target[at + 16] = (high & 0x7f) | 0x80;
  high = Math.floor(high / 128);
  target[at + 17] = high;
}

function head(tag, length) {
  const bytes = [tag];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

// Bodies of remote write 1.0, made ahead of the clock: the labels of each series are encoded once.
import { encodeSnappy } from '../../src/codec/snappy.ts';

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

/**
 * A request with samples of some series, `{ bytes: Buffer, times: number[], values: number[] }`, compressed. Time by time, each
 * sample with the labels of its series, as Prometheus sends them.
 */
export function writeBody(series) {
  const parts = [];
  const count = series[0]?.times.length ?? 0;
  for (let i = 0; i < count; i++) {
    for (const { bytes, times, values } of series) {
      const sample = Buffer.allocUnsafe(18);
      writeSample(sample, 0, times[i], values[i]);
      parts.push(head(0x0a, bytes.length + sample.length), bytes, sample);
    }
  }
  return Buffer.from(encodeSnappy(Buffer.concat(parts)));
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

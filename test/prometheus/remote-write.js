// A sender of remote write 1.0, small and plain: protobuf by hand, snappy without compression.

/** Writes series `{ labels: { name: value }, samples: [[timeMs, value], …] }` in one request; throws unless it is taken. */
export async function remoteWrite(url, series) {
  const body = snappy(writeRequest(series));
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body,
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

/** The message prometheus.WriteRequest. */
function writeRequest(series) {
  return Buffer.concat(series.map((one) => field(1, timeSeries(one))));
}

function timeSeries({ labels, samples }) {
  const names = Object.keys(labels).toSorted();
  return Buffer.concat([
    ...names.map((name) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name]))]))),
    ...samples.map(([timeMs, value]) => field(2, sample(timeMs, value))),
  ]);
}

/** The bits of the NaN that ends a series. */
export const stale = Symbol('stale');
const staleBits = 0x7ff0000000000002n;

function sample(timeMs, value) {
  const bits = Buffer.alloc(9);
  bits[0] = 0x09;
  if (value === stale) bits.writeBigUInt64LE(staleBits, 1);
  else bits.writeDoubleLE(value, 1);
  return Buffer.concat([bits, Buffer.from([0x10]), varint(BigInt(timeMs))]);
}

function field(number, bytes) {
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(BigInt(bytes.length)), bytes]);
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const literalMax = 65_536;

/** A snappy block of literals: valid, and no smaller than what went in. */
function snappy(bytes) {
  const parts = [varint(BigInt(bytes.length))];
  for (let at = 0; at < bytes.length; at += literalMax) {
    const literal = bytes.subarray(at, at + literalMax);
    const head = Buffer.alloc(3);
    head[0] = 61 << 2;
    head.writeUInt16LE(literal.length - 1, 1);
    parts.push(head, literal);
  }
  return Buffer.concat(parts);
}

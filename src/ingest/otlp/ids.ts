import type { WireReader } from '../../codec/protobuf.ts';

/** Where an id stands in the body when it does not: the field did not come or was empty, or it had a wrong length. */
export const absent = -1;
export const wrongLength = -2;

export const traceIdBytes = 16;
export const spanIdBytes = 8;

/** Reads a field that holds an id of `width` bytes and gives where it stands, `absent` or `wrongLength`. */
export function readId(reader: WireReader, width: number, end: number): number {
  const stop = reader.length(end);
  const start = reader.at;
  reader.at = stop;
  if (stop - start === width) return start;
  return stop === start ? absent : wrongLength;
}

/** Whether an id is there and not all zeros, which the W3C trace context forbids. */
export function isValidId(reader: WireReader, start: number, width: number): boolean {
  if (start < 0) return false;
  let bits = 0;
  for (let at = start; at < start + width; at += 4) bits |= reader.view.getInt32(at, true);
  return bits !== 0;
}

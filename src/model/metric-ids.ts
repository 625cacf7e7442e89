/**
 * `metric_id`, by which points are sorted before their series: a hash of 32 bits of the metric's name. Two names may share one;
 * a reader filters by it and by the series. It is stored: it never changes.
 */
import { Hash } from '../base/hash.ts';
import { decodeUtf8, isUtf8 } from '../base/utf8.ts';

/** The id of a name as it is stored. */
export function metricIdOf(name: string): number {
  return new Hash().begin(0, 0).addText(name).finish().low >>> 0;
}

/** The same for bytes of a request, of which what is not valid UTF-8 is stored as U+FFFD. The hash is overwritten. */
export function metricIdOfBytes(hash: Hash, source: DataView, start: number, end: number): number {
  if (!isUtf8(source, start, end)) return metricIdOf(decodeUtf8(source, start, end));
  return hash.begin(0, 0).addBytes(source, start, end).finish().low >>> 0;
}

/**
 * Scraped exemplars as rows. A service shows an exemplar until it has a newer one, so that the same comes with scrape after scrape:
 * those that the last scrape had are not stored again.
 */
import { Hash } from '../base/hash.ts';
import type { Exemplar } from '../codec/exposition/exposition.ts';
import type { OpenCommit } from '../engine/commit.ts';
import { LabelSet } from '../ingest/prometheus/decode-labels.ts';
import type { NsHalves, PointRows, SeriesKey } from '../ingest/prometheus/point-rows.ts';
import type { Batch } from '../model/batch.ts';
import type { FixedColumn } from '../model/columns.ts';
import { exemplars } from '../model/metrics.ts';

const exemplarsMax = 100_000;
const zeros = new DataView(new ArrayBuffer(16));

export class ExemplarRows {
  /** What this scrape has shown: what the next one is compared with. */
  readonly shown = new Set<string>();
  readonly #points: PointRows;
  readonly #before: ReadonlySet<string>;
  readonly #columns: Batch<typeof exemplars>['columns'];
  readonly #labels = new LabelSet(new Hash());

  constructor(open: OpenCommit, points: PointRows, before: ReadonlySet<string>) {
    this.#points = points;
    this.#before = before;
    this.#columns = open.batch(exemplars).columns;
  }

  /** Appends one that is new, with the time of its point and its own. Gives whether it did; the first 100,000 of a scrape count. */
  append(series: SeriesKey, pointTime: NsHalves, time: NsHalves, exemplar: Exemplar): boolean {
    if (this.shown.size >= exemplarsMax) return false;
    const labels = exemplar.labels();
    const key = JSON.stringify([series.idLow, series.idHigh, String(exemplar.timestampMs), String(exemplar.value), labels]);
    if (this.shown.has(key)) return false;
    this.shown.add(key);
    if (this.#before.has(key)) return false;
    const columns = this.#columns;
    this.#points.appendSeries(columns, series);
    columns.point_time.append(pointTime.low, pointTime.high);
    columns.time.append(time.low, time.high);
    columns.value.append(exemplar.value);
    columns.is_int.append(0);
    columns.int_rest.append(0);
    this.#appendLabels(labels);
    return true;
  }

  /** Ids of the trace and the span go where those of OTLP are, everything else to the attributes. */
  #appendLabels(labels: readonly string[]): void {
    const { trace_id, span_id, attributes } = this.#columns;
    const hasTrace = appendId(trace_id, labels, 'trace_id');
    const hasSpan = appendId(span_id, labels, 'span_id');
    const set = this.#labels;
    set.setTexts(labels);
    for (let i = 0; i < set.count; i++) {
      if ((hasTrace && set.isNamed(i, 'trace_id')) || (hasSpan && set.isNamed(i, 'span_id'))) continue;
      attributes.writeTextEntry(set.source, set.nameStart(i), set.nameEnd(i), set.valueStart(i), set.valueEnd(i));
    }
    attributes.endRow();
  }
}

/** Appends the id that a label holds in hexadecimal digits; zeros, and false, when it holds none. */
function appendId(column: FixedColumn, labels: readonly string[], name: string): boolean {
  const digits = labels.find((_, i) => i % 2 === 1 && labels[i - 1] === name) ?? '';
  const isId = digits.length === column.width * 2 && /^[0-9a-fA-F]+$/.test(digits);
  if (!isId) column.append(zeros, -1);
  else {
    const id = Buffer.from(digits, 'hex');
    column.append(new DataView(id.buffer, id.byteOffset, id.length), 0);
  }
  return isId;
}

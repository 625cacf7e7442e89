/**
 * Metrics and their series. A series' id is a hash of tenant, metric name, type, unit, temporality, monotonicity, resource, scope and
 * the set of attributes; what a metric's points share is hashed once per metric. Ids are stored: what goes into them, and in
 * which order, never changes.
 */
import { Place, Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import { metricIdOfBytes } from '../../model/metric-ids.ts';
import { otlpMetricTypes, series } from '../../model/metrics.ts';
import { prometheusLabelsOf, prometheusNameOf, writeLabels } from './decode-prometheus-labels.ts';
import { idKinds } from './decode-origin.ts';
import type { Origin } from './decode-origin.ts';
import type { Decoding } from './decoding.ts';

const metricFields = 0b1_1110_1010_1110;
const metadataTag = 0x62;
const typeTexts = otlpMetricTypes.map((type) => new TextEncoder().encode(type));

/** The place of each type in `otlpMetricTypes`, by the tag of its message. The place goes into ids. */
const typeOfTag: Readonly<Record<number, number>> = { 0x2a: 0, 0x3a: 1, 0x4a: 2, 0x52: 3, 0x5a: 4 };
const noType = -1;

/** The metric that is being read. */
export class Metric {
  readonly name = new Place();
  readonly description = new Place();
  readonly unit = new Place();
  /** Index in `otlpMetricTypes`; -1 when the metric holds no data. */
  type = noType;
  /** Its Gauge, Sum, … message, in parts when it came several times. */
  readonly data = new Places();
  /** The whole message. */
  readonly whole = new Places();
  temporality = 0;
  monotonic = 0;

  /** Reads the message `[reader.at, end)` but for the data, of which the place is noted. */
  read({ reader, attributes }: Decoding, end: number): void {
    this.#clear();
    this.whole.add(reader.at, end);
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x0a:
          reader.place(this.name, end);
          break;
        case 0x12:
          reader.place(this.description, end);
          break;
        case 0x1a:
          reader.place(this.unit, end);
          break;
        case metadataTag:
          // Read here for its errors only: the row that holds it is not written for each request.
          attributes.addToSet(reader.length(end));
          break;
        default: {
          const type = typeOfTag[tag];
          if (type === undefined) {
            reader.skipField(tag, end, metricFields);
            break;
          }
          if (type !== this.type) this.data.clear();
          this.type = type;
          reader.addPlace(this.data, end);
        }
      }
    }
  }

  #clear(): void {
    this.name.clear();
    this.description.clear();
    this.unit.clear();
    this.data.clear();
    this.whole.clear();
    this.type = noType;
    this.temporality = this.monotonic = 0;
  }
}

/** Finds the series of points, and writes the rows of new ones. */
export class SeriesFinder {
  /** Of the series found last. */
  idLow = 0;
  idHigh = 0;
  /** Of its metric. */
  metricId = 0;
  #metricLow = 0;
  #metricHigh = 0;
  readonly #decoding: Decoding;
  readonly #origin: Origin;
  readonly #columns: Batch<typeof series>['columns'];
  readonly #point = new Places();

  constructor(decoding: Decoding, origin: Origin) {
    this.#decoding = decoding;
    this.#origin = origin;
    this.#columns = decoding.batch(series).columns;
  }

  /** Hashes what the points of a metric share. */
  startMetric(metric: Metric): void {
    const { resource, scope } = this.#origin;
    const { view } = this.#decoding.reader;
    this.metricId = metricIdOfBytes(this.#decoding.hash, view, metric.name.start, metric.name.end);
    const hash = this.#decoding
      .beginId(idKinds.series)
      .addWord(resource.idLow)
      .addWord(resource.idHigh)
      .addWord(scope.idLow)
      .addWord(scope.idHigh)
      .addWord(metric.type)
      .addWord(metric.temporality)
      .addWord(metric.monotonic)
      .addBytes(view, metric.name.start, metric.name.end)
      .addBytes(view, metric.unit.start, metric.unit.end)
      .finish();
    this.#metricLow = hash.low;
    this.#metricHigh = hash.high;
  }

  /**
   * Finds the series of the attributes that were hashed last, and writes its row if it is new on that day. They stand under `tag`
   * in the message `[start, end)`. Moves the reader.
   */
  find(metric: Metric, tag: number, start: number, end: number, day: number): void {
    const { attributes, hash, open } = this.#decoding;
    const { low, high, count } = attributes;
    hash.begin(this.#metricLow, this.#metricHigh).addWord(low).addWord(high).addWord(count).finish();
    this.idLow = hash.low;
    this.idHigh = hash.high;
    if (!open.isNew(series, this.idLow, this.idHigh, day)) return;
    this.#point.clear();
    this.#point.add(start, end);
    this.#write(metric, tag, day);
  }

  #write(metric: Metric, tag: number, day: number): void {
    const { tenant, attributes, reader } = this.#decoding;
    const { view } = reader;
    const { resource, scope } = this.#origin;
    const columns = this.#columns;
    const type = typeTexts[metric.type]!;
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.id.append(this.idLow, this.idHigh);
    columns.day.append(day);
    columns.metric.appendUtf8(view, metric.name.start, metric.name.end);
    columns.metric_id.append(this.metricId);
    columns.type.append(type, 0, type.length);
    columns.unit.appendUtf8(view, metric.unit.start, metric.unit.end);
    columns.description.appendUtf8(view, metric.description.start, metric.description.end);
    columns.temporality.append(metric.temporality);
    columns.monotonic.append(metric.monotonic);
    attributes.appendRow(columns.metadata, metric.whole, metadataTag);
    columns.service.appendUtf8(resource.service, 0, resource.service.byteLength);
    attributes.appendRow(columns.attributes, this.#point, tag);
    this.#translate(metric);
    columns.resource_id.append(resource.idLow, resource.idHigh);
    columns.scope_id.append(scope.idLow, scope.idHigh);
  }

  /** Writes the name and the labels of Prometheus, from what the row that is being written holds. */
  #translate(metric: Metric): void {
    const { name, labels, metric: names, unit, attributes } = this.#columns;
    const { naming } = this.#decoding.translation;
    const row = names.length - 1;
    name.appendText(prometheusNameOf(names.text(row), unit.text(row), metric, naming));
    writeLabels(labels, prometheusLabelsOf(attributes.entries(row), this.#origin.target(), this.#origin.scopeLabels(), naming));
  }
}

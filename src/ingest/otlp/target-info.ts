/**
 * `target_info`: what a resource says of itself besides its name, as labels of a series of its own that is always 1, so that PromQL
 * can join it to the others by `job` and `instance` (OpenTelemetry specification 1.38, "Prometheus and OpenMetrics Compatibility",
 * Resource Attributes). As Prometheus's receiver does, a request makes a sample at the time of its last point, and, when its points
 * lie farther apart than half of how far a query looks back, more before it. A resource that has nothing else to say, or neither job nor
 * instance, has none.
 */
import type { Batch } from '../../model/batch.ts';
import { metricIdOf } from '../../model/metric-ids.ts';
import { samples, series } from '../../model/metrics.ts';
import { idKinds } from './decode-origin.ts';
import type { Origin } from './decode-origin.ts';
import { infoLabelsOf, writeLabels } from './decode-prometheus-labels.ts';
import { dayOf } from './decoding.ts';
import type { Decoding } from './decoding.ts';

export const targetInfoName = 'target_info';
const metricId = metricIdOf(targetInfoName);
/** Half of the five minutes that a query looks back by default. */
const intervalNs = 150_000_000_000n;

/** Writes the rows for one resource after the other. */
export class TargetInfo {
  readonly #decoding: Decoding;
  readonly #origin: Origin;
  /** Samples before it are left out. */
  readonly #oldestNs: bigint;
  readonly #series: Batch<typeof series>['columns'];
  readonly #samples: Batch<typeof samples>['columns'];
  #hasPoints = false;
  readonly #first = { low: 0, high: 0 };
  readonly #last = { low: 0, high: 0 };

  constructor(decoding: Decoding, origin: Origin, oldestNs: bigint) {
    this.#decoding = decoding;
    this.#origin = origin;
    this.#oldestNs = oldestNs;
    this.#series = decoding.batch(series).columns;
    this.#samples = decoding.batch(samples).columns;
  }

  /** To be called for each point that was taken, with its time by halves. */
  noteTime(signedLow: number, signedHigh: number): void {
    const [low, high] = [signedLow >>> 0, signedHigh >>> 0];
    const first = this.#first;
    const last = this.#last;
    if (!this.#hasPoints || high < first.high || (high === first.high && low < first.low)) {
      first.low = low;
      first.high = high;
    }
    if (!this.#hasPoints || high > last.high || (high === last.high && low > last.low)) {
      last.low = low;
      last.high = high;
    }
    this.#hasPoints = true;
  }

  /** To be called after the points of a resource. Moves the reader. */
  endResource(): void {
    if (!this.#hasPoints) return;
    this.#hasPoints = false;
    const { idLow, idHigh } = this.#origin.resource;
    const { low, high } = this.#decoding.beginId(idKinds.targetInfo).addWord(idLow).addWord(idHigh).finish();
    const day = dayOf(this.#last.low, this.#last.high);
    if (!this.#decoding.open.isStored(series, low, high, day) && !this.#hasInfo()) return;
    const lastNs = nsOf(this.#last);
    for (let ns = nsOf(this.#first); ns < lastNs; ns += intervalNs) this.#write(low, high, ns);
    this.#write(low, high, lastNs);
  }

  #hasInfo(): boolean {
    const { job, instance, info } = this.#origin.target();
    return info.length > 0 && (job !== '' || instance !== '');
  }

  #write(idLow: number, idHigh: number, ns: bigint): void {
    if (ns < this.#oldestNs) return;
    const { open, tenant } = this.#decoding;
    const [low, high] = [Number(ns & 0xffff_ffffn), Number(ns >> 32n)];
    const day = this.#origin.noteTimeOfResource(low, high);
    if (open.isNew(series, idLow, idHigh, day)) this.#writeSeries(idLow, idHigh, day);
    const columns = this.#samples;
    this.#decoding.noteItem();
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.batch.append(open.numberLow, open.numberHigh);
    columns.metric_id.append(metricId);
    columns.series_id.append(idLow, idHigh);
    columns.time.append(low, high);
    columns.start_time.append(0, 0);
    columns.flags.append(0);
    columns.value.append(1);
    columns.is_int.append(1);
    columns.int_rest.append(0);
  }

  #writeSeries(idLow: number, idHigh: number, day: number): void {
    const columns = this.#series;
    const { tenant } = this.#decoding;
    const { resource } = this.#origin;
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.id.append(idLow, idHigh);
    columns.day.append(day);
    columns.metric.appendText(targetInfoName);
    columns.metric_id.append(metricId);
    columns.name.appendText(targetInfoName);
    writeLabels(columns.labels, infoLabelsOf(this.#origin.target(), this.#decoding.translation.naming));
    columns.type.appendText('info');
    columns.unit.endRow();
    columns.description.appendText('Target metadata');
    columns.temporality.append(0);
    columns.monotonic.append(0);
    columns.metadata.endRow();
    columns.service.appendUtf8(resource.service, 0, resource.service.byteLength);
    columns.attributes.endRow();
    columns.resource_id.append(resource.idLow, resource.idHigh);
    columns.scope_id.append(0, 0);
  }
}

function nsOf({ low, high }: { readonly low: number; readonly high: number }): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * What every part of decoding one remote write request shares, and the limits on what a small body may become: over one of those
 * the request is `too_large`.
 */
import { SondeError } from '../../base/errors.ts';
import { WireReader } from '../../codec/protobuf.ts';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import { byteCount } from '../../model/batch.ts';
import type { OldestTimes } from '../../model/metric-retention.ts';
import { exemplars, metricMetadata, nativeHistograms, samples, series } from '../../model/metrics.ts';
import type { SeriesIds } from './decode-series-ids.ts';
import { MetadataRows } from './metadata-rows.ts';
import { PointRows } from './point-rows.ts';
import { Refusals } from './refusals.ts';
import { SampleTime } from './sample-time.ts';
import { SeriesFinder } from './series.ts';

/** What a decoder has to know besides the bytes: whose they are, and which times are taken. */
export interface DecodeContext extends OldestTimes {
  readonly tenant: string;
  /** The arrival, in Unix nanoseconds: metadata carries no time. */
  readonly nowNs: bigint;
  /** Points with a time after this are refused: the sender's clock is wrong. */
  readonly newestNs: bigint;
  /** Series that requests before this one have shown. */
  readonly known?: SeriesIds;
}

/** Rows that were stored, as the answer counts them. */
export interface Written {
  samples: number;
  histograms: number;
  exemplars: number;
}

export interface WriteOutcome extends Outcome {
  readonly written: Readonly<Written>;
}

/** What one request may grow to. */
const rowBytesMax = 256 * 1024 * 1024;
/** The smallest series with a sample takes 20 bytes, so a body of 64 MiB of real telemetry has fewer than these. */
const itemsMax = 4_000_000;
const itemsPerCheck = 256;
const nsPerDay = 86_400_000_000_000n;
const anyTime = { oldestNs: 0n, newestNs: 2n ** 63n - 1n };

const tables = [series, metricMetadata, samples, nativeHistograms, exemplars];

export class Decoding {
  readonly reader: WireReader;
  readonly open: OpenCommit;
  readonly series: SeriesFinder;
  readonly rows: PointRows;
  readonly metadata: MetadataRows;
  readonly refusals = new Refusals();
  readonly written: Written = { samples: 0, histograms: 0, exemplars: 0 };
  /** Of the point that is being read. */
  readonly time: SampleTime;
  /** When what it counts began. */
  readonly start = new SampleTime(anyTime);
  #items = 0;
  readonly #bytesBefore: number;

  constructor(body: Uint8Array, open: OpenCommit, context: DecodeContext) {
    this.reader = new WireReader(body);
    this.open = open;
    this.series = new SeriesFinder(open, context.tenant);
    this.rows = new PointRows(open, context.tenant);
    this.metadata = new MetadataRows(open, context.tenant, Number(context.nowNs / nsPerDay));
    this.time = new SampleTime(context);
    this.#bytesBefore = this.#bytes();
  }

  /** Counts an item of any list that can make rows: a small body must take neither memory nor time without bound. */
  noteItem(): void {
    if (++this.#items % itemsPerCheck !== 0) return;
    if (this.#items > itemsMax)
      throw new SondeError('too_large', `A request may hold at most ${itemsMax} items; send it in several.`);
    if (this.#bytes() - this.#bytesBefore > rowBytesMax)
      throw new SondeError('too_large', `A request may hold at most ${rowBytesMax} bytes of rows; send it in several.`);
  }

  /** What the request came to. */
  outcome(): WriteOutcome {
    const { written, refusals } = this;
    const accepted = written.samples + written.histograms + written.exemplars;
    return { accepted, rejected: refusals.count, reason: refusals.sentence(accepted), written };
  }

  #bytes(): number {
    return tables.reduce((sum, table) => sum + byteCount(this.open.batch(table)), 0);
  }
}

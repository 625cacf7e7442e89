/** Takes what a body says and appends it to the open commit: the hot path of scraping. A known series costs a look-up by its bytes. */
import { SondeError } from '../base/errors.ts';
import { decodeUtf8 } from '../base/utf8.ts';
import type { Exemplar, ExpositionSink, NativeHistogram, Sample } from '../codec/exposition/exposition.ts';
import type { OpenCommit } from '../engine/commit.ts';
import { MetadataRows } from '../ingest/prometheus/metadata-rows.ts';
import { noTime, PointRows } from '../ingest/prometheus/point-rows.ts';
import type { NsHalves } from '../ingest/prometheus/point-rows.ts';
import { SampleTime } from '../ingest/prometheus/sample-time.ts';
import type { TimeBounds } from '../ingest/prometheus/sample-time.ts';
import { SeriesFinder, unknownSeries } from '../ingest/prometheus/series.ts';
import type { SeriesNature } from '../ingest/prometheus/series.ts';
import { compareText, labelPairs, labelValue, metricName } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import { byteCount } from '../model/batch.ts';
import { exemplars, nativeHistograms, samples as samplesTable, series as seriesTable } from '../model/metrics.ts';
import { withinLimits } from './coarser.ts';
import type { ScrapeConfig } from './config.ts';
import { ExemplarRows } from './exemplar-rows.ts';
import { HistogramRows } from './histogram-rows.ts';
import { MetadataCollector } from './metadata.ts';
import type { FamilyMetadata } from './metadata.ts';
import { droppedKey, unknownKey } from './series-cache.ts';
import type { SeriesCache } from './series-cache.ts';
import { seriesLabels } from './series-labels.ts';

/** Samples of one scrape, and bytes of the rows that they become: a small body can say much. */
const samplesMax = 4_000_000;
const rowBytesMax = 256 * 1024 * 1024;
/** What the reading of a body may take of the processor. A million new series take a third of it, known ones a thirtieth. */
const readMsMax = 30_000;
const samplesPerCheck = 1024;

const rowTables = [seriesTable, samplesTable, nativeHistograms, exemplars];

const reportNature: SeriesNature = { ...unknownSeries, family: 'gauge' };

export interface ScrapeSinkOptions {
  readonly open: OpenCommit;
  readonly tenant: string;
  readonly config: ScrapeConfig;
  /** Labels of the target. */
  readonly target: Labels;
  readonly cache: SeriesCache;
  /** Numbers of this scrape and of the last good one, as the cache knows them. */
  readonly scrape: number;
  readonly lastGood: number;
  readonly timeMs: number;
  /** Exemplars that the last good scrape has shown. */
  readonly exemplarsBefore: ReadonlySet<string>;
  /** Which times of samples are taken. */
  readonly bounds: TimeBounds;
}

export class ScrapeSink implements ExpositionSink {
  /** Series of which the next scrape says whether they have ended. */
  readonly live: number[] = [];
  readonly metadataOf = new MetadataCollector();
  scraped = 0;
  afterRelabeling = 0;
  added = 0;
  /** Samples that were left out: a second one of a series at a time, and those whose time is not taken. */
  duplicates = 0;
  untimely = 0;
  /** Rows appended. */
  rows = 0;
  readonly #options: ScrapeSinkOptions;
  readonly #finder: SeriesFinder;
  readonly #points: PointRows;
  readonly #now: SampleTime;
  readonly #own: SampleTime;
  readonly #start: SampleTime;
  readonly #id = { idLow: 0, idHigh: 0, metricId: 0 };
  /** Of the sample that was admitted last, if it was. */
  #hasPoint = false;
  #pointTime: SampleTime;
  readonly #exemplarTime: SampleTime;
  readonly #histograms: HistogramRows;
  readonly #exemplars: ExemplarRows;
  readonly #bytesBefore: number;
  /** What the parts of the reading took that are done, and when the one that is not began. */
  #readMs = 0;
  #partMs = 0;

  constructor(options: ScrapeSinkOptions) {
    const { open, tenant, bounds, timeMs } = options;
    this.#options = options;
    this.#finder = new SeriesFinder(open, tenant);
    this.#points = new PointRows(open, tenant);
    this.#now = new SampleTime(bounds);
    this.#now.set(timeMs);
    this.#own = new SampleTime(bounds);
    this.#pointTime = this.#now;
    this.#exemplarTime = new SampleTime(bounds);
    this.#histograms = new HistogramRows(open, this.#points);
    this.#exemplars = new ExemplarRows(open, this.#points, options.exemplarsBefore);
    this.#start = new SampleTime({ oldestNs: 0n, newestNs: bounds.newestNs });
    this.#bytesBefore = this.#rowBytes();
  }

  metadata(family: string, kind: 'type' | 'help' | 'unit', text: string): void {
    this.metadataOf.add(family, kind, text);
  }

  sample(sample: Sample): void {
    if (this.#admit(sample, false) < 0) return;
    this.#points.appendSample(this.#id, this.#pointTime, this.#startOf(sample), sample.value, false);
    this.rows++;
  }

  histogram(sample: Sample, histogram: NativeHistogram): void {
    const { limits, nativeHistograms: isWanted } = this.#options.config;
    this.#hasPoint = false;
    // Asked before the histogram is looked at: one that rules drop has to keep no limit.
    if (!isWanted || this.#admit(sample, true) < 0) return;
    this.#histograms.append(this.#id, this.#pointTime, this.#startOf(sample), withinLimits(histogram, limits));
    this.rows++;
  }

  exemplar(exemplar: Exemplar): void {
    if (!this.#hasPoint) return;
    let time: SampleTime = this.#pointTime;
    if (!Number.isNaN(exemplar.timestampMs)) {
      time = this.#exemplarTime;
      time.set(exemplar.timestampMs);
    }
    if (time.isTimely && this.#exemplars.append(this.#id, this.#pointTime, time, exemplar)) this.rows++;
  }

  /** What was said about families, as rows; those that were said just so on this day before are not written again. */
  appendMetadata(before: ReadonlyMap<string, FamilyMetadata>, beforeDay: number): void {
    const rows = new MetadataRows(this.#options.open, this.#options.tenant, this.#now.day);
    for (const [metric, said] of this.metadataOf.families) {
      const known = beforeDay === this.#now.day ? before.get(metric) : undefined;
      if (known?.type !== said.type || known.help !== said.help || known.unit !== said.unit) rows.note({ metric, ...said });
    }
  }

  /** Exemplars that this scrape has shown. */
  get exemplarsShown(): ReadonlySet<string> {
    return this.#exemplars.shown;
  }

  /** UTC day of the scrape since 1970-01-01. */
  get day(): number {
    return this.#now.day;
  }

  /** Does a part of the reading. */
  timed<T>(part: () => T): T {
    this.#partMs = performance.now();
    try {
      return part();
    } finally {
      this.#readMs += performance.now() - this.#partMs;
    }
  }

  /** Says that a series has ended. */
  end(series: number): void {
    this.#options.cache.readId(series, this.#id);
    if (this.#options.cache.isHistogram(series)) this.#histograms.appendStale(this.#id, this.#now);
    else this.#points.appendSample(this.#id, this.#now, noTime, Number.NaN, true);
    this.rows++;
  }

  /** Appends a number that is not from a body. */
  report(labels: Labels, value: number, isStale: boolean): void {
    const finder = this.#finder;
    finder.labels.setTexts(labels);
    const broken = finder.find();
    if (broken !== undefined) throw new SondeError('malformed_body', `The labels of the target are not valid: ${broken}.`);
    if (finder.isNew(this.#now.day)) finder.write(this.#now.day, reportNature);
    this.#points.appendSample(finder, this.#now, noTime, value, isStale);
    this.rows++;
  }

  /** Throws `too_large` when the scrape had more samples than its job allows. */
  checkSampleLimit(): void {
    const limit = this.#options.config.limits.samples;
    if (limit > 0 && this.afterRelabeling > limit)
      throw new SondeError('too_large', `Over the sample_limit of ${limit}: ${this.afterRelabeling} samples.`);
  }

  /** The series whose sample is to be appended, its id in `#id`; negative when there is nothing to append. */
  #admit(sample: Sample, isHistogram: boolean): number {
    const { cache, config } = this.#options;
    this.#hasPoint = false;
    if (++this.scraped % samplesPerCheck === 0) this.#checkSize();
    const found = cache.find(sample.bytes, sample.start, sample.end);
    const series = found === unknownKey ? this.#learn(sample, isHistogram) : found;
    if (series === droppedKey) return series;
    const { samples } = config.limits;
    if (++this.afterRelabeling > samples && samples > 0) return droppedKey;
    if (!this.#note(sample, series)) return droppedKey;
    cache.readId(series, this.#id);
    this.#pointTime = this.#timeOf(sample);
    this.#hasPoint = true;
    const { day } = this.#pointTime;
    if (!this.#options.open.isNew(seriesTable, this.#id.idLow, this.#id.idHigh, day)) return series;
    // A series that was just learned is still the one that the finder has found.
    if (found !== unknownKey) this.#find(this.#labels(sample) ?? []);
    this.#writeSeries(sample, isHistogram, day);
    return series;
  }

  /** Notes that the series has a sample; false when this one is not to be stored. */
  #note(sample: Sample, series: number): boolean {
    const { cache, config, scrape, lastGood, timeMs } = this.#options;
    const hasOwnTime = config.honorTimestamps && !Number.isNaN(sample.timestampMs);
    const sampleMs = hasOwnTime ? sample.timestampMs : timeMs;
    const seenBy = cache.seenBy(series);
    const isRepeated = cache.lastMs(series) === sampleMs;
    if (seenBy === scrape && isRepeated) {
      this.duplicates++;
      return false;
    }
    if (seenBy !== scrape) {
      if (seenBy !== lastGood || lastGood === 0) this.added++;
      if (!hasOwnTime || config.trackTimestampsStaleness) this.live.push(series);
    }
    cache.note(series, sampleMs);
    // The target says again what it said before, at the time at which it was so.
    if (isRepeated) return false;
    const time = this.#timeOf(sample);
    if (time.isSure) return true;
    if (time.isTimely && time.isTakenOf(labelValue(this.#labels(sample) ?? [], metricName))) return true;
    this.untimely++;
    return false;
  }

  /** Decodes a series whose bytes are new, and finds its number. */
  #learn(sample: Sample, isHistogram: boolean): number {
    const { cache } = this.#options;
    const labels = this.#labels(sample);
    const series = labels === undefined ? droppedKey : cache.series(this.#find(labels), isHistogram);
    cache.addKey(sample.bytes, sample.start, sample.end, series);
    return series;
  }

  #find(labels: Labels): SeriesFinder {
    const finder = this.#finder;
    finder.labels.setTexts(labels);
    const broken = finder.find();
    if (broken === undefined) return finder;
    throw new SondeError('malformed_body', `The series ${finder.labels.text(200)} is not valid: ${broken}.`);
  }

  #labels(sample: Sample): Labels | undefined {
    const { config, target } = this.#options;
    const exposed = sample.labels();
    if (!config.honorLabels) return seriesLabels(exposed, target, config);
    const empty = labelPairs(target).filter(([name]) => labelValue(exposed, name) === '' && isWrittenEmpty(sample, name));
    const pairs = [...labelPairs(exposed), ...empty.map(([name]): [string, string] => [name, ''])];
    return seriesLabels(pairs.toSorted(([a], [b]) => compareText(a, b)).flat(), target, config);
  }

  /** Writes the row of the series that the finder has found. */
  #writeSeries(sample: Sample, isHistogram: boolean, day: number): void {
    const { labels } = this.#finder;
    const name = labels.find(metricName);
    const metadata = this.metadataOf.lastFor(decodeUtf8(labels.source, labels.valueStart(name), labels.valueEnd(name)));
    const unit = metadata?.unit ?? '';
    const help = metadata?.help ?? '';
    this.#finder.write(day, { family: sample.type(), isHistogram, unit, help });
  }

  #timeOf({ timestampMs }: Sample): SampleTime {
    if (Number.isNaN(timestampMs) || !this.#options.config.honorTimestamps) return this.#now;
    this.#own.set(timestampMs);
    return this.#own;
  }

  #startOf({ startMs }: Sample): NsHalves {
    if (Number.isNaN(startMs)) return noTime;
    this.#start.set(startMs);
    return this.#start.isTimely ? this.#start : noTime;
  }

  #checkSize(): void {
    if (this.#readMs + performance.now() - this.#partMs > readMsMax)
      throw new SondeError('too_large', `Over the limit of ${readMsMax} ms for the reading of a body.`);
    if (this.scraped > samplesMax) throw new SondeError('too_large', `Over the limit of ${samplesMax} samples per scrape.`);
    if (this.#rowBytes() - this.#bytesBefore > rowBytesMax)
      throw new SondeError('too_large', `Over the limit of ${rowBytesMax} bytes of rows per scrape.`);
  }

  #rowBytes(): number {
    const { open } = this.#options;
    return rowTables.reduce((bytes, table) => bytes + byteCount(open.batch(table)), 0);
  }
}

/**
 * Whether a text body writes a label as `name=""`, which is more than to leave it out: with `honor_labels` it removes the
 * target's label. Inside of a value this could not stand, as its quotes would be escaped.
 */
function isWrittenEmpty({ bytes, start, end }: Sample, name: string): boolean {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  const at = written.indexOf(`${name}=""`);
  return at > 0 && /[{, ]/.test(written.charAt(at - 1));
}

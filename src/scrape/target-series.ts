/**
 * From bodies to rows: the samples of one target, scrape after scrape.
 *
 * A series that was in the last good scrape and is not in this one ends with a stale marker at the time of this one; when a
 * scrape fails, all of them do. Series with timestamps of their own do so only where `track_timestamps_staleness` asks for it.
 * What a scrape changes here counts from `stored` on: a commit that fails changes nothing.
 *
 * All of it comes in steps, between which other targets may have their turn, but nothing else is asked of this one.
 */
import type { Steps } from '../base/steps.ts';
import { formatOfContentType } from '../codec/exposition/content-type.ts';
import type { ExpositionFormat, ExpositionSink } from '../codec/exposition/exposition.ts';
import { parseInSteps } from '../codec/exposition/parse.ts';
import type { OpenCommit, Outcome } from '../engine/commit.ts';
import type { TimeBounds } from '../ingest/prometheus/sample-time.ts';
import type { ScrapeConfig } from './config.ts';
import type { FamilyMetadata } from './metadata.ts';
import { reportSeries } from './report.ts';
import type { ReportSeries, ScrapeFigures } from './report.ts';
import { ScrapeSink } from './scrape-sink.ts';
import { SeriesCache } from './series-cache.ts';
import type { Target } from './targets.ts';

const lineBytesMax = 1024 * 1024;
const labelsMax = 1024;
const noSink: ExpositionSink = {
  metadata: () => undefined,
  sample: () => undefined,
  histogram: () => undefined,
  exemplar: () => undefined,
};
/** Series that are looked at for whether they have ended, some of which do. */
const endsPerStep = 2048;

export interface ScrapeBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

/** When a scrape is, for its rows and its report. */
export interface ScrapeTime {
  readonly timeMs: number;
  /** Which times of samples are taken. */
  readonly bounds: TimeBounds;
  /** How long it has taken so far. */
  readonly durationMs: () => number;
}

/** What `stored` makes true. */
interface Change {
  readonly live: number[];
  readonly isGood: boolean;
  readonly families: ReadonlyMap<string, FamilyMetadata>;
  readonly familiesDay: number;
  readonly exemplars: ReadonlySet<string>;
}

type ScrapeCounts = Pick<ScrapeFigures, 'scraped' | 'afterRelabeling' | 'added'>;

const noCounts: ScrapeCounts = { scraped: 0, afterRelabeling: 0, added: 0 };
const nothing: Change = { live: [], isGood: false, families: new Map(), familiesDay: -1, exemplars: new Set() };

export class TargetSeries {
  /** What the target says about its metric families. */
  families: ReadonlyMap<string, FamilyMetadata> = new Map();
  /** Samples that the last scrape left out. */
  duplicates = 0;
  untimely = 0;
  /** The UTC day for which their rows are stored. */
  #familiesDay = -1;
  /** Exemplars that the last good scrape has shown. */
  #exemplars: ReadonlySet<string> = new Set();
  readonly #tenant: string;
  #config: ScrapeConfig;
  #target: Target;
  #report: readonly ReportSeries[];
  readonly #cache = new SeriesCache();
  #format: ExpositionFormat | undefined;
  #scrape = 0;
  #lastGood = 0;
  /** Of the last good scrape, unless they have ended since. */
  #live: number[] = [];
  #change: Change = nothing;
  /** What was read of the body that was appended last, perhaps in part. */
  #attempt: ScrapeCounts | undefined;
  /** Whether the report of a scrape was stored, so that it has to end too. */
  #isReported = false;
  /** What counts from the next scrape on. */
  #next: { readonly config: ScrapeConfig; readonly target: Target } | undefined;

  constructor(tenant: string, config: ScrapeConfig, target: Target) {
    this.#tenant = tenant;
    this.#config = config;
    this.#target = target;
    this.#report = reportSeries(config, target.labels);
  }

  /** Series that the last good scrape had. */
  get liveCount(): number {
    return this.#live.length;
  }

  /** Series that are known, those that ended lately among them: how much work there is besides that with a body. */
  get knownCount(): number {
    return this.#cache.count;
  }

  /** Goes on under another configuration: what was known of bytes does not hold any more, which series live does. */
  reconfigure(config: ScrapeConfig, target: Target): void {
    this.#next = { config, target };
  }

  /** Appends what a body says, the ends of series that it has not any more, and the report. Throws when the scrape fails. */
  *append(open: OpenCommit, body: ScrapeBody, time: ScrapeTime): Steps<Outcome> {
    const sink = this.#begin(open, time);
    this.#attempt = sink;
    const steps = this.#read(body, sink);
    while (sink.timed(() => steps.next()).done !== true) yield;
    sink.checkSampleLimit();
    yield* this.#appendEnds(sink);
    this.#appendReport(sink, { ...countsOf(sink), isUp: true, durationMs: time.durationMs(), bodyBytes: body.bytes.length });
    sink.appendMetadata(this.families, this.#familiesDay);
    this.duplicates = sink.duplicates;
    this.untimely = sink.untimely;
    this.#change = {
      live: sink.live,
      isGood: true,
      families: sink.metadataOf.families,
      familiesDay: sink.day,
      exemplars: sink.exemplarsShown,
    };
    return { accepted: sink.rows, rejected: 0, reason: '' };
  }

  /** Reads a body and appends nothing. Throws when it is malformed. */
  check(body: ScrapeBody): Steps<void> {
    return this.#read(body, noSink);
  }

  /** Appends the report of a scrape that failed, and the end of all series. */
  *appendFailure(open: OpenCommit, time: ScrapeTime, bodyBytes: number): Steps<Outcome> {
    const sink = this.#begin(open, time);
    yield* this.#appendEnds(sink);
    this.#appendReport(sink, { ...countsOf(this.#attempt ?? noCounts), isUp: false, durationMs: time.durationMs(), bodyBytes });
    this.#change = {
      ...nothing,
      families: this.families,
      familiesDay: this.#familiesDay,
      exemplars: this.#exemplars,
    };
    return { accepted: sink.rows, rejected: 0, reason: '' };
  }

  /** Appends the end of all series and of the report: the target is gone. */
  *appendEnd(open: OpenCommit, time: ScrapeTime): Steps<Outcome> {
    const sink = this.#begin(open, time);
    yield* this.#appendEnds(sink);
    if (this.#isReported) for (const { labels } of this.#report) sink.report(labels, Number.NaN, true);
    this.#change = nothing;
    return { accepted: sink.rows, rejected: 0, reason: '' };
  }

  /** What was appended last is stored. */
  *stored(): Steps<void> {
    this.#live = this.#change.live;
    this.families = this.#change.families;
    this.#familiesDay = this.#change.familiesDay;
    this.#exemplars = this.#change.exemplars;
    this.#isReported = true;
    if (this.#change.isGood) this.#lastGood = this.#scrape;
    yield* this.#forget();
  }

  /** What was appended last is not stored. */
  *notStored(): Steps<void> {
    this.#cache.forgetTimes(this.#change.live);
    yield* this.#forget();
  }

  #begin(open: OpenCommit, { timeMs, bounds }: ScrapeTime): ScrapeSink {
    if (this.#next !== undefined) {
      const { config, target } = this.#next;
      this.#next = undefined;
      this.#config = config;
      this.#target = target;
      this.#report = reportSeries(config, target.labels);
      this.#cache.forgetKeys();
    }
    this.#change = nothing;
    this.#cache.begin(++this.#scrape);
    return new ScrapeSink({
      open,
      tenant: this.#tenant,
      config: this.#config,
      target: this.#target.labels,
      cache: this.#cache,
      scrape: this.#scrape,
      lastGood: this.#lastGood,
      timeMs,
      exemplarsBefore: this.#exemplars,
      bounds,
    });
  }

  #read({ bytes, contentType }: ScrapeBody, sink: ExpositionSink): Steps<void> {
    const { fallbackProtocol, classicHistograms, nativeHistograms } = this.#config;
    const format = formatOfContentType(contentType, fallbackProtocol);
    // The same bytes may mean another series in another format.
    if (format !== this.#format) this.#cache.forgetKeys();
    this.#format = format;
    const options = {
      ...(fallbackProtocol === undefined ? {} : { fallbackFormat: fallbackProtocol }),
      strict: false,
      createdSamples: true,
      classicHistograms: classicHistograms || !nativeHistograms,
      bodyBytesMax: bytes.length,
      lineBytesMax,
      labelsMax,
    };
    return parseInSteps(bytes, contentType, options, sink);
  }

  /** Ends the series that live and had no sample in this scrape. */
  *#appendEnds(sink: ScrapeSink): Steps<void> {
    for (const [i, series] of this.#live.entries()) {
      if (this.#cache.seenBy(series) !== this.#scrape) sink.end(series);
      if (i % endsPerStep === endsPerStep - 1) yield;
    }
  }

  #appendReport(sink: ScrapeSink, figures: ScrapeFigures): void {
    for (const { labels, value } of this.#report)
      sink.report(labels, value(figures, this.#config, this.#target.timeoutMs), false);
  }

  *#forget(): Steps<void> {
    this.#change = nothing;
    this.#attempt = undefined;
    const numbers = yield* this.#cache.end(this.#lastGood);
    if (numbers !== undefined) this.#live = this.#live.map((series) => numbers[series] ?? -1).filter((series) => series >= 0);
  }
}

function countsOf({ scraped, afterRelabeling, added }: ScrapeCounts): ScrapeCounts {
  return { scraped, afterRelabeling, added };
}

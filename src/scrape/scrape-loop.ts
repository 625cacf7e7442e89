/**
 * Asks one target again and again, at a fixed place within its interval, so that the targets of a job spread over it and each
 * keeps its place over restarts. One scrape is one submission: it is stored whole, or as a failed one.
 */
import type { Counters } from '../base/counters.ts';
import { SondeError, toSondeError } from '../base/errors.ts';
import { takeAtOnce, takeInSlices } from '../base/steps.ts';
import type { Steps } from '../base/steps.ts';
import { acceptOf } from '../codec/exposition/content-type.ts';
import type { LongSubmission, OwnCommitter } from '../engine/commit.ts';
import { oldestTimes } from '../model/metric-retention.ts';
import type { RetentionByName } from '../model/metric-retention.ts';
import type { BodyBudget } from './body-budget.ts';
import type { ScrapeConfig } from './config.ts';
import type { GetAnswer, HttpClient } from './http-client.ts';
import type { ScrapeLog } from './target-groups.ts';
import type { Target } from './targets.ts';
import { TargetSeries } from './target-series.ts';
import type { ScrapeTime } from './target-series.ts';

/** Timers are late by a little, and equal distances are stored in less room: that much is taken for no delay (as Prometheus). */
const toleranceMs = 2;
/** A timer waits at most 2^31 - 1 ms. */
const sleepMsMax = 2 ** 30;
/** What is larger is read in slices: a body in which so much is new takes half a tenth of a second. */
const bytesAtOnceMax = 256 * 1024;
const seriesAtOnceMax = 16_384;
/** The part of an interval that a scrape may wait to be stored. */
const waitShare = 4;

/** What scraping asks of the committer. */
export type ScrapeCommitter = Pick<OwnCommitter, 'submit' | 'submitLong'>;

/** What all loops share. */
export interface ScrapeSite {
  readonly committer: ScrapeCommitter;
  readonly counters: Counters;
  readonly log: ScrapeLog;
  readonly nowNs: () => bigint;
  readonly tenant: string;
  /** How far in the past and in the future times of samples may be. */
  readonly retentionMs: number;
  readonly metricsByName?: RetentionByName | undefined;
  readonly futureMs: number;
  readonly userAgent: string;
  /** Of a body, whatever its job says. */
  readonly bodyBytesMax: number;
  /** How long a scrape may wait for others to be stored with it. */
  readonly commitWaitMs: number;
  readonly budget: BodyBudget;
}

/** What a loop is told by its pool. */
export interface LoopConfig {
  readonly config: ScrapeConfig;
  readonly target: Target;
  readonly client: HttpClient;
  /** Why the target is not to be asked: then each scrape fails with it. */
  readonly refusal: SondeError | undefined;
}

/** What a scrape, a failed one or the end of a target has to store. */
interface Stored {
  readonly decode: LongSubmission['decode'];
  readonly check?: LongSubmission['check'];
  readonly bodyBytes?: number;
  /** Whether nothing comes after it, so that there is nobody to wait for. */
  readonly isLast?: boolean;
}

/** What is not from outside is not malformed. */
function* checkNothing(): Steps<void> {}

/** How the last scrape went, as far as it is known. */
export interface LoopState {
  readonly health: 'unknown' | 'up' | 'down';
  readonly lastError: string;
  /** Unix milliseconds, 0 before the first. */
  readonly lastScrapeMs: number;
  readonly lastDurationMs: number;
}

export class ScrapeLoop {
  state: LoopState = { health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationMs: 0 };
  readonly series: TargetSeries;
  readonly #site: ScrapeSite;
  #given: LoopConfig;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  /** The time of the last rows. */
  #lastMs = 0;
  /** Of the last body. */
  #bodyBytes = 0;
  readonly #stopped = new AbortController();

  constructor(site: ScrapeSite, given: LoopConfig) {
    this.#site = site;
    this.#given = given;
    this.series = new TargetSeries(site.tenant, given.config, given.target);
    this.#schedule(this.#nextMs());
  }

  get target(): Target {
    return this.#given.target;
  }

  /** Goes on under another configuration from the next scrape on. */
  reconfigure(given: LoopConfig): void {
    const { config, target } = this.#given;
    const isOther = target.intervalMs !== given.target.intervalMs;
    this.#given = given;
    if (config !== given.config || target.timeoutMs !== given.target.timeoutMs)
      this.series.reconfigure(given.config, given.target);
    if (isOther) this.#schedule(this.#nextMs());
  }

  /** Ends the scrape that runs, and then all series of the target. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#running;
    const timeMs = Math.max(this.#nowMs(), this.#lastMs + 1);
    const time = this.#time(timeMs, () => 0);
    // Nobody waits for others when all of it is about to end.
    await this.#store({ decode: (open) => this.series.appendEnd(open, time), isLast: true }).catch((thrown: unknown) =>
      this.#logFailure('ends of series not stored', thrown),
    );
  }

  #nowMs(): number {
    return Number(this.#site.nowNs() / 1_000_000n);
  }

  /** The next of the target's places in time. */
  #nextMs(): number {
    const { intervalMs, hash } = this.#given.target;
    const offset = hash % intervalMs;
    return (Math.floor((this.#nowMs() - offset) / intervalMs) + 1) * intervalMs + offset;
  }

  #schedule(atMs: number): void {
    clearTimeout(this.#timer);
    const waitMs = Math.max(0, atMs - this.#nowMs());
    this.#timer = setTimeout(
      () => {
        if (waitMs > sleepMsMax) this.#schedule(atMs);
        else this.#running = this.#run(atMs);
      },
      Math.min(waitMs, sleepMsMax),
    );
    this.#timer.unref();
  }

  async #run(atMs: number): Promise<void> {
    const nowMs = this.#nowMs();
    const isOnTime = Math.abs(nowMs - atMs) <= Math.min(toleranceMs, this.#given.target.intervalMs / 100);
    const timeMs = Math.max(isOnTime ? atMs : nowMs, this.#lastMs + 1);
    this.#lastMs = timeMs;
    await this.#scrape(timeMs);
    if (!this.#stopped.signal.aborted) this.#schedule(Math.max(atMs + this.#given.target.intervalMs, this.#nextMs()));
  }

  async #scrape(timeMs: number): Promise<void> {
    const { counters } = this.#site;
    const job = this.#given.config.jobName;
    const startedMs = performance.now();
    const time = this.#time(timeMs, () => performance.now() - startedMs);
    let held = 0;
    let failure: SondeError | undefined;
    try {
      const body = await this.#fetch((bytes) => {
        held += bytes;
        this.#site.budget.take(bytes, held);
      });
      failure = await this.#storeBody(body, time);
    } catch (thrown) {
      failure = toSondeError(thrown);
    } finally {
      this.#site.budget.release(held);
    }
    if (this.#stopped.signal.aborted) return;
    if (failure !== undefined) await this.#storeFailure(failure, held, time);
    this.state = {
      health: failure === undefined ? 'up' : 'down',
      lastError: failure?.message ?? '',
      lastScrapeMs: timeMs,
      lastDurationMs: time.durationMs(),
    };
    counters.add('sonde_scrapes_total', { job, outcome: failure === undefined ? 'up' : 'down' }, 1);
  }

  #fetch(onBytes: (bytes: number) => void): Promise<GetAnswer> {
    const { config, target, client, refusal } = this.#given;
    if (refusal !== undefined) throw refusal;
    return client.get({
      url: target.url,
      headers: {
        accept: acceptOf(config.protocols, config.escaping),
        'user-agent': this.#site.userAgent,
        'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
      },
      compression: config.compression,
      timeoutMs: target.timeoutMs,
      bodyBytesMax: Math.min(config.limits.bodyBytes || Number.POSITIVE_INFINITY, this.#site.bodyBytesMax),
      bodyBytesExpected: this.#bodyBytes,
      signal: this.#stopped.signal,
      onBytes,
    });
  }

  /** Stores a body. Gives the error when the body is at fault; rejects when it can not be stored. */
  async #storeBody({ body, contentType }: GetAnswer, time: ScrapeTime): Promise<SondeError | undefined> {
    this.#bodyBytes = body.length;
    let failure: SondeError | undefined;
    const note = (thrown: unknown): void => void (failure = toSondeError(thrown));
    const scraped = { bytes: body, contentType };
    try {
      await this.#store({
        decode: (open) => this.#watched(this.series.append(open, scraped, time), note),
        check: () => this.#watched(this.series.check(scraped), note),
        bodyBytes: body.length,
      });
      this.#countLeftOut();
      return undefined;
    } catch (thrown) {
      if (failure === undefined) this.#logFailure('scrape not stored', thrown);
      if (failure?.code === 'internal') this.#logFailure('scrape failed', failure.cause);
      return failure ?? toSondeError(thrown);
    }
  }

  async #storeFailure(failure: SondeError, heldBytes: number, time: ScrapeTime): Promise<void> {
    const bodyBytes = failure.code === 'too_large' ? -1 : heldBytes;
    await this.#store({ decode: (open) => this.series.appendFailure(open, time, bodyBytes) }).catch((thrown: unknown) =>
      this.#logFailure('failed scrape not stored', thrown),
    );
  }

  /** Steps that end when the target is not to be scraped any more, and that tell what they throw. */
  *#watched<T>(steps: Steps<T>, note: (thrown: unknown) => void): Steps<T> {
    try {
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return value;
        yield;
        if (this.#stopped.signal.aborted) throw new SondeError('unavailable', 'The target is not scraped any more.');
      }
    } catch (thrown) {
      note(thrown);
      throw thrown;
    }
  }

  /** Stores what `decode` appends, in slices when it is much. */
  async #store({ decode, check = checkNothing, bodyBytes = 0, isLast = false }: Stored): Promise<void> {
    const { committer, tenant, commitWaitMs } = this.#site;
    const isLong = bodyBytes > bytesAtOnceMax || this.series.knownCount > seriesAtOnceMax;
    const take = isLong ? takeInSlices : takeAtOnce;
    const wait = isLast ? {} : { waitMs: Math.min(commitWaitMs, this.target.intervalMs / waitShare) };
    const submission = { tenant, signal: 'metrics', protocol: 'scrape', ...wait } as const;
    try {
      if (isLong) await committer.submitLong({ ...submission, decode, check });
      else await committer.submit({ ...submission, decode: (open) => takeAtOnce(decode(open)) });
    } catch (thrown) {
      await take(this.series.notStored());
      throw thrown;
    }
    await take(this.series.stored());
  }

  #time(timeMs: number, durationMs: () => number): ScrapeTime {
    const nowNs = this.#site.nowNs();
    const { retentionMs, metricsByName, futureMs } = this.#site;
    const newestNs = nowNs + BigInt(Math.round(futureMs)) * 1_000_000n;
    return { timeMs, bounds: { ...oldestTimes(nowNs, retentionMs, metricsByName), newestNs }, durationMs };
  }

  #countLeftOut(): void {
    const job = this.#given.config.jobName;
    const { duplicates, untimely } = this.series;
    const count = (reason: string, samples: number): void => {
      if (samples > 0) this.#site.counters.add('sonde_scrape_samples_left_out_total', { job, reason }, samples);
    };
    count('duplicate', duplicates);
    count('time', untimely);
  }

  #logFailure(event: string, thrown: unknown): void {
    const { config, target } = this.#given;
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    this.#site.log.warn(event, { job: config.jobName, url: target.url.href, error });
  }
}

/**
 * StatsD over UDP. Lines are added up in memory and stored every `flushMs`, all series at one time and in one commit. When a flush
 * can not be stored, nothing that was counted is lost: the next one says it again. Only sets begin anew with each flush that was
 * written. Nobody waits for an answer, so what is refused is counted: `sonde_statsd_lines_refused_total`, by reason.
 */
import { randomBytes } from 'node:crypto';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import type { DatagramContext, DatagramHandler, WriteProtocol } from '../protocol.ts';
import { Aggregation } from './aggregation.ts';
import { FlushRows } from './flush-rows.ts';

export const statsd: WriteProtocol = {
  name: 'statsd',
  doc: "StatsD over UDP, with Datadog's, InfluxDB's and Graphite's tags: counters, gauges, timers, histograms and sets.",
  routes: () => [],
  datagrams: (context) => new Statsd(context),
};

/** Datagrams name no tenant. */
const tenant = 'default';
const fingerprintBytes = 16;
const nsPerMs = 1_000_000n;
/** Timers of Node take no more. */
const timerMsMax = 2 ** 31 - 1;

class Statsd implements DatagramHandler {
  readonly #context: DatagramContext;
  readonly #aggregation: Aggregation;
  #timer: NodeJS.Timeout | undefined;
  /** The flush that is being stored. */
  #flushing: Promise<void> | undefined;

  constructor(context: DatagramContext) {
    this.#context = context;
    this.#aggregation = new Aggregation(context.aggregation, this.#nowMs());
    this.#countLines();
  }

  start(): void {
    this.#timer = setInterval(
      () => {
        // One that takes long stands for the next one too.
        this.#flushing ??= this.#flush(false).finally(() => (this.#flushing = undefined));
      },
      Math.min(this.#context.aggregation.flushMs, timerMsMax),
    );
  }

  handle(datagram: Uint8Array): void {
    this.#aggregation.take(datagram);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.#flush(true);
  }

  /** Stores all series as they are; `isLast` ends them. */
  async #flush(isLast: boolean): Promise<void> {
    const aggregation = this.#aggregation;
    const timeMs = this.#nowMs();
    aggregation.beginFlush(timeMs);
    if (aggregation.seriesCount === 0) return;
    try {
      await this.#context.committer.submit({
        tenant,
        signal: 'metrics',
        protocol: 'statsd',
        // No flush is another one sent again.
        fingerprint: randomBytes(fingerprintBytes),
        decode: (open) => writeFlush(open, aggregation, timeMs, isLast),
      });
      aggregation.forget();
    } catch (thrown) {
      this.#context.onFault('statsd flush not stored', thrown);
    }
  }

  #nowMs(): number {
    return Number(this.#context.nowNs() / nsPerMs);
  }

  #countLines(): void {
    const { counters } = this.#context;
    const { accepted, refused } = this.#aggregation;
    counters.beforeRead(() => {
      for (const [type, count] of Object.entries(accepted)) {
        const before = counters.value('sonde_statsd_lines_accepted_total', { type });
        counters.add('sonde_statsd_lines_accepted_total', { type }, count - before);
      }
      for (const [reason, count] of Object.entries(refused)) {
        const before = counters.value('sonde_statsd_lines_refused_total', { reason });
        counters.add('sonde_statsd_lines_refused_total', { reason }, count - before);
      }
      counters.set('sonde_statsd_series', {}, this.#aggregation.seriesCount);
    });
  }
}

function writeFlush(open: OpenCommit, aggregation: Aggregation, timeMs: number, isLast: boolean): Outcome {
  const rows = new FlushRows(open, tenant, timeMs);
  for (const series of aggregation.series) {
    if (aggregation.isOver(series)) rows.appendEnd(series, timeMs);
    else {
      rows.append(series, timeMs);
      // Of a point and an end at one time the point would count.
      if (isLast) rows.appendEnd(series, timeMs + 1);
    }
  }
  aggregation.emptySets();
  return { accepted: rows.count, rejected: 0, reason: '' };
}

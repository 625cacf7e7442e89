/**
 * All series of StatsD that this process has heard of. Counters and histograms count from the first line of a series on; a process
 * that starts anew counts from zero, as every exporter does. Gauges keep their last value, sets the values since the last flush.
 *
 * Time goes on by flushes only: what was heard between two of them counts as heard at the first, so that no line asks the clock.
 */
import { Hash } from '../../base/hash.ts';
import { decodeUtf8 } from '../../base/utf8.ts';
import { LabelSet } from '../prometheus/decode-labels.ts';
import type { SeriesKey } from '../prometheus/point-rows.ts';
import { LineReader, lineKinds, refusals } from './decode.ts';
import type { LineKind, Refusal } from './decode.ts';
import { labelsOf } from './labels.ts';
import { Names } from './names.ts';
import type { Name } from './names.ts';
import { addLine, emptySet, emptyTotal, fits, unitOf } from './totals.ts';
import type { SetBudget, Total } from './totals.ts';

export interface AggregationLimits {
  /** A series of which nothing is heard for this long is over. */
  readonly expiryMs: number;
  /** Series in memory. Each way to write the tags of one counts. */
  readonly seriesMax: number;
  /** Distinct values of all sets between two flushes. */
  readonly setValuesMax: number;
}

export interface Series {
  /** Its labels as JSON, names and values in turn, sorted: text takes less memory than a list, and is rarely asked for. */
  readonly labels: string;
  readonly unit: string;
  /** When it was nothing yet: the flush before its first line, Unix milliseconds. */
  readonly startMs: number;
  /** The flush before its last line. */
  heardMs: number;
  readonly total: Total;
  /** How many names it has on the wire. */
  names: number;
  /** Its ids, from its first flush on. */
  key: SeriesKey | undefined;
}

export class Aggregation {
  /** Lines that were added, and lines that were refused. */
  readonly accepted: Record<LineKind, number> = countsOf(lineKinds);
  readonly refused: Record<Refusal, number> = countsOf(Object.keys(refusals) as Refusal[]);
  readonly #limits: AggregationLimits;
  readonly #names: Names<Series>;
  readonly #byLabels = new Map<string, Series>();
  readonly #setBudget: SetBudget;
  readonly #lines = new LineReader();
  readonly #labels = new LabelSet(new Hash());
  #nowMs: number;

  constructor(limits: AggregationLimits, nowMs: number) {
    this.#limits = limits;
    this.#names = new Names(limits.seriesMax);
    this.#setBudget = { count: 0, max: limits.setValuesMax };
    this.#nowMs = nowMs;
  }

  get seriesCount(): number {
    return this.#byLabels.size;
  }

  get series(): Iterable<Series> {
    return this.#byLabels.values();
  }

  /** Adds the lines of a datagram. */
  take(datagram: Uint8Array): void {
    const lines = this.#lines;
    lines.begin(datagram);
    while (lines.next()) {
      const refusal = lines.refusal ?? this.#takeLine();
      if (refusal === undefined) this.accepted[lines.kind]++;
      else this.refused[refusal]++;
    }
  }

  /** The time of a flush, which begins. */
  beginFlush(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Whether nothing has been heard of a series, or of a name of one, for too long. */
  isOver({ heardMs }: { readonly heardMs: number }): boolean {
    return this.#nowMs - heardMs > this.#limits.expiryMs;
  }

  /** Starts the sets anew: what they hold has been written. */
  emptySets(): void {
    for (const { total } of this.#byLabels.values()) if (total.kind === 'set') emptySet(total, this.#setBudget);
  }

  /** Forgets what is over: its end has been stored. */
  forget(): void {
    this.#names.forget((name) => {
      const isOver = this.isOver(name);
      if (isOver) name.series.names--;
      return isOver;
    });
    for (const [labels, { names }] of this.#byLabels) if (names === 0) this.#byLabels.delete(labels);
  }

  #takeLine(): Refusal | undefined {
    const name = this.#names.find(this.#lines) ?? this.#addName();
    if (typeof name === 'string') return name;
    name.heardMs = name.series.heardMs = this.#nowMs;
    return addLine(name.series.total, this.#lines, this.#setBudget);
  }

  #addName(): Name<Series> | Refusal {
    const lines = this.#lines;
    const { view, headStart, headEnd, tagsStart, tagsEnd, kind } = lines;
    if (!this.#names.hasRoom(lines)) return 'series_limit';
    const labels = labelsOf(decodeUtf8(view, headStart, headEnd), decodeUtf8(view, tagsStart, tagsEnd), kind === 'counter');
    if (typeof labels === 'string') return labels;
    this.#labels.setTexts(labels);
    if (this.#labels.finish() !== undefined) return 'labels';
    const series = this.#seriesOf(JSON.stringify(labels), kind);
    if (!fits(kind, series.total)) return 'other_type';
    series.names++;
    return this.#names.add(lines, series, this.#nowMs);
  }

  #seriesOf(labels: string, kind: LineKind): Series {
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    const nowMs = this.#nowMs;
    const series: Series = {
      labels,
      unit: unitOf(kind),
      startMs: nowMs,
      heardMs: nowMs,
      total: emptyTotal(kind),
      names: 0,
      key: undefined,
    };
    this.#byLabels.set(labels, series);
    return series;
  }
}

function countsOf<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

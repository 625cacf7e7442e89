/**
 * Sends requests by OTLP over HTTP with JSON: lines of a signal together, a few requests at a time. What the server may take later is
 * sent again, as it is, after longer and longer pauses (OTLP, "OTLP/HTTP Throttling"): Sonde stores it once. What it will not take is
 * sent in halves, until it is known which line it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SondeError } from '../base/errors.ts';
import type { ImportReport, Lines } from './import-report.ts';
import { requestOf } from './import-request.ts';
import type { LineRequest, Signal } from './import-request.ts';

/** A request has about so many bytes, unless a line has more: what every OTLP receiver takes. */
const requestBytes = 4 << 20;
/** Sonde stores together what comes together. */
const requestsAtOnce = 4;
const pauseAtFirstMs = 500;
const pauseMaxMs = 30_000;
const requestTimeoutMs = 120_000;

export interface SenderOptions {
  /** The base URL, without a slash at its end. */
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly report: ImportReport;
  /** When nothing was taken for so long, it is given up. */
  readonly patienceMs: number;
  /** Aborted when the import ends early: nothing is sent any more. */
  readonly signal: AbortSignal;
}

interface SentLine {
  readonly file: string;
  readonly number: number;
  readonly request: LineRequest;
}

interface Batch {
  readonly signal: Signal;
  readonly lines: SentLine[];
  bytes: number;
}

type Answer =
  | { readonly kind: 'taken'; readonly rejected: number; readonly message: string }
  /** It will not take this request. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | undefined };

export class ImportSender {
  readonly #options: SenderOptions;
  readonly #open = new Map<Signal, Batch>();
  readonly #sending = new Set<Promise<void>>();
  #failure: unknown;
  #hasAnswered = false;
  #lastTakenMs = -Infinity;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for more. Throws when it has no sense to go on. */
  async add(line: SentLine): Promise<void> {
    const { signal, whole, list } = line.request;
    const open = this.#open.get(signal);
    const fits = open !== undefined && list !== undefined && open.bytes + whole.length <= requestBytes;
    if (open !== undefined && !fits) await this.#start(open);
    const batch = fits ? open : { signal, lines: [], bytes: 0 };
    batch.lines.push(line);
    batch.bytes += whole.length;
    this.#open.set(signal, batch);
    // Only lists can be put together.
    if (list === undefined) await this.#start(batch);
  }

  /** Resolves when everything was answered. Throws when something could not be sent. */
  async end(): Promise<void> {
    for (const batch of this.#open.values()) await this.#start(batch);
    await Promise.all(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** After a failure: waits for what is on its way, and tells what was read and is not known to be taken. */
  async giveUp(): Promise<void> {
    await Promise.all(this.#sending);
    for (const batch of this.#open.values()) this.#unsent(batch);
    this.#open.clear();
  }

  async #start(batch: Batch): Promise<void> {
    while (this.#sending.size >= requestsAtOnce) await Promise.race(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
    this.#open.delete(batch.signal);
    const sending = this.#send(batch)
      .catch((thrown: unknown) => {
        const { aborted, reason } = this.#options.signal;
        this.#failure ??= aborted ? reason : thrown;
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send(batch: Batch): Promise<void> {
    const { report } = this.#options;
    const { signal, lines } = batch;
    let answer: Exclude<Answer, { kind: 'later' }>;
    try {
      answer = await this.#answerTo(batch);
    } catch (thrown) {
      this.#unsent(batch);
      throw thrown;
    }
    const count = lines.reduce((sum, { request }) => sum + request.count, 0);
    if (answer.kind === 'taken') {
      const rejected = Math.min(answer.rejected, count);
      report.taken(signal, lines.length, count - rejected);
      if (rejected > 0) report.refused(signal, rejected, rangeOf(lines), answer.message);
      else if (answer.message !== '') report.note(rangeOf(lines), answer.message);
    } else if (lines.length > 1) await this.#sendHalves(batch);
    else {
      report.taken(signal, 1, 0);
      report.refused(signal, count, rangeOf(lines), answer.why);
    }
  }

  async #sendHalves({ signal, lines }: Batch): Promise<void> {
    const middle = lines.length >> 1;
    const halves = [lines.slice(0, middle), lines.slice(middle)].map((half) => ({ signal, lines: half, bytes: 0 }));
    for (const [i, half] of halves.entries()) {
      try {
        await this.#send(half);
      } catch (thrown) {
        for (const rest of halves.slice(i + 1)) this.#unsent(rest);
        throw thrown;
      }
    }
  }

  /** Asks until there is an answer. */
  async #answerTo({ signal, lines }: Batch): Promise<Exclude<Answer, { kind: 'later' }>> {
    const { patienceMs, to } = this.#options;
    const body = requestOf(
      signal,
      lines.map(({ request }) => request),
    );
    let sinceMs: number | undefined;
    for (let pauseMs = pauseAtFirstMs; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
      this.#options.signal.throwIfAborted();
      const answer = await this.#post(signal, body);
      if (answer.kind !== 'later') {
        this.#lastTakenMs = performance.now();
        return answer;
      }
      if (!this.#hasAnswered) throw new SondeError('unavailable', `${answer.why}. Does Sonde run, and is --to right?`);
      sinceMs ??= performance.now();
      const leftMs = Math.max(sinceMs, this.#lastTakenMs) + patienceMs - performance.now();
      if (leftMs <= 0) throw new SondeError('unavailable', `${to} took nothing for ${patienceMs / 1000} s: ${answer.why}.`);
      const jitter = 0.8 + 0.4 * Math.random();
      await sleep(Math.min(answer.afterMs ?? pauseMs * jitter, leftMs), undefined, { signal: this.#options.signal });
    }
  }

  async #post(signal: Signal, body: Buffer): Promise<Answer> {
    const url = `${this.#options.to}/v1/${signal}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length),
        headers: { ...this.#options.headers, 'content-type': 'application/json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      text = await response.text();
    } catch (thrown) {
      return { kind: 'later', why: `Nothing answers at ${url} (${reasonOf(thrown)})`, afterMs: undefined };
    }
    this.#hasAnswered = true;
    return answerOf(url, response, text);
  }

  #unsent({ lines }: Batch): void {
    this.#options.report.unsent(rangeOf(lines), lines.length);
  }
}

function rangeOf(lines: readonly SentLine[]): Lines {
  const [first] = lines;
  const last = lines.at(-1);
  const isOneFile = first?.file === last?.file;
  return {
    file: first?.file ?? '',
    first: first?.number ?? 0,
    last: last?.number ?? 0,
    ...(!isOneFile && last !== undefined && { lastFile: last.file }),
  };
}

function answerOf(url: string, { status, headers, ok }: Response, text: string): Answer {
  if (ok) return takenOf(text);
  const why = `${url} answered ${status}${text === '' ? '' : `: ${messageOf(text)}`}`;
  switch (status) {
    case 429:
    case 502:
    case 503:
    case 504:
      return { kind: 'later', why, afterMs: retryAfterMs(headers.get('retry-after')) };
    case 400:
    case 413:
    case 422:
      return { kind: 'refused', why };
    default:
      // Whatever is wrong here is so for all requests: a wrong place, a wrong key.
      throw new SondeError('unavailable', `${why}. Is --to right?`);
  }
}

/** Export…ServiceResponse: what was rejected has another name for each signal. */
function takenOf(text: string): Answer {
  const { errorMessage = '', ...counts } = partialSuccessOf(text);
  const rejected = Object.entries(counts).find(([name]) => name.startsWith('rejected'))?.[1];
  return { kind: 'taken', rejected: Number(rejected ?? 0) || 0, message: String(errorMessage) };
}

function partialSuccessOf(text: string): Record<string, unknown> {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> | null };
    return partialSuccess ?? {};
  } catch {
    // A receiver that took all of it may say so in its own words.
    return {};
  }
}

/** google.rpc.Status, or whatever else it is. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return printable(message);
  } catch {
    // It is no JSON, but perhaps it is for people.
  }
  return printable(text).slice(0, 300);
}

const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ').trim();

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterMs(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), pauseMaxMs * 2) : undefined;
}

/** `fetch` hides the reason behind "fetch failed". */
function reasonOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

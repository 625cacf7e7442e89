/**
 * What the end of an attempt says of the peer. HTTP answers count as any client gives them (`status` or `statusCode` beside
 * `headers`); errors by Node's and undici's codes, the status of an answer that clients throw, or gRPC's status; causes are looked
 * through. Only failures of the system that may pass are `transient`: RFC 9110 for 502 to 504, RFC 6585 for 429, gRPC's
 * statuscodes.md.
 */
import { ResilienceError } from './errors.ts';
import type { ResilienceCode } from './errors.ts';

/**
 * `ok`: the peer did its part, be it with a 404. `transient`: it failed in a way that may pass, and the call can be tried again.
 * `failed`: it failed, and would again. `unrelated`: says nothing of the peer, as a mistake in the program does.
 */
export type Verdict = 'ok' | 'transient' | 'failed' | 'unrelated';

export interface Judgement {
  readonly verdict: Verdict;
  /** One of few: it is an attribute of metrics. */
  readonly reason: string;
}

/** How an attempt has ended, for a judge. */
export type Ended = { readonly answer: unknown } | { readonly error: unknown };

/** Says what an end means; undefined leaves that to `judgeAnswer` and `judgeError`. */
export type Judge = (ended: Ended) => Verdict | undefined;

const ok: Judgement = { verdict: 'ok', reason: 'ok' };
export const unrelated: Judgement = { verdict: 'unrelated', reason: 'error' };
const timedOut: Judgement = { verdict: 'transient', reason: 'timed_out' };

export function judgeAnswer(answer: unknown): Judgement {
  const status = statusOf(answer);
  return status === undefined ? ok : judgeStatus(status);
}

export function judgeError(error: unknown): Judgement {
  for (let one = error, depth = 0; isObject(one) && depth < causesMax; one = one['cause'], depth++) {
    const judgement = judgeOne(one);
    if (judgement !== undefined) return judgement;
  }
  return unrelated;
}

/** Causes of causes; a circle must end too. */
const causesMax = 5;

/** The status of an HTTP answer; undefined for anything else, as an order may have a status too. */
export function statusOf(answer: unknown): number | undefined {
  if (!isObject(answer) || !isObject(answer['headers'])) return undefined;
  const status = answer['status'] ?? answer['statusCode'];
  return typeof status === 'number' ? status : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function judgeOne(error: Record<string, unknown>): Judgement | undefined {
  if (error instanceof ResilienceError) return judgements(ofPolicies, error.code);
  const { code, name } = error;
  if (name === 'TimeoutError') return timedOut;
  if (typeof code === 'number' && 'metadata' in error) return judgements(ofGrpc, String(code));
  const status = statusOf(error['response']) ?? error['statusCode'] ?? error['status'];
  if (typeof status === 'number' && status >= 400 && status < 600) return judgeStatus(status);
  return typeof code === 'string' ? ofCodes.get(code) : undefined;
}

function judgements(all: ReadonlyMap<string, Judgement>, key: string): Judgement {
  return all.get(key) ?? ok;
}

function judgeStatus(status: number): Judgement {
  if (status < 500 && status !== 429) return ok;
  return ofStatuses.get(String(status)) ?? serverError;
}

const serverError: Judgement = { verdict: 'failed', reason: '5xx' };

function all(verdict: Verdict, ...reasons: readonly string[]): [string, Judgement][] {
  return reasons.map((reason) => [reason, { verdict, reason }]);
}

const ofStatuses: ReadonlyMap<string, Judgement> = new Map(all('transient', '429', '502', '503', '504'));

/** Of Node (errno, getaddrinfo) and of undici, which is behind fetch. */
const ofCodes: ReadonlyMap<string, Judgement> = new Map([
  ...all('transient', 'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'),
  ...all('transient', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET'),
  ...all('transient', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'),
  ...all('failed', 'ENOTFOUND'),
]);

const ofGrpc: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ['1', { verdict: 'unrelated', reason: 'CANCELLED' }],
  ['2', { verdict: 'failed', reason: 'UNKNOWN' }],
  ['4', { verdict: 'transient', reason: 'DEADLINE_EXCEEDED' }],
  ['8', { verdict: 'transient', reason: 'RESOURCE_EXHAUSTED' }],
  ['13', { verdict: 'failed', reason: 'INTERNAL' }],
  ['14', { verdict: 'transient', reason: 'UNAVAILABLE' }],
  ['15', { verdict: 'failed', reason: 'DATA_LOSS' }],
]);

/** Of a policy within the work of another one. What has been tried again is not tried again further up: that multiplies. */
const ofPolicies: ReadonlyMap<ResilienceCode, Judgement> = new Map<ResilienceCode, Judgement>([
  ['TIMED_OUT', timedOut],
  ['RETRIES_EXHAUSTED', { verdict: 'failed', reason: 'retries_exhausted' }],
  ['BREAKER_OPEN', { verdict: 'failed', reason: 'breaker_open' }],
  ['BULKHEAD_FULL', { verdict: 'unrelated', reason: 'bulkhead_full' }],
  ['RATE_LIMITED', { verdict: 'unrelated', reason: 'rate_limited' }],
]);

import { describe, expect, test } from 'vitest';
import { BreakerOpenError, BulkheadFullError, RateLimitedError, RetriesExhaustedError, TimedOutError } from './errors.ts';
import { judgeAnswer, judgeError } from './judge.ts';

const withCode = (code: string | number, more: object = {}): Error => Object.assign(new Error('x'), { code, ...more });
const check = (ended: { answer: unknown } | { error: unknown }, verdict: string, reason?: string): void => {
  const judgement = 'answer' in ended ? judgeAnswer(ended.answer) : judgeError(ended.error);
  expect(judgement.verdict).toBe(verdict);
  if (reason !== undefined) expect(judgement.reason).toBe(reason);
};

describe('an answer', () => {
  test.each([
    [200, 'ok'],
    [301, 'ok'],
    [400, 'ok'],
    [404, 'ok'],
    [408, 'ok'],
    [429, 'transient'],
    [500, 'failed'],
    [501, 'failed'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
    [599, 'failed'],
  ])('with status %d is %s, from every client', (status, verdict) => {
    check({ answer: new Response(null, { status }) }, verdict);
    check({ answer: { statusCode: status, headers: {}, body: {} } }, verdict);
    const thrown = [
      Object.assign(new Error('axios'), { code: 'ERR_BAD_RESPONSE', response: { status, headers: {} } }),
      Object.assign(new Error('got'), { response: { statusCode: status, headers: {} } }),
      Object.assign(new Error('http-errors'), { status, statusCode: status }),
      Object.assign(new Error('wrapped'), {
        cause: Object.assign(new Error('ky'), { response: new Response(null, { status }) }),
      }),
    ];
    for (const error of status < 400 ? [] : thrown) check({ error }, verdict);
  });

  test.each([undefined, null, 'text', 17, {}, { status: 503 }, { status: 'paid', headers: {} }, [503]])(
    'that is not HTTP is one: %j',
    (answer) => check({ answer }, 'ok', 'ok'),
  );
});

describe('an error', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', 'UND_ERR_SOCKET'])(
    'with code %s may pass, also as a cause',
    (code) => {
      check({ error: withCode(code) }, 'transient', code);
      check({ error: new TypeError('fetch failed', { cause: withCode(code) }) }, 'transient', code);
    },
  );

  test.each([
    [14, 'transient', 'UNAVAILABLE'],
    [8, 'transient', 'RESOURCE_EXHAUSTED'],
    [4, 'transient', 'DEADLINE_EXCEEDED'],
    [13, 'failed', 'INTERNAL'],
    [1, 'unrelated', 'CANCELLED'],
    [3, 'ok', 'ok'],
    [5, 'ok', 'ok'],
    [16, 'ok', 'ok'],
  ])('of gRPC with status %d is %s', (code, verdict, reason) => {
    check({ error: withCode(code, { details: '', metadata: {} }) }, verdict, reason);
    // A number alone is anyone's: DOMException has some too.
    check({ error: withCode(code) }, 'unrelated');
  });

  test('of a timeout may pass, an abort says nothing', () => {
    check({ error: new DOMException('late', 'TimeoutError') }, 'transient', 'timed_out');
    check({ error: new DOMException('enough', 'AbortError') }, 'unrelated');
  });

  test('of the program says nothing of the peer', () => {
    check({ error: new TypeError('x is not a function') }, 'unrelated', 'error');
    check({ error: withCode('ERR_INVALID_ARG_TYPE') }, 'unrelated');
    check({ error: withCode('CERT_HAS_EXPIRED') }, 'unrelated');
    for (const error of [undefined, null, 'text', 0, Symbol('x')]) check({ error }, 'unrelated');
  });

  test('whose causes go in a circle is judged all the same', () => {
    const one = new Error('one');
    one.cause = one;
    check({ error: one }, 'unrelated');
  });

  test('of a policy further down: what was tried again is not tried again here', () => {
    check({ error: new TimedOutError('p', 'attempt', 1) }, 'transient', 'timed_out');
    check({ error: new BreakerOpenError('p', 1) }, 'failed', 'breaker_open');
    check({ error: new BulkheadFullError('p', 'queue_full', '') }, 'unrelated', 'bulkhead_full');
    check({ error: new RateLimitedError('p', 1) }, 'unrelated', 'rate_limited');
    const cause = withCode('ECONNREFUSED');
    check({ error: new RetriesExhaustedError('p', 'attempts', { attempts: 3, cause }) }, 'failed', 'retries_exhausted');
  });
});

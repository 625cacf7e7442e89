import { describe, expect, test, vi } from 'vitest';
import { discardAnswer, retryAfterMs } from './answers.ts';

describe('the time to wait', () => {
  const nowMs = Date.parse('2024-05-01T10:00:00Z');
  const check = (ended: unknown, expected: number | undefined): void => expect(retryAfterMs(ended, nowMs)).toBe(expected);

  test('stands in the answer, whichever client gave it', () => {
    check(new Response(null, { headers: { 'retry-after': '7' } }), 7000);
    check({ statusCode: 503, headers: { 'retry-after': '7' } }, 7000);
    check(Object.assign(new Error('axios'), { response: { status: 503, headers: { 'retry-after': '7' } } }), 7000);
    check(Object.assign(new Error('ky'), { response: new Response(null, { headers: { 'retry-after': ' 0 ' } }) }), 0);
  });

  test('may be a date', () => {
    check(new Response(null, { headers: { 'retry-after': 'Wed, 01 May 2024 10:00:30 GMT' } }), 30_000);
    check(new Response(null, { headers: { 'retry-after': 'Wed, 01 May 2024 09:00:00 GMT' } }), 0);
  });

  test('may stand in the metadata of gRPC, where a negative one says never', () => {
    const metadata = (value: string): object => ({
      metadata: { get: (name: string) => (name.startsWith('grpc') ? [value] : []) },
    });
    check(metadata('250'), 250);
    check(metadata('-1'), Infinity);
    check({ metadata: { get: () => [] } }, undefined);
  });

  test('is not said by anything else', () => {
    for (const ended of [undefined, null, 'text', 5, {}, { headers: null }, { response: null }]) check(ended, undefined);
    check(new Response(null, { headers: { 'retry-after': 'soon' } }), undefined);
  });
});

describe('an answer that is dropped', () => {
  test('of fetch is cancelled', async () => {
    const cancel = vi.fn<() => void>();
    discardAnswer(new Response(new ReadableStream({ cancel })));
    expect(cancel).toHaveBeenCalledOnce();
    discardAnswer(Object.assign(new Error('ky'), { response: new Response(new ReadableStream({ cancel })) }));
    expect(cancel).toHaveBeenCalledTimes(2);
    discardAnswer(new Response(null, { status: 204 }));
    const read = new Response('text');
    await read.text();
    discardAnswer(read);
    const locked = new Response('text');
    locked.body?.getReader();
    discardAnswer(locked);
  });

  test('of undici is dumped, of node:http resumed', () => {
    const dump = vi.fn<() => Promise<void>>(async () => undefined);
    discardAnswer({ statusCode: 503, headers: {}, body: { dump } });
    expect(dump).toHaveBeenCalledOnce();
    const answer = { statusCode: 503, headers: {}, resume: vi.fn<() => void>() };
    discardAnswer(answer);
    expect(answer.resume.mock.contexts).toEqual([answer]);
  });

  test('and is not HTTP is left alone', () => {
    const resume = vi.fn<() => void>();
    for (const answer of [undefined, null, 7, { resume }, { status: 503, resume }]) discardAnswer(answer);
    expect(resume).not.toHaveBeenCalled();
  });
});

import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Counters } from '../../base/counters.ts';
import { SondeError } from '../../base/errors.ts';
import { encodeSnappy } from '../../codec/snappy.ts';
import type { Committer } from '../../engine/commit.ts';
import { storedEarlier } from '../../engine/fingerprints.ts';
import { BodyBudget } from '../../server/body.ts';
import { listenHttp } from '../../server/http.ts';
import type { HttpListener } from '../../server/http.ts';
import { createLog } from '../../server/log.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { writeV1, writeV2 } from '../../../test/remote-write/messages.ts';
import type { TestSeries } from '../../../test/remote-write/messages.ts';
import { prometheus } from './prometheus.ts';

const nowMs = 1_763_630_000_000;
const hourMs = 3_600_000;
const v1 = 'application/x-protobuf';
const v2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const bodyBytesMax = 100_000;
const up: TestSeries = { labels: ['__name__', 'up', 'job', 'node'], samples: [{ value: 1, timeMs: nowMs }] };

let committer: MemoryCommitter;
let listener: HttpListener;

async function listen(to: Committer): Promise<HttpListener> {
  const context = {
    committer: to,
    counters: new Counters(),
    limits: {
      retentionMs: { traces: hourMs, logs: hourMs, metrics: 3 * hourMs },
      futureMs: hourMs,
      bodyBytesMax,
      knownSeriesBytesMax: 1 << 20,
    },
    nowNs: () => BigInt(nowMs) * 1_000_000n,
  };
  return listenHttp({
    host: '127.0.0.1',
    port: 0,
    routes: prometheus.routes(context),
    bodyBytesMax,
    bodyBudget: new BodyBudget(1_000_000),
    allowedOrigins: [],
    allowedHosts: [],
    counters: context.counters,
    log: createLog({ write: () => undefined }),
  });
}

beforeEach(async () => {
  committer = new MemoryCommitter();
  listener = await listen(committer);
});
afterEach(() => listener.close(100));

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Samples, histograms and exemplars. */
  readonly written: readonly (string | null)[];
  readonly retryAfter: string | null;
}

async function post(body: Uint8Array, headers: Record<string, string>): Promise<Answer> {
  const url = `http://${listener.address}/prometheus/api/v1/write`;
  const response = await fetch(url, { method: 'POST', body: Buffer.from(body), headers });
  const written = ['samples', 'histograms', 'exemplars'].map((kind) =>
    response.headers.get(`x-prometheus-remote-write-${kind}-written`),
  );
  return { status: response.status, text: await response.text(), written, retryAfter: response.headers.get('retry-after') };
}

const send = (series: readonly TestSeries[], contentType = v2): Promise<Answer> =>
  post(encodeSnappy(contentType === v1 ? writeV1(series) : writeV2(series)), {
    'content-type': contentType,
    'content-encoding': 'snappy',
  });

describe('what is taken', () => {
  const check = (title: string, headers: Record<string, string>, body: Buffer): void =>
    test(`taken: ${title}`, async () => {
      expect(await post(encodeSnappy(body), headers)).toEqual({
        status: 204,
        text: '',
        written: ['1', '0', '0'],
        retryAfter: null,
      });
      expect(committer.rows()['samples']).toHaveLength(1);
    });
  const snappy = { 'content-encoding': 'snappy' };

  check('1.0', { ...snappy, 'content-type': v1, 'x-prometheus-remote-write-version': '0.1.0' }, writeV1([up]));
  check('1.0 by its name', { ...snappy, 'content-type': `${v1};proto=prometheus.WriteRequest` }, writeV1([up]));
  check('2.0', { ...snappy, 'content-type': v2, 'x-prometheus-remote-write-version': '2.0.0' }, writeV2([up]));
  check(
    '2.0 with a space and in quotes',
    { ...snappy, 'content-type': 'Application/X-Protobuf; proto="io.prometheus.write.v2.Request"' },
    writeV2([up]),
  );
  check('without an encoding snappy is meant', { 'content-type': v1 }, writeV1([up]));
  check('an encoding in capital letters', { 'content-type': v1, 'content-encoding': 'Snappy' }, writeV1([up]));

  test('an empty request', async () => {
    expect(await send([])).toMatchObject({ status: 204, written: ['0', '0', '0'] });
  });

  test('every kind is counted', async () => {
    const histograms = [1, 2].map((i) => ({ timeMs: nowMs - i, count: 0n, sum: 0, schema: 0 }));
    const exemplars = [1, 2, 3].map((value) => ({ labels: ['trace_id', 'x'], value, timeMs: nowMs }));
    const series = [up, { labels: ['__name__', 'h'], histograms, exemplars }];
    expect(await send(series)).toMatchObject({ status: 204, written: ['1', '2', '3'] });
    expect(await send(series, v1)).toMatchObject({ status: 204, written: ['1', '2', '3'] });
  });

  test('the tenant has its rows', async () => {
    await post(encodeSnappy(writeV1([up])), { 'content-type': v1, 'x-scope-orgid': 'team-a' });
    expect(committer.rows()['samples']).toMatchObject([{ tenant: 'team-a' }]);
    expect(committer.submissions).toMatchObject([{ tenant: 'team-a', signal: 'metrics', protocol: 'prometheus_remote_write' }]);
  });

  test('a request that is sent again is known, another is not', async () => {
    await send([up]);
    await send([up]);
    await send([{ ...up, samples: [{ value: 2, timeMs: nowMs }] }]);
    const [first, again, other] = committer.submissions.map(({ fingerprint }) => Buffer.from(fingerprint!).toString('hex'));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('what an earlier process stored is counted nevertheless', async () => {
    await listener.close(100);
    listener = await listen({ submit: async () => storedEarlier, close: async () => undefined });
    expect(await send([up, { labels: ['job', 'nameless'], samples: up.samples! }])).toMatchObject({
      status: 400,
      written: ['1', '0', '0'],
    });
    expect(await send([up])).toMatchObject({ status: 204, written: ['1', '0', '0'] });
  });
});

describe('what is not remote write', () => {
  const check = (title: string, headers: Record<string, string>, body: Uint8Array, status: number, text: RegExp): void =>
    test(`not taken: ${title}`, async () => {
      const answer = await post(body, headers);
      expect(answer).toMatchObject({ status, text: expect.stringMatching(text) });
      expect(answer.text.endsWith('\n')).toBe(true);
      expect(committer.rows()).toEqual({});
    });
  const block = encodeSnappy(writeV2([up]));

  check('JSON', { 'content-type': 'application/json' }, block, 415, /content type application\/x-protobuf/);
  check('an image', { 'content-type': 'image/png' }, block, 415, /found "image\/png"/);
  check('a message that is not known', { 'content-type': `${v1};proto=io.prometheus.write.v3.Request` }, block, 415, /v3/);
  check(
    'gzip',
    { 'content-type': v2, 'content-encoding': 'gzip' },
    gzipSync(writeV2([up])),
    415,
    /Content-Encoding is snappy; got "gzip"/,
  );
  check('deflate', { 'content-type': v2, 'content-encoding': 'deflate' }, deflateSync(writeV2([up])), 415, /snappy/);
  check('no encoding at all', { 'content-type': v2, 'content-encoding': 'identity' }, writeV2([up]), 415, /snappy/);
  check('snappy that is cut', { 'content-type': v2 }, block.subarray(0, block.length - 3), 400, /at byte \d+/);
  check(
    'a body that is no protobuf',
    { 'content-type': v2 },
    encodeSnappy(Buffer.from('{"not":"protobuf"}')),
    400,
    /at byte \d+/,
  );
  check(
    'a body that would be too large',
    { 'content-type': v1 },
    encodeSnappy(Buffer.alloc(bodyBytesMax + 1)),
    413,
    /at most 100000 bytes/,
  );

  test('another method', async () => {
    const response = await fetch(`http://${listener.address}/prometheus/api/v1/write`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('what is refused in part', () => {
  const check = (title: string, bad: TestSeries, written: readonly string[], text: string): void =>
    test(`in part: ${title}`, async () => {
      for (const version of [v1, v2]) {
        committer = new MemoryCommitter();
        await listener.close(100);
        listener = await listen(committer);
        const answer = await send([up, bad], version);
        expect(answer).toMatchObject({ status: 400, written, retryAfter: null });
        expect(answer.text).toContain(text);
        expect(committer.rows()['samples']).toHaveLength(1);
      }
    });
  const samples = [{ value: 1, timeMs: nowMs }];

  check(
    'a series without a name',
    { labels: ['job', 'x'], samples },
    ['1', '0', '0'],
    '1 of 2 samples, histograms and exemplars were refused',
  );
  check('a label twice', { labels: ['__name__', 'a', 'b', '1', 'b', '2'], samples }, ['1', '0', '0'], 'twice');
  check(
    'a sample that is too old',
    { labels: ['__name__', 'a'], samples: [{ value: 1, timeMs: nowMs - 4 * hourMs }] },
    ['1', '0', '0'],
    'the time must be from',
  );
  check(
    'a sample from the future',
    { labels: ['__name__', 'a'], samples: [{ value: 1, timeMs: nowMs + 2 * hourMs }] },
    ['1', '0', '0'],
    'the time must be from',
  );
  check(
    'a histogram that does not add up',
    { labels: ['__name__', 'a'], histograms: [{ timeMs: nowMs, count: 3n, sum: 1, schema: 0 }] },
    ['1', '0', '0'],
    'the count of a histogram',
  );
  check(
    'an exemplar with a bad label',
    { labels: ['__name__', 'a'], exemplars: [{ labels: ['', 'x'], value: 1, timeMs: nowMs }] },
    ['1', '0', '0'],
    'of exemplars',
  );
});

describe('what may be sent again', () => {
  const check = (title: string, failure: SondeError, status: number, retryAfter: string | null): void =>
    test(`again: ${title}`, async () => {
      committer.failure = failure;
      expect(await send([up])).toMatchObject({ status, retryAfter, text: `${failure.message}\n`, written: [null, null, null] });
    });

  // Prometheus would give up on 429.
  check('when too much is in flight', new SondeError('overloaded', 'Too much.', { retryAfterMs: 1500 }), 503, '2');
  check('when nothing can be stored', new SondeError('unavailable', 'Disk full.'), 503, '1');
  check('not when the engine refuses rows for good', new SondeError('internal', 'A bug.'), 500, null);
});

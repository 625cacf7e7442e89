/** `sonde import` against a server that answers as it is told. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ImportProgress } from './import-progress.ts';
import { ImportReport } from './import-report.ts';
import { readLine } from './import-request.ts';
import { ImportSender } from './import-sender.ts';
import { importFiles } from './import.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let to: string;
let received: Received[];
/** What the server answers to a request; 200 and nothing rejected when it gives nothing. */
let answerTo: (request: Received) => Answer | undefined;
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('latin1') };
      received.push(one);
      const { status, body = '{}', headers = {} } = answerTo(one) ?? { status: 200 };
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

let folder: string;
let output: { out: string; err: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  received = [];
  answerTo = () => undefined;
  output = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((output.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((output.err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const run = (...args: string[]): Promise<number> => importFiles.run([...args, '--to', to]);
const told = (): string[] => output.err.replaceAll(`${folder}/`, '').split('\n').slice(0, -1);
const summary = (): string[] => output.out.split('\n').slice(0, -1);
const bodies = (): string[] => received.map(({ body }) => body);

const spans = (...names: string[]): string =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[${names.map((name) => `{"name":"${name}"}`).join(',')}]}]}]}`;
const logs = (count: number): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: Array.from({ length: count }, () => ({})) }] }] });

describe('lines', () => {
  test('of a signal go together, in their order, by the bytes that they have', async () => {
    const odd = ' {"resourceSpans" : [ {"x":[1.50, 12345678901234567890]} ] } ';
    const path = put('a.jsonl', `${spans('a')}\n${logs(2)}\n${odd}\r\n\n${spans('b', 'c')}\n`);
    expect(await run(path)).toBe(0);
    expect(received.map(({ path: asked, body }) => [asked, body]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual([
      ['/v1/logs', logs(2)],
      [
        '/v1/traces',
        `{"resourceSpans":[${[spans('a').slice(18, -2), ' {"x":[1.50, 12345678901234567890]} ', spans('b', 'c').slice(18, -2)].join(',')}]}`,
      ],
    ]);
    expect([summary(), told()]).toEqual([['traces: 3 spans taken, of 3 lines', 'logs: 2 log records taken, of 1 line'], []]);
  });

  test('that hold more than the list are sent as they are', async () => {
    const line = '{"version":[1],"resource_spans":[{"scope_spans":[{"spans":[{}]}]}]}';
    expect(await run(put('a.jsonl', `${spans('a')}\n${line}\n${spans('b')}\n`))).toBe(0);
    expect(bodies().toSorted()).toEqual([spans('a'), spans('b'), line].toSorted());
    expect(summary()).toEqual(['traces: 3 spans taken, of 3 lines']);
  });

  test('count points of all kinds of metrics', async () => {
    const points = { dataPoints: [{}, {}] };
    const metrics = [
      { gauge: points },
      { sum: points },
      { histogram: points },
      { exponentialHistogram: points },
      { summary: points },
    ];
    await run(put('a.jsonl', `${JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }, {}] }, {}] })}\n`));
    expect(summary()).toEqual(['metrics: 10 points taken, of 1 line']);
  });

  test('are more requests when they are many bytes, and none is lost', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => spans(`${i} ${'x'.repeat(50_000)}`));
    expect(await run(put('a.jsonl', lines.join('\n')))).toBe(0);
    expect(received.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...received.map(({ body }) => body.length))).toBeLessThan(5 << 20);
    const sent = bodies().flatMap((body) => [...body.matchAll(/"name":"(\d+) /g)].map(([, i]) => Number(i)));
    expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('may be longer than what is read at a time, and are refused over 64 MiB', { timeout: 60_000 }, async () => {
    const long = spans('y'.repeat(3 << 20));
    const tooLong = Buffer.alloc((64 << 20) + 1, 'z');
    const path = put('a.jsonl', Buffer.concat([Buffer.from(`${long}\n`), tooLong, Buffer.from(`\n${spans('b')}\n`)]));
    expect(await run(path)).toBe(1);
    expect(told()).toEqual([`a.jsonl:2 has ${(64 << 20) + 1} bytes, the most are ${64 << 20}`]);
    expect(summary()).toEqual(['traces: 2 spans taken, of 2 lines', '1 bad line']);
  });

  test('in UTF-8 and in what is none stay as they are', async () => {
    const name = Buffer.from([0xc3, 0xa4, 0xff]);
    const line = Buffer.concat([Buffer.from('\uFEFF{"resourceSpans":[{"x":"'), name, Buffer.from('"}]}\n')]);
    await run(put('a.jsonl', line));
    expect(bodies()).toEqual([`{"resourceSpans":[{"x":"${name.toString('latin1')}"}]}`]);
  });
});

describe('a line that is not taken is told with its place, and the others are sent', () => {
  test.each([
    ['{"a":', 'is not JSON: '],
    ['hello', 'is not JSON: '],
    ['{"a":1}', 'has none of resourceSpans, resourceLogs, resourceMetrics, but {"a":1}'],
    ['{"resourceProfiles":[]}', 'has none of resourceSpans, resourceLogs, resourceMetrics, but {"resourceProfiles":[]}'],
    ['[]', 'is no object, but []'],
    ['null', 'is no object, but null'],
    ['{"resourceSpans":{}}', 'has resourceSpans, which is no list'],
    ['{"resourceSpans":[],"resourceLogs":[]}', 'has traces and logs in one'],
    ['\u001B[2J', 'is not JSON: '],
  ])('%j', async (line, reason) => {
    expect(await run(put('a.jsonl', `${spans('a')}\n${line}\n${spans('b')}\n`))).toBe(1);
    expect(told()).toEqual([expect.stringContaining(`a.jsonl:2 ${reason}`)]);
    expect(output.err).not.toContain('\u001B');
    expect(summary()).toEqual(['traces: 2 spans taken, of 2 lines', '1 bad line']);
  });

  test('up to a hundred times', async () => {
    expect(await run(put('a.jsonl', 'x\n'.repeat(250)))).toBe(1);
    expect([told().length, told().at(-1), summary()]).toEqual([
      101,
      'More of this is counted, and told no longer.',
      ['250 bad lines'],
    ]);
  });

  test('but a last line that was cut off is no failure', async () => {
    expect(await run(put('a.jsonl', `${spans('a')}\n${spans('b').slice(0, -5)}`))).toBe(0);
    expect(told()).toEqual([expect.stringContaining('a.jsonl:2 is the last and was cut off while it was written')]);
    expect(summary()).toEqual(['traces: 1 span taken, of 1 line', '1 torn last line']);
  });

  test('and one that only lacks its end is whole', async () => {
    expect(await run(put('a.jsonl', spans('a')))).toBe(0);
    expect(summary()).toEqual(['traces: 1 span taken, of 1 line']);
  });

  test('and with --strict nothing after it is sent', async () => {
    const path = put('a.jsonl', `${spans('a')}\nx\n${spans('b')}\n`);
    await expect(run(path, '--strict')).rejects.toThrow('--strict');
    expect(bodies()).toEqual([spans('a')]);
    expect(summary()).toEqual(['traces: 1 span taken, of 1 line', '1 bad line']);
  });
});

describe('what the server answers', () => {
  test('in part is counted as refused', async () => {
    answerTo = () => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"trace_id must be 16 bytes"}}',
    });
    expect(await run(put('a.jsonl', `${spans('a', 'b')}\n${spans('c')}\n`))).toBe(1);
    expect(told()).toEqual(['a.jsonl:1-2: 2 spans refused: trace_id must be 16 bytes']);
    expect(summary()).toEqual(['traces: 1 span taken, 2 refused, of 2 lines']);
  });

  test('as a warning is told and no failure', async () => {
    answerTo = () => ({ status: 200, body: '{"partialSuccess":{"errorMessage":"be careful"}}' });
    expect(await run(put('a.jsonl', spans('a')))).toBe(0);
    expect(told()).toEqual(['a.jsonl:1: be careful']);
  });

  test.each([400, 413, 422])('with %i costs the line that it is about and no other', async (status) => {
    answerTo = ({ body }) => (body.includes('bad') ? { status, body: '{"code":3,"message":"this is\\nnot well"}' } : undefined);
    const lines = Array.from({ length: 40 }, (_, i) => spans(i === 23 ? 'bad' : String(i)));
    expect(await run(put('a.jsonl', lines.join('\n')))).toBe(1);
    expect(told()).toEqual([`a.jsonl:24: 1 span refused: ${to}/v1/traces answered ${status}: this is not well`]);
    expect(summary()).toEqual(['traces: 39 spans taken, 1 refused, of 40 lines']);
  });

  test.each([429, 502, 503, 504])('with %i is asked again, with the same bytes', async (status) => {
    let times = 0;
    answerTo = () => (times++ < 2 ? { status, headers: { 'retry-after': '0' } } : undefined);
    expect(await run(put('a.jsonl', `${spans('a')}\n`))).toBe(0);
    expect([bodies(), summary()]).toEqual([[spans('a'), spans('a'), spans('a')], ['traces: 1 span taken, of 1 line']]);
  });

  test.each([401, 404, 500, 302])('with %i ends it, and says what is not known to be taken', async (status) => {
    answerTo = () => ({ status, body: 'no' });
    const path = put('a.jsonl', `${spans('a')}\n${spans('b')}\n`);
    await expect(run(path)).rejects.toThrow(`answered ${status}: no. Is --to right?`);
    expect(told()).toEqual(['a.jsonl:1-2: not known to be taken']);
    expect(summary()).toEqual(['2 lines read but not known to be taken']);
  });

  test('that it is busy, for ever, ends with an interrupt, and says what is not known to be taken', async () => {
    answerTo = () => {
      setImmediate(() => process.emit('SIGINT'));
      return { status: 503, headers: { 'retry-after': '60' } };
    };
    await expect(run(put('a.jsonl', spans('a')))).rejects.toThrow('Interrupted.');
    expect([told(), summary()]).toEqual([['a.jsonl:1: not known to be taken'], ['1 line read but not known to be taken']]);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  test('that it is busy, for longer than anybody waits, ends it', async () => {
    answerTo = () => ({ status: 429, headers: { 'retry-after': '0' } });
    const report = new ImportReport(() => undefined);
    const { signal } = new AbortController();
    const sender = new ImportSender({ to, headers: {}, report, patienceMs: 50, signal });
    const read = readLine(Buffer.from(spans('a')));
    if (read.kind !== 'request') throw new Error(`read as ${read.kind}`);
    await sender.add({ file: 'a.jsonl', number: 1, request: read.request });
    await expect(sender.end()).rejects.toThrow(`${to} took nothing for 0.05 s: ${to}/v1/traces answered 429`);
    expect(report.unsentLines).toBe(1);
  });

  test('not at all ends it at once', async () => {
    const path = put('a.jsonl', spans('a'));
    // Nobody listens on a port that was closed a moment ago.
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await new Promise((resolve) => other.close(resolve));
    await expect(importFiles.run([path, '--to', url])).rejects.toThrow(
      `Nothing answers at ${url}/v1/traces (ECONNREFUSED). Does Sonde run, and is --to right?`,
    );
    expect(summary()).toEqual(['1 line read but not known to be taken']);
  });
});

describe('what is read', () => {
  test('is all that a folder has, by name, and nothing else', async () => {
    mkdirSync(join(folder, 'f', 'sub.jsonl.d'), { recursive: true });
    for (const name of ['b.json', 'a.jsonl', 'c.jsonl.gz', 'notes.txt']) {
      const line = spans(name);
      put(join('f', name), name.endsWith('.gz') ? zlib.gzipSync(line) : name.endsWith('.txt') ? 'no' : line);
    }
    expect(await run(join(folder, 'f'))).toBe(0);
    expect(bodies()).toEqual([
      `{"resourceSpans":[${['a.jsonl', 'b.json', 'c.jsonl.gz'].map((name) => spans(name).slice(18, -2)).join(',')}]}`,
    ]);
  });

  test('may be gzip of several parts, by any name', async () => {
    const parts = [spans('a'), spans('b')].map((line) => zlib.gzipSync(`${line}\n`));
    expect(await run(put('a.jsonl', Buffer.concat(parts)))).toBe(0);
    expect(summary()).toEqual(['traces: 2 spans taken, of 2 lines']);
  });

  test('may be zstd where Node has it', async () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (text: string) => Buffer };
    const path = put('a.jsonl.zst', zstdCompressSync?.(`${spans('a')}\n`) ?? Buffer.from('28b52ffd', 'hex'));
    const isRead = zstdCompressSync !== undefined;
    expect(await run(path)).toBe(isRead ? 0 : 1);
    expect(output.err).toMatch(isRead ? /^$/ : /cannot be read to its end: it is zstd, which needs Node 22\.15/);
    expect(summary()).toEqual([isRead ? 'traces: 1 span taken, of 1 line' : '1 file not read to the end']);
  });

  test('of a file that ends too early is sent, and the rest is told as missing', async () => {
    const whole = zlib.gzipSync(`${spans('a')}\n`.repeat(100_000));
    const path = put('a.jsonl.gz', whole.subarray(0, whole.length >> 1));
    expect(await run(path, put('b.jsonl', spans('b')))).toBe(1);
    expect(told()).toEqual([expect.stringMatching(/^a\.jsonl\.gz cannot be read to its end: unexpected end of file$/)]);
    expect(summary()).toEqual([expect.stringMatching(/^traces: \d+,\d+ spans taken/), '1 file not read to the end']);
    expect(bodies().some((body) => body.includes('"name":"b"'))).toBe(true);
  });

  test('is told when a folder has none of it', async () => {
    put('notes.txt', '');
    await expect(run(folder)).rejects.toThrow('has no files with names like x.jsonl');
  });

  test('is nothing where there is nothing', async () => {
    expect([await run(put('a.jsonl', '\n\n')), summary(), received]).toEqual([0, ['There was nothing to send.'], []]);
  });
});

test('how far it is is shown on a terminal, and taken away', () => {
  let text = '';
  const write = (more: string): void => void (text += more);
  const progress = new ImportProgress({ isTTY: true, write }, 4 << 20);
  progress.add(1 << 20);
  const [, shown] = text.split('\u001B[K');
  expect(shown).toMatch(/^1\.0 MiB of 4\.0 MiB \(25 %\), \d+\.\d MiB\/s$/);
  progress.add(1);
  progress.tell('hello');
  expect(text.split('\u001B[K').at(-1)).toBe('hello\n');
  expect(text.split('\u001B[K')).toHaveLength(3);
  text = '';
  const silent = new ImportProgress({ write }, 0);
  silent.add(5);
  silent.end();
  expect([text, silent.text()]).toEqual(['', expect.stringMatching(/^0\.0 MiB, /)]);
});

test('a request has the tenant and the headers that were given', async () => {
  await run(put('a.jsonl', spans('a')), '--tenant', 'beasts', '--headers', 'Authorization=Bearer%20x%3D,b=100%');
  expect(received[0]?.headers).toMatchObject({ 'x-scope-orgid': 'beasts', authorization: 'Bearer x=', b: '100%' });
  expect(received[0]?.headers['content-type']).toBe('application/json');
});

test.each<[string[], string]>([
  [[], 'import takes files or folders'],
  [['/not/there'], 'There is no file or folder "/not/there".'],
  [['-', '--url', 'x'], 'import has no flag --url.'],
  [['-', '--headers', 'x'], '--headers expects NAME=VALUE'],
])('%j is refused', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});

test.each(['x', 'ftp://x', '127.0.0.1:4318'])('--to %s is refused', async (url) => {
  await expect(importFiles.run(['-', '--to', url])).rejects.toThrow('--to expects a URL');
});

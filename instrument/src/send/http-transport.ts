/**
 * OTLP over HTTP (OTLP specification 1.x, "OTLP/HTTP"): POST of protobuf or JSON, gzip on request. Made with Node's own client, not
 * `fetch`: it is older than all that instruments `fetch`, loads sooner, and keeps connections by the same rules everywhere.
 */
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { TlsFiles } from '../settings.ts';
import { untraced } from '../trace/context.ts';
import { runAtExit } from './at-exit.ts';
import { partWords, partialSuccess } from './partial-success.ts';
import type { Signal } from './signals.ts';
import type { Outcome, Transport } from './transport.ts';

export interface HttpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  readonly encoding: 'protobuf' | 'json';
  readonly tls: TlsFiles;
}

/** An answer says why in its first bytes. */
const answerBytesMax = 4096;
/** Whoever asks for more is asked again after this. */
const retryAfterMaxMs = 300_000;

const compress = promisify(gzip);

/** As they are before anything watches them, which costs the kit's own requests as much as others. */
const requestOver = { 'http:': http.request, 'https:': https.request };

/** `targets` has those signals that are sent here; `toJson` makes JSON of a request in protobuf. */
export function httpTransport(
  targets: Readonly<Partial<Record<Signal, HttpTarget>>>,
  toJson: (signal: Signal, body: Uint8Array) => string,
): Transport {
  // One connection for each signal, as each sends one request at a time.
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 3 });
  const agentOf = ({ url, tls }: HttpTarget): http.Agent =>
    url.startsWith('https:') ? new https.Agent({ keepAlive: true, maxSockets: 1, ...tls }) : httpAgent;
  const posts = new Map<HttpTarget, Post>();
  const postOf = (target: HttpTarget): Post => {
    const post = posts.get(target) ?? poster(target, agentOf(target));
    posts.set(target, post);
    return post;
  };
  const targetOf = (signal: Signal): HttpTarget => {
    const target = targets[signal];
    if (target === undefined) throw new Error(`impossible: ${signal} are not sent over HTTP`);
    return target;
  };
  const encode = (signal: Signal, body: Uint8Array): Uint8Array =>
    targetOf(signal).encoding === 'json' ? Buffer.from(toJson(signal, body)) : body;
  return {
    async send(signal, body) {
      const target = targetOf(signal);
      let plain: Uint8Array;
      try {
        plain = encode(signal, body);
      } catch (thrown) {
        return { kind: 'refused', why: `a request cannot be written: ${reasonOf(thrown)}` };
      }
      try {
        const sent = target.compression === 'gzip' ? await compress(plain, { level: 1 }) : plain;
        return await untraced(() => postOf(target).send(sent));
      } catch (thrown) {
        return { kind: 'later', why: `${target.url} cannot be reached: ${reasonOf(thrown)}` };
      }
    },
    sendAtExit(requests) {
      const frames = requests.map(({ signal, body }) => {
        const { url, headers, encoding, tls } = targetOf(signal);
        return {
          url,
          headers: { ...headers, ...contentType(encoding) },
          tls,
          body: Buffer.from(encode(signal, body)).toString('base64'),
        };
      });
      return runAtExit('post-at-exit', { frames });
    },
    close() {
      httpAgent.destroy();
      for (const { agent } of posts.values()) agent.destroy();
    },
  };
}

function contentType(encoding: HttpTarget['encoding']): Record<string, string> {
  return { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' };
}

interface Post {
  readonly agent: http.Agent;
  readonly send: (body: Uint8Array) => Promise<Outcome>;
}

/** Sends requests to one target: what is the same in all of them is made once. */
function poster(target: HttpTarget, agent: http.Agent): Post {
  const { url, timeoutMs, encoding, compression } = target;
  const headers = {
    ...contentType(encoding),
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    'user-agent': 'sonde-instrument',
    ...target.headers,
  };
  const options = { ...urlToHttpOptions(new URL(url)), method: 'POST', agent };
  const request = requestOver[options.protocol as keyof typeof requestOver];
  const send = (body: Uint8Array): Promise<Outcome> => {
    const sending = request({ ...options, headers: { ...headers, 'content-length': body.length } });
    return new Promise((resolve, reject) => {
      const late = new Error(`no answer within ${timeoutMs} ms`);
      const timer = setTimeout(() => sending.destroy(late), timeoutMs).unref();
      const failed = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      sending.on('response', (answer) =>
        readStart(answer, failed, (start) => {
          clearTimeout(timer);
          resolve(outcomeOf(url, answer, start));
        }),
      );
      // The process may end while an answer is awaited: what is left goes out at exit.
      sending.on('socket', (socket) => socket.unref());
      sending.on('error', failed);
      sending.end(body);
    });
  };
  return { agent, send };
}

/** The first bytes of the answer, which say what is wrong, once all of it has come. */
function readStart(answer: IncomingMessage, failed: (error: Error) => void, done: (start: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    if (size < answerBytesMax) chunks.push(chunk);
    size += chunk.length;
  });
  answer.on('error', failed);
  answer.on('end', () => done(Buffer.concat(chunks).subarray(0, answerBytesMax)));
}

/** 429, 502, 503 and 504 are to be sent again; other errors are not. */
function outcomeOf(url: string, answer: IncomingMessage, start: Buffer): Outcome {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) {
    return { kind: 'sent', part: partWords(url, partialSuccess(start, answer.headers['content-type'] ?? '')) };
  }
  const text = start.toString('utf8');
  const why = `${url} answered ${status}${text === '' ? '' : `: ${printable(text)}`}`;
  if (![429, 502, 503, 504].includes(status)) return { kind: 'refused', why };
  return { kind: 'later', why, afterMs: retryAfterMs(answer.headers['retry-after']) };
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), retryAfterMaxMs) : undefined;
}

/** Errors may come in protobuf: what is text in them. */
function printable(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return reasonOf(thrown.errors[0]);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * The client that asks targets: GET with a deadline for all of it, credentials, TLS, redirects, gzip, and a limit on the body that
 * holds while it streams in. A server can send what it wants and as slowly as it wants; it costs no more than the limits say.
 */
import { Agent as HttpAgent, get as getHttp } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import { createGunzip } from 'node:zlib';
import { SondeError } from '../base/errors.ts';
import { takeInSlices } from '../base/steps.ts';
import type { Steps } from '../base/steps.ts';
import type { ClientConfig } from './config-client.ts';
import { reasonOf, unavailable } from './no-answer.ts';
import { TokenSource } from './oauth2.ts';
import { secretText, tlsOptions } from './secrets.ts';

/** As Go's client, and so Prometheus. */
const redirectsMax = 10;
const headerBytesMax = 16 * 1024;
const connectionsFreeMax = 2;
/** Of the buffers that a body is inflated to. */
const chunkBytesMin = 16 * 1024;
const chunkBytesMax = 1024 * 1024;
/** To copy so much takes less than a millisecond. */
const copyBytesAtOnce = 1024 * 1024;

export interface GetRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether to ask for gzip. */
  readonly compression: boolean;
  /** Until the last byte has come, redirects included. */
  readonly timeoutMs: number;
  /** Before and after inflation. */
  readonly bodyBytesMax: number;
  /** How large the body may turn out to be, to have a buffer of that size; 0 when nothing is known. */
  readonly bodyBytesExpected: number;
  readonly signal: AbortSignal;
  /** Told of each part of the body; may throw. */
  readonly onBytes?: (bytes: number) => void;
}

export interface GetAnswer {
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** Keeps connections alive between requests to the same server. */
export class HttpClient {
  readonly #config: ClientConfig;
  readonly #tokens: TokenSource | undefined;
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: connectionsFreeMax });
  #https: HttpsAgent | undefined;
  #httpsSecrets = '';

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#tokens = config.credentials.kind === 'oauth2' ? new TokenSource(config.credentials) : undefined;
  }

  /**
   * The body of an answer with status 200. Rejects with `unavailable` for every other status, when no connection comes about, it
   * breaks, or time is up; with `too_large` for a body over its limit.
   */
  async get(request: GetRequest): Promise<GetAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    const signal = AbortSignal.any([deadline, request.signal]);
    try {
      return await this.#follow(request, signal);
    } catch (thrown) {
      if (thrown instanceof SondeError) throw thrown;
      if (deadline.aborted) throw unavailable(`No whole answer came within the timeout of ${request.timeoutMs} ms.`, thrown);
      throw unavailable(`No answer came: ${reasonOf(thrown)}.`, thrown);
    }
  }

  /** Closes connections as they become free. */
  retire(): void {
    retire(this.#http);
    if (this.#https !== undefined) retire(this.#https);
  }

  /** Closes all connections. */
  close(): void {
    this.#http.destroy();
    this.#https?.destroy();
  }

  async #follow(request: GetRequest, signal: AbortSignal): Promise<GetAnswer> {
    let { url } = request;
    for (let hops = 0; hops <= redirectsMax; hops++) {
      const answer = await this.#ask(url, request, signal);
      const status = answer.statusCode ?? 0;
      if (status === 200) return { contentType: answer.headers['content-type'], body: await readBody(answer, request, signal) };
      // Nothing of it is read: the connection is not worth keeping.
      answer.destroy();
      const { location } = answer.headers;
      const isRedirect = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
      if (!isRedirect || !this.#config.followRedirects)
        throw unavailable(`The server answered with HTTP status ${status} ${answer.statusMessage ?? ''}`.trimEnd());
      url = redirected(location, url);
    }
    throw unavailable(`The server redirected more than ${redirectsMax} times.`);
  }

  async #ask(url: URL, request: GetRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      agent: isSecure ? this.#secureAgent() : this.#http,
      headers: await this.#headers(url, request, signal),
      maxHeaderSize: headerBytesMax,
      signal,
    };
    const start = isSecure ? getHttps : getHttp;
    return new Promise((resolve, reject) => {
      const send = (mayRepeat: boolean): void => {
        let isAnswered = false;
        const sent = start(url, options, (answer) => {
          isAnswered = true;
          resolve(answer);
        });
        sent.on('error', (error: NodeJS.ErrnoException) => {
          // A server may close a kept connection at the very moment it is used; that is no fault of either.
          const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && !isAnswered;
          if (mayRepeat && isStale && !signal.aborted) send(false);
          else reject(error);
        });
      };
      send(true);
    });
  }

  async #headers(url: URL, request: GetRequest, signal: AbortSignal): Promise<OutgoingHttpHeaders> {
    const headers: OutgoingHttpHeaders = { ...request.headers, 'accept-encoding': request.compression ? 'gzip' : 'identity' };
    // Whoever a server sends us to must not learn what was meant for that server.
    if (url.origin !== request.url.origin) return headers;
    for (const [name, values] of this.#config.headers) headers[name.toLowerCase()] = values.map(secretText);
    const { credentials } = this.#config;
    switch (credentials.kind) {
      case 'none':
        break;
      case 'basic': {
        const pair = `${secretText(credentials.username)}:${secretText(credentials.password)}`;
        headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
        break;
      }
      case 'token':
        headers['authorization'] = `${credentials.type} ${secretText(credentials.token)}`;
        break;
      case 'oauth2':
        headers['authorization'] = await this.#tokens?.authorization(signal);
    }
    return headers;
  }

  /** An agent with the certificates as they are in their files now. */
  #secureAgent(): HttpsAgent {
    const options = tlsOptions(this.#config.tls);
    const secrets = JSON.stringify(options);
    if (this.#https !== undefined && this.#httpsSecrets === secrets) return this.#https;
    if (this.#https !== undefined) retire(this.#https);
    this.#httpsSecrets = secrets;
    this.#https = new HttpsAgent({ keepAlive: true, maxFreeSockets: connectionsFreeMax, ...options });
    return this.#https;
  }
}

/** Closes connections as they become free; those in use go on. */
function retire(agent: HttpAgent | HttpsAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Reads a body as it streams in, inflated, up to its limit. */
async function readBody(answer: IncomingMessage, request: GetRequest, signal: AbortSignal): Promise<Uint8Array> {
  const { bodyBytesMax, onBytes } = request;
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    answer.destroy();
    throw new SondeError('unsupported_encoding', `Expected a body in gzip or as it is; got Content-Encoding ${encoding}.`);
  }
  const announced = Number(answer.headers['content-length'] ?? 0);
  if (announced > bodyBytesMax) {
    answer.destroy();
    throw tooLarge(bodyBytesMax);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let rawBytes = 0;
  const countRaw = (part: Uint8Array): void => {
    rawBytes += part.length;
    if (rawBytes > bodyBytesMax) answer.destroy(tooLarge(bodyBytesMax));
  };
  const source = encoding === 'gzip' ? inflated(answer, request.bodyBytesExpected, countRaw) : answer;
  try {
    for await (const part of source as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      bytes += part.length;
      if (bytes > bodyBytesMax) throw tooLarge(bodyBytesMax);
      onBytes?.(part.length);
      parts.push(part);
    }
  } finally {
    if (!answer.complete) answer.destroy();
  }
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  return bytes <= copyBytesAtOnce ? Buffer.concat(parts, bytes) : takeInSlices(joined(parts, bytes));
}

function* joined(parts: readonly Uint8Array[], bytes: number): Steps<Uint8Array> {
  const all = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    if (Math.floor(at / copyBytesAtOnce) !== Math.floor((at + part.length) / copyBytesAtOnce)) yield;
    at += part.length;
  }
  return all;
}

/** A body that comes out as large as expected comes in one part. */
function inflated(answer: IncomingMessage, expectedBytes: number, count: (part: Uint8Array) => void): AsyncIterable<Uint8Array> {
  const chunkSize = Math.min(Math.max(Math.ceil(expectedBytes * 1.1), chunkBytesMin), chunkBytesMax);
  const inflate = createGunzip({ chunkSize });
  answer.on('data', count);
  answer.on('error', (error) => inflate.destroy(error));
  return answer.pipe(inflate);
}

function redirected(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw unavailable(`The server redirected to "${location.slice(0, 200)}", which is not a URL with http or https.`);
}

function tooLarge(limit: number): SondeError {
  return new SondeError('too_large', `The body is over the limit of ${limit} bytes.`);
}

/**
 * Tokens of OAuth 2.0 by client credentials (RFC 6749, section 4.4), as Prometheus fetches them: the client says who it is in the header
 * Authorization, or where the server does not take that, in the body; a token is used until ten seconds before it expires, and is forgotten
 * when the secret changes. Everybody who waits for a token waits for the same request.
 */
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { SondeError } from '../base/errors.ts';
import type { Oauth2Config } from './config-client.ts';
import { reasonOf, unavailable } from './no-answer.ts';
import { secretText, tlsOptions } from './secrets.ts';

const answerBytesMax = 1 << 20;
const answerTimeoutMs = 30_000;
/** A token that expires sooner is not sent any more. */
const spareMs = 10_000;
const quotedMax = 200;

interface Token {
  /** The header Authorization. */
  readonly header: string;
  readonly goodUntilMs: number;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export class TokenSource {
  readonly #config: Oauth2Config;
  #secret: string | undefined;
  #token: Token | undefined;
  #asked: Promise<Token> | undefined;
  /** Whether the server wants the client's name and secret in the body. */
  #isInBody = false;

  constructor(config: Oauth2Config) {
    this.#config = config;
  }

  /** The header Authorization. Rejects with `unavailable` when no token is to be had, and when the signal aborts. */
  async authorization(signal: AbortSignal): Promise<string> {
    const secret = secretText(this.#config.clientSecret);
    if (secret !== this.#secret) {
      this.#secret = secret;
      this.#token = undefined;
      this.#asked = undefined;
    }
    if (this.#token !== undefined && Date.now() < this.#token.goodUntilMs) return this.#token.header;
    this.#asked ??= this.#fetch(secret);
    return (await untilAborted(this.#asked, signal)).header;
  }

  async #fetch(secret: string): Promise<Token> {
    try {
      const token = await this.#ask(secret);
      if (secret === this.#secret) this.#token = token;
      return token;
    } finally {
      if (secret === this.#secret) this.#asked = undefined;
    }
  }

  async #ask(secret: string): Promise<Token> {
    let answer = await this.#post(secret, this.#isInBody);
    if (!isGood(answer)) {
      const other = await this.#post(secret, !this.#isInBody);
      if (isGood(other)) {
        this.#isInBody = !this.#isInBody;
        answer = other;
      }
    }
    if (!isGood(answer)) {
      const { tokenUrl } = this.#config;
      throw unavailable(`${tokenUrl} gave no token of OAuth 2.0: HTTP status ${answer.status}: ${quoted(answer.text)}`);
    }
    return tokenOf(answer, this.#config.tokenUrl);
  }

  async #post(secret: string, isInBody: boolean): Promise<Answer> {
    const { clientId, scopes, endpointParams, tokenUrl, tls } = this.#config;
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    for (const [name, value] of endpointParams) form.set(name, value);
    if (isInBody) {
      form.set('client_id', clientId);
      if (secret !== '') form.set('client_secret', secret);
    }
    const body = form.toString();
    const pair = `${encoded(clientId)}:${encoded(secret)}`;
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
      ...(!isInBody && { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }),
    };
    const url = new URL(tokenUrl);
    const options = { method: 'POST', headers, signal: AbortSignal.timeout(answerTimeoutMs) };
    const agent = url.protocol === 'https:' ? new HttpsAgent(tlsOptions(tls)) : undefined;
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = agent === undefined ? requestHttp(url, options, resolve) : requestHttps(url, { ...options, agent }, resolve);
        sent.on('error', reject).end(body);
      });
      return { status: answer.statusCode ?? 0, contentType: answer.headers['content-type'] ?? '', text: await textOf(answer) };
    } catch (thrown) {
      if (thrown instanceof SondeError) throw thrown;
      throw unavailable(`${tokenUrl} gave no token of OAuth 2.0: ${reasonOf(thrown)}`, thrown);
    } finally {
      agent?.destroy();
    }
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > answerBytesMax) throw unavailable(`The answer with a token of OAuth 2.0 is over ${answerBytesMax} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function isGood({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** JSON, or the form that some servers answer with. */
function tokenOf({ contentType, text }: Answer, tokenUrl: string): Token {
  const isForm = /^(?:application\/x-www-form-urlencoded|text\/plain)\b/i.test(contentType);
  const fields = isForm ? Object.fromEntries(new URLSearchParams(text)) : parsed(text);
  const { access_token: token, token_type: type, expires_in: expiresIn } = fields;
  if (typeof token !== 'string' || token === '')
    throw unavailable(`${tokenUrl} answered without an access_token: ${quoted(text)}`);
  const seconds = Number(expiresIn ?? 0);
  const goodUntilMs = seconds > 0 ? Date.now() + seconds * 1000 - spareMs : Number.POSITIVE_INFINITY;
  return { header: `${typeOf(type)} ${token}`, goodUntilMs };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Servers do not agree on how it is written; those who take tokens mostly do. */
function typeOf(type: unknown): string {
  const given = typeof type === 'string' && type !== '' ? type : 'Bearer';
  return { bearer: 'Bearer', mac: 'MAC', basic: 'Basic' }[given.toLowerCase()] ?? given;
}

/** As a form has it (RFC 6749, section 2.3.1). */
function encoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, quotedMax));
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { anyTls } from './config-client.ts';
import type { Oauth2Config } from './config-client.ts';
import { HttpClient } from './http-client.ts';
import { TokenSource } from './oauth2.ts';

interface Asked {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

let server: Server;
let url: string;
let asked: Asked[];
/** Answers a request for a token. */
let answer: (response: ServerResponse, request: Asked) => void;

beforeEach(async () => {
  asked = [];
  answer = (response) => json(response, { access_token: `t${asked.length}`, token_type: 'bearer', expires_in: 3600 });
  server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== '/token') {
    response.end(request.headers.authorization ?? 'nobody');
    return;
  }
  let text = '';
  for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
  const one = { authorization: request.headers.authorization, form: Object.fromEntries(new URLSearchParams(text)) };
  asked.push(one);
  answer(response, one);
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function source(changes: Partial<Oauth2Config> = {}): TokenSource {
  return new TokenSource(configOf(changes));
}

function configOf(changes: Partial<Oauth2Config> = {}): Oauth2Config {
  return {
    clientId: 'me & you',
    clientSecret: { kind: 'text', text: 'hush: +' },
    scopes: [],
    tokenUrl: `${url}/token`,
    endpointParams: new Map(),
    tls: anyTls,
    ...changes,
  };
}

const patient = new AbortController().signal;

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

test('who waits for a token waits for the same one, and it is used again', async () => {
  const tokens = source({ scopes: ['read', 'write'], endpointParams: new Map([['audience', 'metrics']]) });
  const headers = await Promise.all([1, 2, 3].map(() => tokens.authorization(patient)));
  expect(headers).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
  expect(await tokens.authorization(patient)).toBe('Bearer t1');
  expect(asked).toEqual([
    {
      authorization: basic('me+%26+you', 'hush%3A+%2B'),
      form: { grant_type: 'client_credentials', scope: 'read write', audience: 'metrics' },
    },
  ]);
});

test('a token that expires within ten seconds is not used again, one that does not say so is', async () => {
  answer = (response) => json(response, { access_token: `t${asked.length}`, expires_in: '9' });
  const tokens = source();
  expect([await tokens.authorization(patient), await tokens.authorization(patient)]).toEqual(['Bearer t1', 'Bearer t2']);
  answer = (response) => json(response, { access_token: 'lasts' });
  expect([await tokens.authorization(patient), await tokens.authorization(patient)]).toEqual(['Bearer lasts', 'Bearer lasts']);
});

test('a server that takes names and secrets in the body alone gets them there, and at once the next time', async () => {
  answer = (response, { form }) => {
    if (form['client_secret'] === undefined) json(response, { error: 'invalid_client' }, 401);
    else json(response, { access_token: 'good', token_type: 'mac', expires_in: 5 });
  };
  const tokens = source();
  expect([await tokens.authorization(patient), await tokens.authorization(patient)]).toEqual(['MAC good', 'MAC good']);
  const inBody = { grant_type: 'client_credentials', client_id: 'me & you', client_secret: 'hush: +' };
  expect(asked.map(({ form }) => form)).toEqual([{ grant_type: 'client_credentials' }, inBody, inBody]);
});

test('a secret that changes in its file means another token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-oauth2-'));
  const path = join(folder, 'secret');
  writeFileSync(path, 'first\n');
  const tokens = source({ clientId: 'me', clientSecret: { kind: 'file', path } });
  await tokens.authorization(patient);
  writeFileSync(path, 'second\n');
  expect(await tokens.authorization(patient)).toBe('Bearer t2');
  expect(asked.map(({ authorization }) => authorization)).toEqual([basic('me', 'first'), basic('me', 'second')]);
  rmSync(folder, { recursive: true });
});

test.each([
  [
    'is refused',
    (response: ServerResponse) => json(response, { error: 'invalid_client' }, 401),
    'HTTP status 401: "{\\"error\\"',
  ],
  ['has no token', (response: ServerResponse) => json(response, { token_type: 'bearer' }), 'answered without an access_token'],
  ['is no JSON', (response: ServerResponse) => json(response, 'bearer'), 'answered without an access_token'],
  ['breaks off', (response: ServerResponse) => response.destroy(), 'gave no token of OAuth 2.0: socket hang up'],
])('an answer that %s is an error that says so, and the next time is asked anew', async (_, gives, message) => {
  answer = gives;
  const tokens = source();
  const thrown = await tokens.authorization(patient).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(SondeError);
  expect((thrown as SondeError).code).toBe('unavailable');
  expect((thrown as SondeError).message).toContain(message);
  answer = (response) => json(response, { access_token: 'good' });
  expect(await tokens.authorization(patient)).toBe('Bearer good');
});

test('the answer may be a form', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' });
    response.end('access_token=a%2Bb&token_type=Bearer&expires_in=3600');
  };
  expect(await source().authorization(patient)).toBe('Bearer a+b');
});

test('who has no more time does not wait, and the token is there for others', async () => {
  let letGo = (): void => undefined;
  answer = (response) => {
    letGo = () => json(response, { access_token: 'late' });
  };
  const tokens = source();
  const hurried = new AbortController();
  const waiting = tokens.authorization(patient);
  const first = tokens.authorization(hurried.signal).catch((thrown: unknown) => thrown);
  hurried.abort(new Error('no more time'));
  expect(String(await first)).toContain('no more time');
  await expect.poll(() => asked.length).toBe(1);
  letGo();
  expect(await waiting).toBe('Bearer late');
});

test('targets are asked with the token', async () => {
  const credentials = { kind: 'oauth2' as const, ...configOf() };
  const client = new HttpClient({ credentials, tls: anyTls, followRedirects: true, headers: new Map() });
  const request = { headers: {}, compression: false, timeoutMs: 5000, bodyBytesMax: 1000, bodyBytesExpected: 0, signal: patient };
  const { body } = await client.get({ url: new URL(`${url}/metrics`), ...request });
  expect(Buffer.from(body).toString()).toBe('Bearer t1');
  client.close();
});

/** The keys of prometheus.yml that say how an HTTP client asks: who it is, how it trusts, what it follows (`http_config`). */
import { filePath, flag, list, mapOf, mapping, optional, refused, text, word } from './yaml.ts';
import type { Place } from './yaml.ts';

/** A secret as it is written, or the file that holds it, read again for each request. */
export type Secret = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: Secret; readonly password: Secret }
  /** The header Authorization with this type: `Bearer` and such. */
  | { readonly kind: 'token'; readonly type: string; readonly token: Secret }
  /** A token that is fetched. */
  | ({ readonly kind: 'oauth2' } & Oauth2Config);

/** Whom to ask for tokens of OAuth 2.0, by client credentials. */
export interface Oauth2Config {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: readonly string[];
  readonly tokenUrl: string;
  /** Further fields of the request. */
  readonly endpointParams: ReadonlyMap<string, string>;
  readonly tls: TlsConfig;
}

export const tlsVersions = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
export type TlsVersion = (typeof tlsVersions)[keyof typeof tlsVersions];

export interface TlsConfig {
  /** Whom to trust; the system's list when undefined. */
  readonly ca: Secret | undefined;
  readonly cert: Secret | undefined;
  readonly key: Secret | undefined;
  /** The name that the certificate has to have; the host of the address when empty. */
  readonly serverName: string;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
}

export interface ClientConfig {
  readonly credentials: Credentials;
  readonly tls: TlsConfig;
  readonly followRedirects: boolean;
  /** Further headers, each with its values in order. */
  readonly headers: ReadonlyMap<string, readonly Secret[]>;
}

const noProxy = 'Sonde asks its targets without a proxy.';

const basicAuth = mapping(
  {
    username: optional(text),
    username_file: optional(filePath),
    password: optional(text),
    password_file: optional(filePath),
    username_ref: refused('there is no secret store; use username_file.'),
    password_ref: refused('there is no secret store; use password_file.'),
  },
  (keys, place): Credentials => ({
    kind: 'basic',
    username: secretOf(place, { username: keys.username, username_file: keys.username_file }) ?? noText,
    password: secretOf(place, { password: keys.password, password_file: keys.password_file }) ?? noText,
  }),
);

const authorization = mapping(
  {
    type: optional(text, 'Bearer'),
    credentials: optional(text),
    credentials_file: optional(filePath),
    credentials_ref: refused('there is no secret store; use credentials_file.'),
  },
  ({ type, credentials, credentials_file }, place): Credentials => {
    if (type.trim().toLowerCase() === 'basic') place.fail(`${place.name}.type is not to be Basic: use basic_auth.`);
    const token = secretOf(place, { credentials, credentials_file });
    return { kind: 'token', type: type.trim() || 'Bearer', token: token ?? place.fail(`${place.name} has no credentials.`) };
  },
);

const tlsVersion = word(...(Object.keys(tlsVersions) as (keyof typeof tlsVersions)[]));

const tlsConfig = mapping(
  {
    ca: optional(text),
    ca_file: optional(filePath),
    cert: optional(text),
    cert_file: optional(filePath),
    key: optional(text),
    key_file: optional(filePath),
    server_name: optional(text, ''),
    insecure_skip_verify: optional(flag, false),
    min_version: optional(tlsVersion),
    max_version: optional(tlsVersion),
  },
  (keys, place): TlsConfig => {
    const cert = secretOf(place, { cert: keys.cert, cert_file: keys.cert_file });
    const key = secretOf(place, { key: keys.key, key_file: keys.key_file });
    if ((cert === undefined) !== (key === undefined)) place.fail(`${place.name} expects cert and key, or neither.`);
    return {
      ca: secretOf(place, { ca: keys.ca, ca_file: keys.ca_file }),
      cert,
      key,
      serverName: keys.server_name,
      insecureSkipVerify: keys.insecure_skip_verify,
      minVersion: keys.min_version === undefined ? undefined : tlsVersions[keys.min_version],
      maxVersion: keys.max_version === undefined ? undefined : tlsVersions[keys.max_version],
    };
  },
);

const headerValues = mapping(
  { values: optional(list(text), []), secrets: optional(list(text), []), files: optional(list(filePath), []) },
  ({ values, secrets, files }): readonly Secret[] => [
    ...[...values, ...secrets].map((one): Secret => ({ kind: 'text', text: one })),
    ...files.map((path): Secret => ({ kind: 'file', path })),
  ],
);

/** What a client does that is told nothing of TLS. */
export const anyTls: TlsConfig = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: '',
  insecureSkipVerify: false,
  minVersion: undefined,
  maxVersion: undefined,
};

const proxyFields = {
  proxy_url: refused(noProxy),
  no_proxy: refused(noProxy),
  proxy_from_environment: refused(noProxy),
  proxy_connect_header: refused(noProxy),
};

const noJwt = 'tokens are asked for by client credentials alone.';

const oauth2 = mapping(
  {
    client_id: optional(text, ''),
    client_secret: optional(text),
    client_secret_file: optional(filePath),
    client_secret_ref: refused('there is no secret store; use client_secret_file.'),
    scopes: optional(list(text), []),
    token_url: optional(text, ''),
    endpoint_params: optional(mapOf(text), new Map()),
    tls_config: optional(tlsConfig, anyTls),
    grant_type: optional(word('client_credentials')),
    client_certificate_key_id: refused(noJwt),
    client_certificate_key: refused(noJwt),
    client_certificate_key_file: refused(noJwt),
    client_certificate_key_ref: refused(noJwt),
    signature_algorithm: refused(noJwt),
    iss: refused(noJwt),
    audience: refused(noJwt),
    claims: refused(noJwt),
    ...proxyFields,
  },
  (keys, place): Credentials => {
    if (keys.client_id === '') place.fail(`${place.name} has no client_id.`);
    if (!isWebUrl(keys.token_url))
      place.fail(`${place.name}.token_url expects a URL with http or https; got "${keys.token_url}".`);
    return {
      kind: 'oauth2',
      clientId: keys.client_id,
      clientSecret: secretOf(place, { client_secret: keys.client_secret, client_secret_file: keys.client_secret_file }) ?? noText,
      scopes: keys.scopes,
      tokenUrl: keys.token_url,
      endpointParams: keys.endpoint_params,
      tls: keys.tls_config,
    };
  },
);

/** The fields of a client, to be spread into the mapping that has them. */
export const clientFields = {
  basic_auth: optional(basicAuth),
  authorization: optional(authorization),
  bearer_token: optional(text),
  bearer_token_file: optional(filePath),
  tls_config: optional(tlsConfig, anyTls),
  follow_redirects: optional(flag, true),
  /** Allows HTTP/2 and never demands it, so that either value is kept by a client of HTTP/1.1. */
  enable_http2: optional(flag, true),
  http_headers: optional(mapOf(headerValues), new Map()),
  oauth2: optional(oauth2),
  ...proxyFields,
};

type ClientKeys = {
  readonly basic_auth: Credentials | undefined;
  readonly authorization: Credentials | undefined;
  readonly oauth2: Credentials | undefined;
  readonly bearer_token: string | undefined;
  readonly bearer_token_file: string | undefined;
  readonly tls_config: TlsConfig;
  readonly follow_redirects: boolean;
  readonly http_headers: ReadonlyMap<string, readonly Secret[]>;
};

/** Makes the client's part of a mapping; fails when it says in two ways who asks. */
export function clientConfig(keys: ClientKeys, place: Place): ClientConfig {
  const { bearer_token, bearer_token_file } = keys;
  const bearer = secretOf(place, { bearer_token, bearer_token_file });
  const given: Credentials[] = [];
  if (keys.basic_auth !== undefined) given.push(keys.basic_auth);
  if (keys.authorization !== undefined) given.push(keys.authorization);
  if (keys.oauth2 !== undefined) given.push(keys.oauth2);
  if (bearer !== undefined) given.push({ kind: 'token', type: 'Bearer', token: bearer });
  if (given.length > 1) place.fail(`${place.name} expects at most one of basic_auth, authorization, oauth2 and bearer_token.`);
  return {
    credentials: given[0] ?? { kind: 'none' },
    tls: keys.tls_config,
    followRedirects: keys.follow_redirects,
    headers: keys.http_headers,
  };
}

/** Whether a text is a URL that a client can ask. */
export function isWebUrl(given: string): boolean {
  return URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
}

const noText: Secret = { kind: 'text', text: '' };

/** The one of two keys that is given; the second names a file. */
function secretOf(place: Place, keys: Readonly<Record<string, string | undefined>>): Secret | undefined {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined && value !== '');
  if (given.length > 1) place.fail(`${place.name} expects at most one of ${given.map(([key]) => key).join(' and ')}.`);
  const [first] = given;
  if (first === undefined) return undefined;
  const [key, value = ''] = first;
  return key.endsWith('_file') ? { kind: 'file', path: value } : { kind: 'text', text: value };
}

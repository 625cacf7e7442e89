/** Secrets of a client as they are now, and what TLS is made of with them. */
import { readFileSync } from 'node:fs';
import type { AgentOptions } from 'node:https';
import { SondeError } from '../base/errors.ts';
import type { Secret, TlsConfig } from './config-client.ts';

/** The text of a secret; of a file what it holds now. Throws `config` when it can not be read. */
export function secretText(secret: Secret): string {
  if (secret.kind === 'text') return secret.text;
  try {
    return readFileSync(secret.path, 'utf8').trim();
  } catch (thrown) {
    throw new SondeError('config', `Can not read the secret in ${secret.path}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

/** Options of an agent, with certificates as they are in their files now. */
export function tlsOptions(tls: TlsConfig): AgentOptions {
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((secret) => (secret === undefined ? undefined : secretText(secret)));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === '' ? {} : { servername: tls.serverName }),
    ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
    rejectUnauthorized: !tls.insecureSkipVerify,
  };
}

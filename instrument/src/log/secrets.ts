/** Which values are nobody's business: keys whose values do not leave the process with a log record. */

/** What stands for such a value. */
export const redacted = '[REDACTED]';

/** As `normalized` has them: `accessToken`, `access_token` and `Access-Token` are one. */
const usual: readonly string[] = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'clientsecret',
  'secretkey',
  'secretaccesskey',
  'accesskey',
  'privatekey',
  'apikey',
  'xapikey',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'authtoken',
  'xauthtoken',
  'sessiontoken',
  'csrftoken',
  'xcsrftoken',
  'xxsrftoken',
  'bearer',
  'jwt',
  'authorization',
  'proxyauthorization',
  'cookie',
  'cookies',
  'setcookie',
  'credentials',
  'connectionstring',
  'creditcard',
  'creditcardnumber',
  'cardnumber',
  'cvv',
  'cvc',
  'ssn',
];

/** Keys whose verdict is remembered: whoever makes keys from data must not fill the memory. */
const verdictsMax = 4096;

export class Secrets {
  /** Whether the place of a key counts, and `has` has to be told it. */
  readonly usesPaths: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #paths: readonly string[];
  readonly #verdicts = new Map<string, boolean>();

  /** Names of keys, or paths of them by dots. */
  constructor(names: readonly string[]) {
    const all = names.map(normalized).filter((name) => name !== '');
    this.#names = new Set(all);
    this.#paths = all.filter((name) => name.includes('.')).map((name) => `.${name}`);
    this.usesPaths = this.#paths.length > 0;
  }

  /** `within`: the keys above it by dots, empty at the top. Items of lists have the path of the list. */
  has(key: string, within = ''): boolean {
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.#isNamed(normalized(key));
      if (this.#verdicts.size < verdictsMax) this.#verdicts.set(key, verdict);
    }
    if (verdict || !this.usesPaths) return verdict;
    const path = normalized(`.${within}.${key}`);
    return this.#paths.some((secret) => path.endsWith(secret));
  }

  /** A flat key names its parts by dots: `http.request.header.authorization`. */
  #isNamed(key: string): boolean {
    return this.#names.has(key) || this.#names.has(key.slice(key.lastIndexOf('.') + 1));
  }
}

function normalized(key: string): string {
  return key.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** By SONDE_REDACT: the usual keys and those of the list; without the usual ones when the list holds `none`. Undefined for no keys. */
export function readSecrets(list: readonly string[]): Secrets | undefined {
  const own = list.filter((name) => name.toLowerCase() !== 'none');
  const names = own.length === list.length ? [...usual, ...own] : own;
  return names.length === 0 ? undefined : new Secrets(names);
}

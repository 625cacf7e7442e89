/** Values of query parameters that carry signatures and keys are not for everybody who reads traces (conventions, `url.query`). */
export const secretParameters = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'api_key',
  'apikey',
  'password',
  'secret',
  'client_secret',
] as const;

const inQuery = new RegExp(`((?:^|[?&])(?:${secretParameters.join('|')})=)[^&#]*`, 'gi');

/** A query, or a URL, without such values. */
export function redacted(text: string): string {
  return text.replaceAll(inQuery, '$1REDACTED');
}

/** Who a request belongs to: the header X-Scope-OrgID, as Loki, Mimir and Tempo have it. */
import { SondeError } from '../base/errors.ts';

export const tenantHeader = 'x-scope-orgid';
const defaultTenant = 'default';

const tenantBytesMax = 150;
const allowed = /^[A-Za-z0-9!_.*'()-]+$/;

/** The tenant of a header value, `default` when there is none; throws `bad_tenant` for an id that no tenant can have. */
export function tenantOf(header: string | undefined): string {
  if (header === undefined || header === '') return defaultTenant;
  if (header.length > tenantBytesMax || !allowed.test(header) || header === '.' || header === '..') {
    throw new SondeError(
      'bad_tenant',
      `X-Scope-OrgID is 1 to ${tenantBytesMax} characters of A-Z a-z 0-9 ! - _ . * ' ( ) and neither "." nor ".."; got "${header.slice(0, 200)}".`,
    );
  }
  return header;
}

// @ts-check
/** Who calls, and who may what. The tokens of a demo are no secrets. */
import { RefusedError } from '@sonde/instrument/grpc';
import { identify } from '@sonde/instrument/request';

/** Callers by token. */
const callers = new Map([
  ['root-token', 'root'],
  ['reader-token', 'reader'],
]);

/** Callers by method. */
const access = new Map([
  ['log.v1.CommitLog/Produce', ['root']],
  ['log.v1.CommitLog/ProduceStream', ['root']],
  ['log.v1.CommitLog/Consume', ['root', 'reader']],
  ['log.v1.CommitLog/ConsumeStream', ['root', 'reader']],
]);

/**
 * The check of `authenticate`.
 * @param {Pick<import('@sonde/instrument/grpc').AuthenticateCall, 'metadata' | 'method'>} call
 */
export function checkCaller({ metadata, method }) {
  const [header] = metadata.get('authorization');
  const token = /^Bearer (\S+)$/.exec(String(header))?.[1];
  if (token === undefined)
    throw new RefusedError('UNAUTHENTICATED', 'who calls? expected metadata "authorization: Bearer TOKEN"');
  const id = callers.get(token);
  if (id === undefined) throw new RefusedError('UNAUTHENTICATED', 'nobody has this token');
  // Known from here on, also when the call is refused.
  identify({ id });
  if (access.get(method)?.includes(id) !== true) throw new RefusedError('PERMISSION_DENIED', `${id} may not ${method}`);
  return { id };
}

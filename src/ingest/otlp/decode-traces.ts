import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import { SondeError } from '../../base/errors.ts';
import type { DecodeContext } from './context.ts';

/** Appends the rows of an ExportTraceServiceRequest. Throws `malformed_body` with the byte position. */
export function decodeTraces(body: Uint8Array, open: OpenCommit, context: DecodeContext): Outcome {
  throw new SondeError('internal', `${body.length} ${open.numberLow} ${context.tenant}`);
}

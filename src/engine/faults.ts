/** What went wrong in ClickHouse, as errors of our catalogue. The numbers are ClickHouse's error codes. */
import { SondeError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';

/** Passing troubles of storing: memory limits, too many parts, timeouts, disk, keeper, network. */
const passing = new Set([
  74, 75, 76, 159, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 286, 289, 290, 319, 341, 394, 415, 425, 439, 473,
  499, 700, 999,
]);

const ofReads: Readonly<Record<number, ErrorCode>> = {
  159: 'query_timeout',
  160: 'query_timeout',
  209: 'query_timeout',
  158: 'query_too_large',
  241: 'query_too_large',
  307: 'query_too_large',
  396: 'query_too_large',
  394: 'query_cancelled',
  202: 'overloaded',
  210: 'unavailable',
  279: 'unavailable',
  425: 'unavailable',
};

/** ClickHouse's code in an error, as chDB (in its message) or the HTTP client (in `code`) has it; 0 when there is none. */
function engineCode(thrown: unknown): number {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && /^\d+$/.test(String(thrown.code)))
    return Number(thrown.code);
  const match = /Code: (\d+)/.exec(messageOf(thrown));
  return match === null ? 0 : Number(match[1]);
}

/** No answer came: a network that failed, or a server that is not there. */
function isNetworkFault(thrown: unknown): boolean {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  return /^(E[A-Z]+|UND_ERR.*|ABORT_ERR)$/.test(code) || /^(Timeout error|socket hang up|aborted)/.test(messageOf(thrown));
}

/** The error of a read. */
export function readFault(thrown: unknown): SondeError {
  if (thrown instanceof SondeError) return thrown;
  const code = isNetworkFault(thrown) ? 'unavailable' : ofReads[engineCode(thrown)];
  return code === undefined ? bug(thrown) : new SondeError(code, readMessage(code, thrown), { cause: thrown });
}

const diskIsFull = 'The disk of the data directory is full.';

/** Whether a write failed as there was no room. */
export function isDiskFull({ message }: SondeError): boolean {
  return message === diskIsFull;
}

/** The error of an insert or a command: `unavailable` when the same statement may succeed later. */
export function writeFault(thrown: unknown): SondeError {
  if (thrown instanceof SondeError) return thrown;
  const message = messageOf(thrown);
  const full = engineCode(thrown) === 243 || /errno: 28\b|no space left on device/i.test(message);
  if (full) return new SondeError('unavailable', diskIsFull, { cause: thrown, retryAfterMs: 5000 });
  if (passing.has(engineCode(thrown)) || isNetworkFault(thrown)) {
    return new SondeError('unavailable', `The engine can not store right now: ${firstSentence(message)}`, {
      cause: thrown,
      retryAfterMs: 1000,
    });
  }
  return bug(thrown);
}

function readMessage(code: ErrorCode, thrown: unknown): string {
  if (code === 'query_cancelled') return 'The query was cancelled.';
  return firstSentence(messageOf(thrown));
}

function bug(thrown: unknown): SondeError {
  return new SondeError('internal', `The engine refused a statement of ours: ${firstSentence(messageOf(thrown))}`, {
    cause: thrown,
  });
}

/** What ClickHouse says, without its code, its name and its version. */
function firstSentence(message: string): string {
  const text = message.replaceAll(/Code: \d+\. /g, '').replaceAll('DB::Exception: ', '');
  return text.replace(/\s*\([A-Z_]+\)(\s*\(version [^)]*\))?.*$/s, '').slice(0, 500);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

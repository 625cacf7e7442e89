/** Errors about a body in text: what was expected, what came, the line and the byte. */
import { SondeError } from '../../base/errors.ts';
import { decodeUtf8 } from '../../base/utf8.ts';

const newline = 0x0a;
const excerptBytes = 32;

export function malformedText(bytes: Uint8Array, expected: string, position: number): SondeError {
  const message = `Expected ${expected}, found ${excerpt(bytes, position)}, ${placeIn(bytes, position)}.`;
  return new SondeError('malformed_body', message, { position });
}

/** Something that breaks a rule, with a sentence of its own. */
export function brokenRule(bytes: Uint8Array, sentence: string, position: number): SondeError {
  return new SondeError('malformed_body', `${sentence}, ${placeIn(bytes, position)}.`, { position });
}

/** More of something than the reader takes; `limit` says how many, of what. */
export function overLimit(bytes: Uint8Array, limit: string, position: number): SondeError {
  return new SondeError('too_large', `Over the limit of ${limit}, ${placeIn(bytes, position)}.`, { position });
}

/** The same about a body that has no lines. */
export function overLimitAt(limit: string, position: number): SondeError {
  return new SondeError('too_large', `Over the limit of ${limit}, at byte ${position}.`, { position });
}

function placeIn(bytes: Uint8Array, position: number): string {
  let line = 1;
  for (let at = bytes.indexOf(newline); at !== -1 && at < position; at = bytes.indexOf(newline, at + 1)) line++;
  return `on line ${line}, at byte ${position}`;
}

function excerpt(bytes: Uint8Array, position: number): string {
  if (position >= bytes.length) return 'the end of the body';
  if (bytes[position] === newline) return 'the end of the line';
  const lineEnd = bytes.indexOf(newline, position);
  const end = Math.min(position + excerptBytes, lineEnd === -1 ? bytes.length : lineEnd);
  return JSON.stringify(decodeUtf8(new DataView(bytes.buffer, bytes.byteOffset), position, end));
}

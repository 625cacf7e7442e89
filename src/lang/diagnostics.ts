/** Where in a query something is, as people read it: `line:column`, both from 1. Columns count characters, not bytes. */
import { SondeError } from '../base/errors.ts';

/** `2:7` for an offset in UTF-16 units; an offset outside of the text counts as its nearest end. */
export function linePosition(text: string, offset: number): string {
  const before = text.slice(0, Math.max(0, offset));
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  // The second halves of characters that take two units do not count.
  const column = before.slice(lineStart).replaceAll(/[\uDC00-\uDFFF]/g, '').length + 1;
  return `${line}:${column}`;
}

/** What is wrong with a query, as Prometheus words it: `1:5: parse error: …`. */
export function parseError(text: string, offset: number, problem: string): SondeError {
  return new SondeError('bad_request', `${linePosition(text, offset)}: parse error: ${problem}`, { position: offset });
}

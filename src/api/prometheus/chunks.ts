/**
 * Answers that may be large: their JSON is made in parts, sent in pieces of about 64 KiB as the client takes them, and never held
 * as a whole. A small one is sent at once, with its length.
 */
import type { HttpResponse } from '../../base/http.ts';
import { jsonHeaders, successHead, successTail } from './envelope.ts';
import type { Notes } from './envelope.ts';

const chunkLength = 64 << 10;
/** Other requests get their turn after so long. */
const turnMs = 8;

/** The data as parts of JSON, with warnings and infos after it. An error among the parts can only cut the answer off. */
export function renderChunks(data: Iterable<string>, notes: Notes = {}): HttpResponse {
  return renderParts(withEnvelope(data, notes), jsonHeaders);
}

/** A body of any type, made in parts. */
export function renderParts(parts: Iterable<string>, headers: Readonly<Record<string, string>>): HttpResponse {
  const pieces = gather(parts);
  const first = pieces.next();
  if (first.done === true) return { status: 200, headers, body: '' };
  const second = pieces.next();
  if (second.done === true) return { status: 200, headers, body: first.value };
  return { status: 200, headers, body: stream([first.value, second.value], pieces) };
}

function* withEnvelope(data: Iterable<string>, notes: Notes): Generator<string> {
  yield successHead;
  yield* data;
  yield successTail(notes);
}

/** Parts joined to pieces of at least `chunkLength`, but for the last. */
function* gather(parts: Iterable<string>): Generator<string, undefined> {
  let piece = '';
  for (const part of parts) {
    piece += part;
    if (piece.length < chunkLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

async function* stream(begun: readonly string[], rest: Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const piece of begun) yield encoder.encode(piece);
  let sinceMs = performance.now();
  for (const piece of rest) {
    yield encoder.encode(piece);
    if (performance.now() - sinceMs < turnMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    sinceMs = performance.now();
  }
}

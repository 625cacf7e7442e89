/**
 * The frame that all three signals share: a request is a list of Resource…s, each a list of Scope…s, each a list of items (spans, log
 * records, metrics), under the same field numbers. Fields may come in any order, so a group is first walked for what its items
 * refer to, then for its items.
 */
import { Places } from '../../codec/protobuf.ts';
import type { Origin } from './decode-origin.ts';
import type { Decoding } from './decoding.ts';

const requestFields = 0b10;
const groupFields = 0b1110;

/**
 * Calls `item` for each span, log record or metric, the message `[reader.at, end)`, when `origin` holds its resource and scope.
 * `item` may leave the reader anywhere, and so may `endResource`, which is called after the items of a resource.
 */
export function eachItem(decoding: Decoding, origin: Origin, item: (end: number) => void, endResource?: () => void): void {
  const { reader } = decoding;
  const end = reader.view.byteLength;
  const scopes = new Places();
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag !== 0x0a) {
      reader.skipField(tag, end, requestFields);
      continue;
    }
    const stop = reader.length(end);
    scopes.clear();
    decoding.noteItem();
    readResourceGroup(decoding, origin, scopes, stop);
    for (let i = 0; i < scopes.length; i++) eachOfScope(decoding, origin, scopes.start(i), scopes.end(i), item);
    endResource?.();
    reader.at = stop;
  }
}

/** Walks a Resource…s message `[reader.at, end)` but for its scopes, of which the places are noted. */
function readResourceGroup(decoding: Decoding, origin: Origin, scopes: Places, end: number): void {
  const { reader } = decoding;
  const { resource } = origin;
  origin.startResource();
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) reader.addPlace(resource.parts, end);
    else if (tag === 0x12) reader.addPlace(scopes, end);
    else if (tag === 0x1a) resource.schemaUrl = decoding.text(end);
    else reader.skipField(tag, end, groupFields);
  }
  origin.endResource();
}

function eachOfScope(decoding: Decoding, origin: Origin, start: number, end: number, item: (end: number) => void): void {
  const { reader } = decoding;
  decoding.noteItem();
  reader.at = start;
  readScopeGroup(decoding, origin, end);
  reader.at = start;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag !== 0x12) {
      reader.skipField(tag, end, 0);
      continue;
    }
    const stop = reader.length(end);
    decoding.noteItem();
    item(stop);
    reader.at = stop;
  }
}

/** Walks a Scope…s message `[reader.at, end)` but for its items. */
function readScopeGroup(decoding: Decoding, origin: Origin, end: number): void {
  const { reader } = decoding;
  const { scope } = origin;
  origin.startScope();
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x12) reader.at = reader.length(end);
    else if (tag === 0x0a) reader.addPlace(scope.parts, end);
    else if (tag === 0x1a) scope.schemaUrl = decoding.text(end);
    else reader.skipField(tag, end, groupFields);
  }
  origin.endScope();
}

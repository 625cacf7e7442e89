/**
 * Cursors: where the next page of a list begins, as opaque text for URLs. A cursor holds the kind of list it belongs to, the time
 * range of the first page (so that `now-1h` does not move on between pages) and the place of the last item in the list's own
 * order. A page begins after that place, so rows that arrive meanwhile never shift what follows.
 */
import type { TimeRange } from '../../engine/engine.ts';
import { refuse } from './parameters.ts';

export interface Cursor {
  readonly range: TimeRange;
  readonly place: readonly string[];
}

/** What each part of a place is: signed or unsigned 64-bit integers, the hex of a trace id, any text. */
export type PlaceShape = readonly ('int' | 'uint' | 'traceId' | 'text')[];

const cursorLengthMax = 4096;
const integerForm = /^-?\d{1,20}$/;
const traceIdForm = /^[0-9a-f]{32}$/;

/** Texts in a place may hold any character. */
export function encodeCursor(kind: string, { range, place }: Cursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify([kind, String(range.fromNs), String(range.toNs), ...place]));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Throws `bad_request` for what `encodeCursor` did not make for this kind of list. */
export function decodeCursor(kind: string, shape: PlaceShape, text: string): Cursor {
  const parts = text.length > cursorLengthMax ? undefined : parseParts(text);
  const [cursorKind, from = '', to = '', ...place] = parts ?? [];
  const range = isInteger(from, 'int') && isInteger(to, 'int') ? { fromNs: BigInt(from), toNs: BigInt(to) } : undefined;
  const fits = cursorKind === kind && place.length === shape.length && place.every((part, i) => isOf(shape[i], part));
  if (!fits || range === undefined || range.fromNs < 0n || range.fromNs >= range.toNs) return refuseCursor(text);
  return { range, place };
}

/** For a place that can not be one of its list. */
export function refuseCursor(text: string): never {
  return refuse('cursor', '`next` of the page before, unchanged, with the same filters', text);
}

function isOf(shape: PlaceShape[number] | undefined, part: string): boolean {
  if (shape === 'text') return true;
  if (shape === 'traceId') return traceIdForm.test(part);
  return isInteger(part, shape ?? 'int');
}

function isInteger(text: string, kind: 'int' | 'uint'): boolean {
  if (!integerForm.test(text)) return false;
  const value = BigInt(text);
  return value === (kind === 'int' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
}

function parseParts(text: string): string[] | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : undefined;
  } catch {
    return undefined;
  }
}

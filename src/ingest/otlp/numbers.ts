/** The number of a point or an exemplar as the columns hold it: a double, and for integers what the double misses. */
import type { NumberColumn } from '../../model/columns.ts';

const two32 = 0x1_0000_0000;
const two63 = 0x8000_0000_0000_0000;
/** The last double below 2^63: 2^63 itself would not fit the integer that the engine makes of it. */
const lastBelowTwo63 = two63 - 1024;

/** What `is_int` holds. */
export const numberKinds = { double: 0, int: 1, none: 2 } as const;
export type NumberKind = (typeof numberKinds)[keyof typeof numberKinds];

interface NumberColumns {
  readonly value: NumberColumn<Float64Array>;
  readonly is_int: NumberColumn<Uint8Array>;
  readonly int_rest: NumberColumn<Int32Array>;
}

/** Appends the 8 bytes at a position as a double or a signed integer. */
export function writeNumber(columns: NumberColumns, view: DataView, kind: NumberKind, position: number): void {
  columns.is_int.append(kind);
  if (kind === numberKinds.int) return writeInteger(columns, view.getInt32(position, true), view.getInt32(position + 4, true));
  columns.value.append(kind === numberKinds.double ? view.getFloat64(position, true) : 0);
  columns.int_rest.append(0);
}

function writeInteger(columns: NumberColumns, low: number, high: number): void {
  const nearest = high * two32 + (low >>> 0);
  const value = nearest === two63 ? lastBelowTwo63 : nearest;
  columns.value.append(value);
  columns.int_rest.append(Number.isSafeInteger(value) ? 0 : restOf(low, high, value));
}

function restOf(low: number, high: number, value: number): number {
  return Number(((BigInt(high) << 32n) | BigInt(low >>> 0)) - BigInt(value));
}

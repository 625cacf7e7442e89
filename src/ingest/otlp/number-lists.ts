/**
 * Lists of numbers in points → the bracketed text in which arrays travel (model/batch.ts). On the wire a list is any number of runs:
 * each packed field is one, and so is each value that came unpacked.
 */
import { malformed } from '../../codec/protobuf.ts';
import type { Places, WireReader } from '../../codec/protobuf.ts';
import type { StringColumn } from '../../model/columns.ts';
import { writeListNumber, writeUint64 } from '../../model/write-text.ts';

const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

/** Notes a packed run of 64-bit values. */
export function addPackedRun(reader: WireReader, runs: Places, end: number): void {
  const stop = reader.length(end);
  const size = stop - reader.at;
  if (size % 8 !== 0) throw malformed('a multiple of 8 bytes for packed 64-bit values', `${size}`, reader.at);
  runs.add(reader.at, stop);
  reader.at = stop;
}

/** Notes one 64-bit value that came unpacked. */
export function addValue(reader: WireReader, runs: Places, end: number): void {
  const start = reader.fixed64(end);
  runs.add(start, reader.at);
}

/** How many 64-bit values the runs hold. */
export function countOf(runs: Places): number {
  let bytes = 0;
  for (let run = 0; run < runs.length; run++) bytes += runs.end(run) - runs.start(run);
  return bytes / 8;
}

/** Whether each double is larger than the one before it. */
export function isRising(view: DataView, runs: Places): boolean {
  let last = Number.NEGATIVE_INFINITY;
  let isFirst = true;
  for (let run = 0; run < runs.length; run++) {
    for (let at = runs.start(run); at < runs.end(run); at += 8) {
      const bound = view.getFloat64(at, true);
      if (!(bound > last || (isFirst && bound === last))) return false;
      last = bound;
      isFirst = false;
    }
  }
  return true;
}

/** Appends a row of doubles. */
export function appendDoubles(column: StringColumn, view: DataView, runs: Places): void {
  column.writeByte(openBracket);
  let count = 0;
  for (let run = 0; run < runs.length; run++) {
    for (let at = runs.start(run); at < runs.end(run); at += 8) writeItem(column, view.getFloat64(at, true), count++);
  }
  endList(column);
}

/** Appends a row of unsigned 64-bit integers. */
export function appendLongs(column: StringColumn, view: DataView, runs: Places): void {
  column.writeByte(openBracket);
  let count = 0;
  for (let run = 0; run < runs.length; run++) {
    for (let at = runs.start(run); at < runs.end(run); at += 8) {
      if (count++ > 0) column.writeByte(comma);
      writeUint64(column, view.getInt32(at, true), view.getInt32(at + 4, true));
    }
  }
  endList(column);
}

/** Appends a row of unsigned varints. Moves the reader. */
export function appendVarints(column: StringColumn, reader: WireReader, runs: Places): void {
  column.writeByte(openBracket);
  let count = 0;
  for (let run = 0; run < runs.length; run++) {
    const end = runs.end(run);
    reader.at = runs.start(run);
    while (reader.at < end) {
      reader.varint(end);
      if (count++ > 0) column.writeByte(comma);
      writeUint64(column, reader.low, reader.high);
    }
  }
  endList(column);
}

/** Appends a row of doubles that `valueOf` gives. */
export function appendEach(column: StringColumn, count: number, valueOf: (index: number) => number): void {
  column.writeByte(openBracket);
  for (let i = 0; i < count; i++) writeItem(column, valueOf(i), i);
  endList(column);
}

/** Appends an empty row. */
export function appendNone(column: StringColumn): void {
  column.writeByte(openBracket);
  endList(column);
}

function endList(column: StringColumn): void {
  column.writeByte(closeBracket);
  column.endRow();
}

function writeItem(column: StringColumn, value: number, index: number): void {
  if (index > 0) column.writeByte(comma);
  writeListNumber(column, value);
}

/** Wire columns as the columns of an Arrow array (C data interface), which chDB reads in place. */
import type { WireBatch, WireColumn } from './encoding.ts';

/** A column for chDB: an Arrow format string and its buffers; the first is the validity bitmap, which we never have. */
export interface ArrowColumn {
  readonly name: string;
  readonly format: string;
  readonly length: number;
  readonly nullCount: 0;
  readonly buffers: readonly (Buffer | null)[];
}

const formats = {
  UInt8: 'C',
  UInt16: 'S',
  UInt32: 'I',
  Int32: 'i',
  Float64: 'g',
  Int64: 'l',
  UInt64: 'L',
} as const;

export function arrowColumns({ rows, columns }: WireBatch): ArrowColumn[] {
  return columns.map((column) => ({
    name: column.name,
    format: formatOf(column),
    length: rows,
    nullCount: 0,
    buffers: column.type === 'String' ? [null, view(column.offsets), view(column.bytes)] : [null, view(column.bytes)],
  }));
}

function formatOf(column: WireColumn): string {
  if (column.type === 'String') return 'z';
  return column.type === 'FixedString' ? `w:${column.width}` : formats[column.type];
}

function view(values: Uint8Array | Int32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

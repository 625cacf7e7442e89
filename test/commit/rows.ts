/** Rows for tests of the commit, without a protocol: every column has a default, and a row names only what matters. */
import type { OpenCommit, Submission } from '../../src/engine/commit.ts';
import { AttributesColumn, FixedColumn, LongColumn, StringColumn } from '../../src/model/columns.ts';
import { series } from '../../src/model/metrics.ts';
import { resources } from '../../src/model/resources.ts';
import { isListKind } from '../../src/model/table.ts';
import type { TableSpec } from '../../src/model/table.ts';

/** Text, numbers, bigints for 64 bits, hex for ids. */
export type RowValues = Readonly<Record<string, string | number | bigint>>;

/** Appends one row; `batch` is the commit's number unless it is given. */
export function appendRow(open: OpenCommit, table: TableSpec, values: RowValues): void {
  const { columns } = open.batch(table);
  for (const [name, { kind }] of Object.entries(table.columns)) {
    const column = columns[name];
    const value = values[name];
    if (column === undefined) throw new Error(`no column ${name}`);
    if (name === 'batch' && column instanceof LongColumn) column.append(open.numberLow, open.numberHigh);
    else if (column instanceof StringColumn) column.appendText(String(value ?? (isListKind(kind) ? '[]' : '')));
    else if (column instanceof LongColumn) column.appendBig(BigInt(value ?? 0));
    else if (column instanceof FixedColumn) column.append(hexView(String(value ?? '')), value === undefined ? -1 : 0);
    else if (column instanceof AttributesColumn) column.endRow();
    else column.append(Number(value ?? 0));
  }
}

function hexView(hex: string): DataView {
  const { buffer, byteOffset, byteLength } = Buffer.from(hex, 'hex');
  return new DataView(buffer, byteOffset, byteLength);
}

/** Appends a row of a dictionary when it is new. */
export function describeOnce(open: OpenCommit, table: typeof resources | typeof series, id: number, row: RowValues): boolean {
  const day = Number(row['day']);
  const isNew = open.isNew(table, id, 0, day);
  if (isNew) appendRow(open, table, { ...row, id });
  return isNew;
}

let requests = 0;

/** A request with a fingerprint of its own. */
export function submission(decode: Submission['decode'], fingerprint: number = ++requests): Submission {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(fingerprint, 3);
  return { tenant: 'default', signal: 'traces', protocol: 'test', fingerprint: bytes, decode };
}

/** Reading columns and lists at places that the code itself knows to exist. */
type Column = Int32Array | Float64Array | Uint8Array;

/** The number at a row. */
export function at(column: Column, row: number): number {
  return column[row] ?? Number.NaN;
}

/** The item at an index; a hole is a bug of ours. */
export function item<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`impossible: nothing at ${index} of ${list.length}`);
  return value;
}

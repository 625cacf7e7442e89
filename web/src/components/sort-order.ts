export type SortValue = number | string | null;

/** Numbers by size, names by letters; what is missing counts as the least. */
export function compare(a: SortValue, b: SortValue): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b));
}

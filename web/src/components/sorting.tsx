import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { compare } from './sort-order.ts';
import type { SortValue } from './sort-order.ts';

export interface Sorting<Row> {
  readonly rows: readonly Row[];
  readonly column: string | undefined;
  readonly descending: boolean;
  readonly by: (column: string) => void;
}

/** Rows in the order of a column, or as they came. A first click puts the largest number or the first name on top. */
export function useSorting<Row>(rows: readonly Row[], columns: Readonly<Record<string, (row: Row) => SortValue>>): Sorting<Row> {
  const [{ column, descending }, set] = useState<{ column: string | undefined; descending: boolean }>({
    column: undefined,
    descending: true,
  });
  const value = column === undefined ? undefined : columns[column];
  const sorted = value === undefined ? rows : rows.toSorted((a, b) => compare(value(a), value(b)) * (descending ? -1 : 1));
  const by = (next: string): void => {
    const startsDescending = rows.some((row) => typeof columns[next]?.(row) === 'number');
    set({ column: next, descending: column === next ? !descending : startsDescending });
  };
  return { rows: sorted, column, descending, by };
}

interface SortHeaderProps<Row> {
  readonly sorting: Sorting<Row>;
  readonly column: string;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** A column's head that sorts by it. */
export function SortHeader<Row>({ sorting, column, children, class: name }: SortHeaderProps<Row>) {
  const active = sorting.column === column;
  const order = sorting.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={name} aria-sort={active ? order : undefined}>
      <button type="button" class="sort" onClick={() => sorting.by(column)}>
        {children}
        <span class={active ? `sort-mark ${order}` : 'sort-mark'}>
          <Icon name="sort" />
        </span>
      </button>
    </th>
  );
}

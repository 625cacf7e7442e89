import type { RefObject } from 'preact';
import { useKeys } from '../state/keys.ts';

/**
 * `j` and `k` move the focus along the links marked `data-row` in a list; Enter then opens the focused one as any link. For
 * lists whose rows are all in the document.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>): void {
  const move = (by: 1 | -1): void => {
    const rows = Array.from(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? []);
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  useKeys([
    { keys: 'j', doc: 'Next in the list', run: () => move(1) },
    { keys: 'k', doc: 'Previous in the list', run: () => move(-1) },
    // Enter itself is the link's own; this line is what the help shows.
    {
      keys: 'Enter',
      doc: 'Open',
      run: () => (document.activeElement instanceof HTMLElement ? document.activeElement.click() : undefined),
    },
  ]);
}

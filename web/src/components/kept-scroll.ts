import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { address, cameBack } from '../state/location.ts';

/** Where lists were scrolled to, by the address they were left at. */
const positions = new Map<string, number>();

/** Scrolls a list to where it was when the back button leads to it again. */
export function useKeptScroll(list: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const box = list.current;
    if (box === null) return undefined;
    const { path, query } = address.peek();
    const key = `${path}?${query.toString()}`;
    if (cameBack()) box.scrollTop = positions.get(key) ?? 0;
    const keep = (): void => {
      positions.set(key, box.scrollTop);
    };
    box.addEventListener('scroll', keep, { passive: true });
    return () => box.removeEventListener('scroll', keep);
  }, []);
}

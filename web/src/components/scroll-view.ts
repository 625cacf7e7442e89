import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

export interface ScrollView {
  readonly scrollPx: number;
  readonly viewPx: number;
}

/** How far an element is scrolled and how much of it shows, kept up to date. */
export function useScrollView(element: RefObject<HTMLElement | null>): ScrollView {
  const [view, setView] = useState<ScrollView>({ scrollPx: 0, viewPx: 800 });
  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const read = (): void => setView({ scrollPx: box.scrollTop, viewPx: box.clientHeight });
    read();
    box.addEventListener('scroll', read, { passive: true });
    const observer = new ResizeObserver(read);
    observer.observe(box);
    return () => {
      box.removeEventListener('scroll', read);
      observer.disconnect();
    };
  }, []);
  return view;
}

import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useReading } from '../state/range.ts';
import { useKeptScroll } from './kept-scroll.ts';
import { useScrollView } from './scroll-view.ts';

/** A list that fills what is left of the window and scrolls in itself. */
export function ListPanel({ children }: { readonly children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const { scrollPx } = useScrollView(box);
  useReading(scrollPx > 0);
  useKeptScroll(box);
  return (
    <div ref={box} class="panel list-panel" tabIndex={-1}>
      {children}
    </div>
  );
}

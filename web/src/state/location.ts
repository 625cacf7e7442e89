/** The address bar as a signal. All state that a link should carry lives here; the back button undoes every `navigate`. */
import { computed, signal } from '@preact/signals';
import { pageOf } from '../routes.ts';

const href = signal(read());
let back = false;

/** Whether the present address was come to by the back or forward button. */
export function cameBack(): boolean {
  return back;
}

/** The path and query parameters of the current address. */
export const address = computed(() => {
  const url = new URL(href.value, globalThis.location.origin);
  return { path: url.pathname, query: url.searchParams };
});

export const page = computed(() => pageOf(address.value.path));

/** Goes to an address of the UI. `replace`: without a step for the back button, for what is typed letter by letter. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (to === href.peek()) return;
  const left = pageOf(address.peek().path);
  back = false;
  if (replace) globalThis.history.replaceState(null, '', to);
  else globalThis.history.pushState(null, '', to);
  href.value = to;
  const arrived = pageOf(address.peek().path);
  if (JSON.stringify(left) === JSON.stringify(arrived)) return;
  // A new page is read from its top, by eye and by keyboard.
  const main = document.querySelector('main');
  main?.scrollTo(0, 0);
  main?.focus({ preventScroll: true });
}

/** Follows the back button, and turns clicks on links of the UI into navigation without a reload. */
export function followLinks(): void {
  globalThis.addEventListener('popstate', () => {
    back = true;
    href.value = read();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== globalThis.location.origin || link.target !== '' || link.hasAttribute('download')) return;
    if (link.getAttribute('href')?.startsWith('#') === true) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

function read(): string {
  return globalThis.location.pathname + globalThis.location.search;
}

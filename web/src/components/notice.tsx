import type { ComponentChildren } from 'preact';
import type { RequestError } from '../api/client.ts';
import { Icon } from './icon.tsx';

/** A request that failed: what the API said, and another try. */
export function ErrorNotice({ error, retry }: { readonly error: RequestError; readonly retry: () => void }) {
  return (
    <div class="notice notice-error" role="alert">
      <Icon name="error" />
      <div>
        <p>{error.message}</p>
        <p class="faint">{error.status === 0 ? error.code : `${error.code}, HTTP ${error.status}`}</p>
      </div>
      <button type="button" class="control" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/** Nothing to show, and what to do about it. */
export function EmptyNotice({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty" role="status">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Holds the place of what is on its way, in its shape, so that nothing jumps when it comes. */
export function Placeholder({ rows, heightPx = 36 }: { readonly rows: number; readonly heightPx?: number }) {
  return (
    <div class="placeholder" aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} style={{ height: `${heightPx}px` }}>
          <i style={{ width: `${((i * 37) % 45) + 30}%` }} />
        </div>
      ))}
    </div>
  );
}

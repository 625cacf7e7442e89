import type { Pages } from '../api/query.ts';
import { formatCount } from '../format/number.ts';

interface MoreButtonProps {
  readonly pages: Pages<unknown>;
  readonly what: string;
  readonly count: number;
}

/** The end of a list: how much of it is here, and the next part. */
export function MoreButton({ pages, what, count }: MoreButtonProps) {
  const { more } = pages;
  if (more === undefined) {
    return (
      <p class="list-end faint">
        {formatCount(count)} {what}, and no more in this time range
      </p>
    );
  }
  return (
    <div class="list-end">
      <button type="button" class="control" disabled={pages.loadingMore} onClick={more}>
        {pages.loadingMore ? 'Loading…' : `Load more ${what}`}
      </button>
      <span class="faint">{formatCount(count)} so far</span>
    </div>
  );
}

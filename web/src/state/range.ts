/** The one time range of all pages: read from the address, pinned to the server's clock, refreshed by hand or by itself. */
import { batch, computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { forget } from '../api/recent.ts';
import { rangeOf } from '../routes.ts';
import { address, navigate } from './location.ts';
import { recall, remember } from './remembered.ts';
import { isRelative, resolve, shift, widen } from './time-range.ts';
import type { TimeRange } from './time-range.ts';

/** How far the server's clock is ahead of this browser's. */
const skewMs = signal(0);
const pinnedAtMs = signal(Date.now());

export const range = computed<TimeRange>(() => rangeOf(address.value.query));
export const resolvedRange = computed(() => resolve(range.value, pinnedAtMs.value + skewMs.value));

/** Whether pages ask again by themselves; only a range that ends now can. */
export const autoRefresh = signal(recall('autoRefresh') === 'on');
export const refreshing = computed(() => autoRefresh.value && isRelative(range.value));

export function nowMs(): number {
  return Date.now() + skewMs.peek();
}

/** Learns the server's clock from one of its answers. Less than two seconds is the way there and back. */
export function learnClock(serverNowNs: string): void {
  const ahead = Number(serverNowNs) / 1e6 - Date.now();
  skewMs.value = Math.abs(ahead) < 2000 ? 0 : ahead;
}

/** How often everything was asked for again by hand: requests without a time in them follow this. */
export const refreshes = signal(0);

/** Asks for everything again, up to now. */
export function refresh(): void {
  forget();
  batch(() => {
    pinnedAtMs.value = Date.now();
    refreshes.value++;
  });
}

/** Lets a range that ends now reach up to now. */
function pinNow(): void {
  pinnedAtMs.value = Date.now();
}

/** Puts another range into the address and keeps the rest of it. */
export function setRange(to: TimeRange): void {
  const { path, query } = address.peek();
  const changed = new URLSearchParams(query);
  changed.set('from', to.from);
  changed.set('to', to.to);
  pinNow();
  navigate(`${path}?${changed.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')}`);
}

export function shiftRange(direction: -1 | 1): void {
  setRange(shift(resolvedRange.peek(), direction));
}

export function widenRange(): void {
  setRange(widen(resolvedRange.peek(), nowMs()));
}

/** How many lists are being read right now: nothing moves under a reader. */
const readers = signal(0);
export const paused = computed(() => readers.value > 0);

/** Holds the refreshing by itself while `reading`: a list is scrolled, something in it is open. */
export function useReading(reading: boolean): void {
  useEffect(() => {
    if (!reading) return undefined;
    readers.value++;
    return () => {
      readers.value--;
    };
  }, [reading]);
}

export function setAutoRefresh(on: boolean): void {
  autoRefresh.value = on;
  remember('autoRefresh', on ? 'on' : null);
  if (on) refresh();
}

/** Refreshes every ten seconds while that is switched on, somebody can see the page, and nobody reads on in a list. */
export function startAutoRefresh(): void {
  effect(() => {
    if (!refreshing.value) return undefined;
    const timer = globalThis.setInterval(() => {
      if (document.visibilityState === 'visible' && !paused.peek()) pinNow();
    }, 10_000);
    return () => globalThis.clearInterval(timer);
  });
}

/** What this browser remembers between visits. Storage may be switched off: then nothing is remembered, and nothing breaks. */
export function recall(key: string): string | null {
  try {
    return globalThis.localStorage.getItem(`sonde.${key}`);
  } catch {
    return null;
  }
}

/** Remembers a value; null forgets it. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) globalThis.localStorage.removeItem(`sonde.${key}`);
    else globalThis.localStorage.setItem(`sonde.${key}`, value);
  } catch {
    // A private window refuses; the choice then lasts as long as the page.
  }
}

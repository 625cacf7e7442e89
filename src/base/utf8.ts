/**
 * Checks of UTF-8. Everything that is stored as text is valid UTF-8, whatever came in: a sequence that is not is replaced by
 * U+FFFD, as the Encoding Standard (WHATWG) says.
 */
const replacing = new TextDecoder('utf-8', { ignoreBOM: true });

/** Whether the bytes `[start, end)` are well-formed UTF-8 (Unicode 15, table 3-7): no surrogates, no over-long forms. */
export function isUtf8(source: DataView, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const first = source.getUint8(at++);
    if (first < 0x80) continue;
    const follow = followers(first);
    if (follow === 0 || at + follow > end) return false;
    const second = source.getUint8(at);
    if (second < lowestSecond(first) || second > highestSecond(first)) return false;
    for (let i = 1; i < follow; i++) if ((source.getUint8(at + i) & 0xc0) !== 0x80) return false;
    at += follow;
  }
  return true;
}

/** The text of the bytes `[start, end)`, ill-formed parts replaced. A byte order mark stays. */
export function decodeUtf8(source: DataView, start: number, end: number): string {
  return replacing.decode(new Uint8Array(source.buffer, source.byteOffset + start, end - start));
}

/** How many bytes follow this first byte; 0 when it can not be one. */
function followers(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 1;
  return first < 0xf0 ? 2 : 3;
}

function lowestSecond(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}

/**
 * Trace ids and span ids as 32-bit words, most significant first: a request whose ids nobody asks for never has them as text. As
 * text they are lower-case hexadecimal digits (W3C Trace Context, section 3.2.2).
 */

/** A random word. `Math.random` is seeded for each process by the operating system, and is what OpenTelemetry's SDK uses. */
export function randomWord(): number {
  return Math.trunc(Math.random() * 4_294_967_296) | 0;
}

export function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** The word in eight hexadecimal digits of a text, lower or upper case; undefined when they are none. */
export function wordAt(text: string, at: number): number | undefined {
  let word = 0;
  for (let i = at; i < at + 8; i++) {
    const digit = digitOf(text.charCodeAt(i));
    if (digit < 0) return undefined;
    word = (word << 4) | digit;
  }
  return word;
}

/** -1 for what is no digit, NaN past the end included. */
function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

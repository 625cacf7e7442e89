/** Where in a JSON text an error is: found by reading it once more, so that reading what is right keeps no track. */
const quote = 0x22;
const backslash = 0x5c;
const keyCharactersMax = 40;
const decoder = new TextDecoder();

/**
 * The path of the value at a byte offset, such as `resourceSpans[0].scopeSpans[2].spans[17].name`; empty at the top. The text
 * before the offset must be valid JSON.
 */
export function jsonPathAt(bytes: Uint8Array, position: number): string {
  /** For each list or object around the offset: the index, or the key as it is escaped there, empty before a key was read. */
  const steps: (string | number)[] = [];
  let atKey = false;
  let at = 0;
  while (at < position) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = textEnd(bytes, at);
      if (end > position) break;
      if (atKey) steps[steps.length - 1] = keyText(bytes, at + 1, end - 1);
      atKey = false;
      at = end;
      continue;
    }
    if (byte === 0x7b) steps.push('');
    else if (byte === 0x5b) steps.push(0);
    else if (byte === 0x7d || byte === 0x5d) steps.pop();
    else if (byte === 0x2c) startItem(steps);
    if (byte === 0x7b || byte === 0x2c) atKey = typeof steps.at(-1) === 'string';
    at++;
  }
  return steps.map(stepText).join('').replace(/^\./, '');
}

function startItem(steps: (string | number)[]): void {
  const last = steps.at(-1);
  if (last !== undefined) steps[steps.length - 1] = typeof last === 'number' ? last + 1 : '';
}

/** Just after the closing quote; after the end of the bytes when there is none. */
function textEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at + 1;
  }
  return bytes.length + 1;
}

function keyText(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + keyCharactersMax)));
  return end - start > keyCharactersMax ? `${text}…` : text;
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (step === '') return '';
  return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `["${step}"]`;
}

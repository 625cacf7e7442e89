/**
 * Names with the escaping `values` of Prometheus, by which any UTF-8 name can stand in a path: `U__` before it, `__` for an
 * underscore, `_1F600_` for the character with that number in hexadecimal digits.
 */
const prefix = 'U__';

/** The name itself when it is not escaped, or not as it should be. */
export function unescapeName(name: string): string {
  if (!name.startsWith(prefix)) return name;
  let plain = '';
  const part = /([^_]+)|(__)|_([0-9a-fA-F]{1,6})_/y;
  part.lastIndex = prefix.length;
  while (part.lastIndex < name.length) {
    const [, text, underscore, hex] = part.exec(name) ?? [];
    if (text !== undefined) plain += text;
    else if (underscore !== undefined) plain += '_';
    else if (hex !== undefined && isCharacter(Number.parseInt(hex, 16))) plain += String.fromCodePoint(Number.parseInt(hex, 16));
    else return name;
  }
  return plain;
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

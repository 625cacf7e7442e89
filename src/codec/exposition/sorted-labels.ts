/** Labels in the order that makes equal sets equal texts. */

/**
 * Names and values in turn, sorted by name as UTF-8 bytes are, without empty values. Undefined when a name comes twice.
 */
export function sortedLabels(pairs: (readonly [name: string, value: string])[]): string[] | undefined {
  pairs.sort(([left], [right]) => compareText(left, right));
  const labels: string[] = [];
  for (const [index, [name, value]] of pairs.entries()) {
    if (pairs[index + 1]?.[0] === name) return undefined;
    if (value !== '') labels.push(name, value);
  }
  return labels;
}

/** Orders text by code points, as UTF-8 bytes are ordered; UTF-16, which JavaScript compares, has another order. */
function compareText(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

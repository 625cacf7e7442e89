/** Backslashes in the text formats. Before any other byte a backslash is itself. */

/** Resolves escapes: `\\`, `\n`, and in quoted text `\"`. */
export function unescape(text: string, where: 'quotes' | 'help'): string {
  if (!text.includes('\\')) return text;
  const escapes = where === 'help' ? /\\[\\n]/g : /\\[\\n"]/g;
  return text.replaceAll(escapes, (escape) => (escape === '\\n' ? '\n' : escape.slice(1)));
}

/**
 * Commands of MongoDB as JSON without values: `{"find":"?","filter":{"owner":"?"}}`. Fields stay, as they say what is asked; of a list
 * of plain values one is left. The collection is an attribute of its own.
 */

/** What drivers add to each command for themselves. */
const ofDriver = new Set([
  'lsid',
  '$db',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'apiVersion',
]);
/** How deep and how long the text may become: a document may have 16 MiB. */
const depthMax = 8;
const fieldsMax = 64;
const textMax = 2048;

export function mongodbText(command: unknown): string {
  const budget = { fields: fieldsMax };
  const text = JSON.stringify(outlineOf(command, 0, budget)) ?? '';
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

type Outline = string | Outline[] | { [field: string]: Outline };

function outlineOf(value: unknown, depth: number, budget: { fields: number }): Outline {
  if (Array.isArray(value)) return listOf(value, depth, budget);
  if (!isPlain(value)) return '?';
  if (depth >= depthMax) return '…';
  const outline: { [field: string]: Outline } = {};
  for (const [field, inner] of entriesOf(value)) {
    if (depth === 0 && ofDriver.has(field)) continue;
    if (--budget.fields < 0) return { ...outline, '…': '…' };
    outline[field] = outlineOf(inner, depth + 1, budget);
  }
  return outline;
}

function listOf(values: readonly unknown[], depth: number, budget: { fields: number }): Outline {
  if (!values.some((value) => Array.isArray(value) || isPlain(value))) return values.length === 0 ? [] : ['?'];
  if (depth >= depthMax) return '…';
  const outlines: Outline[] = [];
  for (const value of values) {
    if (budget.fields <= 0) return [...outlines, '…'];
    outlines.push(outlineOf(value, depth + 1, budget));
  }
  return outlines;
}

/** Objects that are written as `{}` and maps, and not those of BSON, such as ids and dates. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function entriesOf(value: object): Iterable<[string, unknown]> {
  return value instanceof Map ? [...value].map(([field, inner]) => [String(field), inner]) : Object.entries(value);
}

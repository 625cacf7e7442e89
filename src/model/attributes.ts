/**
 * How attributes (OTLP KeyValue lists) are stored: a Map of text by key, and beside it a string with one letter per entry, in
 * the same order, that says what the text was. So a filter compares plain text and nothing of the data model is lost:
 * order, duplicate keys and every type come back as they came.
 *
 * | letter | AnyValue        | text                                                     |
 * |--------|-----------------|----------------------------------------------------------|
 * | s      | string_value    | itself                                                   |
 * | b      | bool_value      | `true` or `false`                                        |
 * | i      | int_value       | decimal                                                  |
 * | d      | double_value    | shortest decimal that parses back; `NaN` `Infinity` `-Infinity` |
 * | x      | bytes_value     | base64                                                   |
 * | a      | array_value     | OTLP JSON of the ArrayValue's `values` list              |
 * | m      | kvlist_value    | OTLP JSON of the KeyValueList's `values` list            |
 * | e      | empty (no value)| empty                                                    |
 *
 * On the way to the engine keys and values travel as lists in which each item ends with the byte 0xFF, which is in no valid
 * UTF-8 text; a decoder replaces that byte in invalid input by U+FFFD.
 */
export type AttributeType = 's' | 'b' | 'i' | 'd' | 'x' | 'a' | 'm' | 'e';

/**
 * The expression of the indexes `by_attribute`, which narrow down where an attribute may be. Write
 * `indexHint(has(<it>, cityHash64(key, value)))` and beside it the condition itself: two pairs may have the same hash.
 */
export const attributeHashes = pairHashes('attributes');

/** The same for the labels of series: the index `by_label`. */
export const labelHashes = pairHashes('labels');

function pairHashes(column: string): string {
  return `arrayMap((k, v) -> cityHash64(k, v), mapKeys(${column}), mapValues(${column}))`;
}

/** Ends each item of a list of keys or values on the way to the engine. */
export const listEnd = 0xff;

/** A value as our own JSON API shows it; 64-bit integers outside the safe range are decimal strings. */
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

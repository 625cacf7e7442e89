/** Answers as rows: the settings that make the engine write them as the contract says, and the reading. */

/** Format of answers that become rows: one JSON object per line. */
export const rowFormat = 'JSONEachRow';

export const rowSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_map_as_array_of_tuples: 1,
  // Else a pair of a map is an object with the fields `keys` and `values`.
  output_format_json_named_tuples_as_objects: 0,
} as const;

const textDecoder = new TextDecoder();

/** Rows of whole lines. */
export function parseRows<R>(bytes: Uint8Array): R[] {
  const text = textDecoder.decode(bytes).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as R);
}

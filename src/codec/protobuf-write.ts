/** The protobuf wire format, written: fields as bytes, to be joined into messages. For answers, which are small. */
import { wireTypes } from './protobuf.ts';

const textEncoder = new TextEncoder();

/** A field of an integer type that is not fixed or zigzag: 0 to 2^53. */
export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(number * 8), ...varint(value)]);
}

/** A `string` field. */
export function textField(number: number, text: string): Uint8Array {
  return blockField(number, textEncoder.encode(text));
}

/** A message field, or one of `bytes`, from the parts of its content. */
export function blockField(number: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  return joined([Uint8Array.from([...varint(number * 8 + wireTypes.bytes), ...varint(size)]), ...content]);
}

/** A message from its fields. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const message = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/**
 * Snappy's block format (google/snappy, format_description.txt), which remote write and remote read wrap their messages in: the
 * length as a varint of 32 bits, then elements, each a literal or a copy of what came before.
 *
 *     low bits of the tag | element
 *     00                  | literal: (tag >> 2) + 1 bytes, or 60 to 63 there: the length - 1 in the 1 to 4 bytes that follow
 *     01                  | copy: ((tag >> 2) & 7) + 4 bytes from an offset of 11 bits: 3 in the tag, 8 in the byte that follows
 *     10, 11              | copy: (tag >> 2) + 1 bytes from an offset in the 2 or 4 bytes that follow
 */
import { SondeError } from '../base/errors.ts';
import { malformed } from './protobuf.ts';

/** So many bytes are copied at a time, the last ones past what is asked for: the content needs so many more behind it. */
const stepBytes = 8;
/** Longer literals are copied by a call. */
const literalBytesMax = 128;

/**
 * Undoes the format. The content is a part of `room`, which is overwritten, when it fits in there; else of a buffer of its own, a
 * few bytes larger. Throws `malformed_body` with the position of what is not well-formed, and `too_large` when the length
 * that the block declares is over `bytesMax`, before anything of that size is made.
 */
export function decodeSnappy(block: Uint8Array, bytesMax: number, room?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = 0;
  let size = 0;
  for (let scale = 1; ; scale *= 128) {
    if (at === block.length) throw malformed('the length of the content', 'the end of the body', at);
    const byte = block[at++]!;
    size += (byte & 0x7f) * scale;
    if (size > 0xffff_ffff || at > 5) throw malformed('a length of at most 32 bits', 'a longer one', 0);
    if (byte < 0x80) break;
  }
  if (size > bytesMax)
    throw new SondeError('too_large', `The body is at most ${bytesMax} bytes after inflation; it declares ${size}.`);
  // An element of three bytes makes 64 at most: a small body that declares much lies.
  if (size > block.length * 32) throw malformed(`a length that ${block.length} bytes can make`, String(size), 0);
  const isRoomy = room !== undefined && room.length >= size + stepBytes;
  const content = isRoomy ? room : new Uint8Array(size + stepBytes);
  inflate(block, at, content, size);
  return content.subarray(0, size);
}

function inflate(block: Uint8Array, start: number, content: Uint8Array, size: number): void {
  const from = new DataView(block.buffer, block.byteOffset, block.length);
  const to = new DataView(content.buffer, content.byteOffset, content.length);
  const end = block.length;
  let at = start;
  let filled = 0;
  while (at < end) {
    const position = at;
    const tag = from.getUint8(at++);
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const width = length - 60;
        if (at + width > end) throw cut(position);
        length = littleEndian(from, at, width) + 1;
        at += width;
      }
      if (length > end - at) throw malformed(`a literal of ${length} bytes`, `${end - at} before the end of the body`, position);
      if (length > size - filled) throw tooMuch(size, position);
      if (length <= literalBytesMax && at + length + stepBytes <= end) copySteps(from, at, to, filled, length);
      else content.set(block.subarray(at, at + length), filled);
      at += length;
    } else {
      const width = kind === 1 ? 1 : kind === 2 ? 2 : 4;
      if (at + width > end) throw cut(position);
      let offset = kind === 2 ? from.getUint16(at, true) : littleEndian(from, at, width);
      at += width;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        offset |= (tag >> 5) << 8;
      }
      if (filled === 0) throw malformed('a literal, as nothing is there to copy', 'a copy', position);
      if (offset === 0 || offset > filled) throw malformed(`an offset from 1 to ${filled}`, String(offset), position);
      if (length > size - filled) throw tooMuch(size, position);
      // What is copied may reach into what it makes: then it repeats.
      if (offset >= stepBytes) copySteps(to, filled - offset, to, filled, length);
      else for (let i = filled; i < filled + length; i++) to.setUint8(i, to.getUint8(i - offset));
    }
    filled += length;
  }
  if (filled < size) throw malformed(`${size} bytes of content, as declared`, String(filled), end);
}

function littleEndian(bytes: DataView, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes.getUint8(at + i);
  return value;
}

/** Copies up to seven bytes more than `length`. */
function copySteps(from: DataView, start: number, to: DataView, at: number, length: number): void {
  for (let i = 0; i < length; i += stepBytes) {
    to.setInt32(at + i, from.getInt32(start + i, true), true);
    to.setInt32(at + i + 4, from.getInt32(start + i + 4, true), true);
  }
}

function cut(position: number): SondeError {
  return malformed('the rest of an element', 'the end of the body', position);
}

function tooMuch(size: number, position: number): SondeError {
  return malformed(`at most ${size} bytes of content, as declared`, 'more', position);
}

const tableBits = 14;
const offsetMax = 0xffff;
const lastMatch = 15;

/** Makes a block: matches of four bytes and more, found by a hash of the next four, as far back as 64 KiB. */
export function encodeSnappy(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(32 + content.length + Math.ceil(content.length / 6));
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const table = new Int32Array(1 << tableBits).fill(-1);
  let end = writeLength(block, content.length);
  let literal = 0;
  let at = 0;
  while (at + lastMatch < content.length) {
    const word = view.getInt32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - tableBits);
    const before = table[slot]!;
    table[slot] = at;
    if (before < 0 || at - before > offsetMax || view.getInt32(before, true) !== word) {
      // The longer nothing is found, the less is looked at.
      at += 1 + ((at - literal) >> 5);
      continue;
    }
    let length = 4;
    while (at + length < content.length && content[at + length] === content[before + length]) length++;
    end = writeLiteral(block, end, content, literal, at);
    end = writeCopies(block, end, at - before, length);
    at += length;
    literal = at;
  }
  return block.subarray(0, writeLiteral(block, end, content, literal, content.length));
}

function writeLength(block: Uint8Array, length: number): number {
  let at = 0;
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) block[at++] = (rest & 0x7f) | 0x80;
  block[at++] = rest;
  return at;
}

function writeLiteral(block: Uint8Array, start: number, content: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return start;
  let at = start;
  if (length <= 60) block[at++] = (length - 1) << 2;
  else {
    const width = length <= 0x100 ? 1 : length <= 0x1_0000 ? 2 : length <= 0x100_0000 ? 3 : 4;
    block[at++] = (59 + width) << 2;
    for (let i = 0, rest = length - 1; i < width; i++, rest = Math.floor(rest / 256)) block[at++] = rest & 0xff;
  }
  block.set(content.subarray(from, to), at);
  return at + length;
}

function writeCopies(block: Uint8Array, start: number, offset: number, length: number): number {
  let at = start;
  for (let left = length; left > 0;) {
    const part = Math.min(left, 64);
    block[at++] = ((part - 1) << 2) | 2;
    block[at++] = offset & 0xff;
    block[at++] = offset >> 8;
    left -= part;
  }
  return at;
}

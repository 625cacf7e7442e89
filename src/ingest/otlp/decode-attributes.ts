/**
 * KeyValue lists on the wire → attribute columns, and → the hash of an attribute set.
 *
 * The hash of a set is the sum, lane by lane, of a hash of each entry, so that order does not count; an entry's hash is over its key, the
 * letter of its type and its value: the bytes of a string or of bytes, the two halves of an integer, the bits of a double, the
 * stored JSON of a list or map. It is part of ids that are stored: it never changes.
 */
import { Hash } from '../../base/hash.ts';
import type { Places, WireReader } from '../../codec/protobuf.ts';
import { StringColumn } from '../../model/columns.ts';
import type { AttributesColumn } from '../../model/columns.ts';
import { KeyValue, writeValue } from './decode-values.ts';

/** Reads the attributes of one request. */
export class AttributeReader {
  /** The entry read last. */
  readonly entry = new KeyValue();
  /** The hash of the set so far, and the number of its entries. */
  low = 0;
  high = 0;
  count = 0;
  readonly #reader: WireReader;
  readonly #hash = new Hash();
  readonly #json = new StringColumn(1);

  constructor(reader: WireReader) {
    this.#reader = reader;
  }

  /** Reads the KeyValue `[reader.at, end)` and adds it to the row that is being written. Leaves the reader at `end`. */
  append(column: AttributesColumn, end: number): void {
    const reader = this.#reader;
    const { entry } = this;
    entry.read(reader, end);
    const { key, value } = entry;
    if (value.type === 's') column.writeTextEntry(reader.view, key.start, key.end, value.start, value.end);
    else {
      column.keys.writeUtf8(reader.view, key.start, key.end);
      writeValue(reader, value, column.values);
      column.endEntry(value.type);
    }
    reader.at = end;
  }

  /** Appends a row with all KeyValues that stand under `tag` in a message of several parts, which was read before. */
  appendRow(column: AttributesColumn, parts: Places, tag: number): void {
    const reader = this.#reader;
    for (let part = 0; part < parts.length; part++) {
      const end = parts.end(part);
      reader.at = parts.start(part);
      while (reader.at < end) {
        const found = reader.tag(end);
        if (found === tag) this.append(column, reader.length(end));
        else reader.skipField(found, end, 0);
      }
    }
    column.endRow();
  }

  /** Starts the hash of a set. */
  startSet(): void {
    this.low = 0;
    this.high = 0;
    this.count = 0;
  }

  /** Reads the KeyValue `[reader.at, end)` and adds it to the set. Leaves the reader at `end`. */
  addToSet(end: number): void {
    const reader = this.#reader;
    const { entry } = this;
    entry.read(reader, end);
    const hash = this.#hash.begin(0, 0).addBytes(reader.view, entry.key.start, entry.key.end);
    this.#addValue(hash.addWord(entry.value.type.charCodeAt(0)));
    hash.finish();
    this.low = (this.low + hash.low) | 0;
    this.high = (this.high + hash.high) | 0;
    this.count++;
    reader.at = end;
  }

  #addValue(hash: Hash): void {
    const { value } = this.entry;
    const { view } = this.#reader;
    switch (value.type) {
      case 's':
      case 'x':
        hash.addBytes(view, value.start, value.end);
        return;
      case 'b':
        hash.addWord(value.low);
        return;
      case 'i':
        hash.addWord(value.low).addWord(value.high);
        return;
      case 'd':
        hash.addDouble(view.getFloat64(value.start, true));
        return;
      case 'a':
      case 'm': {
        const json = this.#json;
        writeValue(this.#reader, value, json);
        hash.addBytes(new DataView(json.bytes.buffer), 0, json.end);
        json.truncate(0);
        return;
      }
      case 'e':
    }
  }
}

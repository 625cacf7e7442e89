/**
 * Records of one signal on their way into a request: written under their scope as they come, put together when it is sent. Traces,
 * logs and metrics have the same frame (opentelemetry-proto, collector services): a list 1 of { resource 1, list 2 of { scope 1,
 * records 2, schema URL 3 }, schema URL 3 }.
 */
import type { Scope } from '../trace/span.ts';
import { OtlpWriter } from './writer.ts';

const perResource = 0x0a;
const resourceField = 0x0a;
const perScope = 0x12;
const scopeField = 0x0a;
const scopeName = 0x0a;
const scopeVersion = 0x12;
const schemaUrl = 0x1a;

/** What a scope takes beside its records, about. */
const scopeBytes = 256;

/** A writer that was used for something large is not kept. */
const keptBytesMax = 1 << 20;

export class ScopedRecords {
  readonly #writers = new Map<Scope, OtlpWriter>();
  /** That of the newest record: most have the scope of the one before. */
  #newest: { readonly scope: Scope; readonly writer: OtlpWriter } | undefined;
  #count = 0;

  /** How many records wait. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes they take. */
  get bytes(): number {
    let sum = 0;
    for (const writer of this.#writers.values()) sum += writer.length;
    return sum;
  }

  /** The writer for one more record of the scope. */
  add(scope: Scope): OtlpWriter {
    this.#count++;
    if (this.#newest?.scope === scope) return this.#newest.writer;
    let writer = this.#writers.get(scope);
    if (writer === undefined) {
      writer = new OtlpWriter();
      this.#writers.set(scope, writer);
    }
    this.#newest = { scope, writer };
    return writer;
  }

  /** Takes back the newest record, whose writer had this length before it. */
  takeBack(writer: OtlpWriter, length: number): void {
    writer.rewind(length);
    this.#count--;
  }

  /** All that waits as one request; undefined when nothing does. `resource` is what `resourceBytes` made. */
  take(resource: Uint8Array): Uint8Array | undefined {
    if (this.#count === 0) return undefined;
    this.#count = 0;
    this.#newest = undefined;
    const request = new OtlpWriter(this.bytes + resource.length + this.#writers.size * scopeBytes);
    const outer = request.beginLarge(perResource);
    request.bytes(resourceField, resource);
    for (const [scope, writer] of this.#writers) {
      if (writer.length === 0) continue;
      const inner = request.beginLarge(perScope);
      const head = request.begin(scopeField);
      request.text(scopeName, scope.name);
      if (scope.version !== '') request.text(scopeVersion, scope.version);
      request.end(head);
      request.raw(writer.written());
      if (scope.schemaUrl !== '') request.text(schemaUrl, scope.schemaUrl);
      request.endLarge(inner);
      if (writer.length > keptBytesMax) this.#writers.delete(scope);
      else writer.clear();
    }
    request.endLarge(outer);
    return request.written();
  }
}

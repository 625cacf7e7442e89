/**
 * Resources and scopes: who sent what follows. Each is hashed once per request, and its row is written once per day of data
 * (model/resources.ts). Ids are stored: what goes into them, and in which order, never changes.
 */
import type { Hash } from '../../base/hash.ts';
import { decodeUtf8 } from '../../base/utf8.ts';
import { Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import { AttributesColumn, StringColumn } from '../../model/columns.ts';
import { resources, scopes } from '../../model/resources.ts';
import { writeAscii, writeJsonString } from '../../model/write-text.ts';
import { targetOf } from './decode-prometheus-labels.ts';
import type { Entry, PrometheusScope, PrometheusTarget } from './decode-prometheus-labels.ts';
import { dayOf } from './decoding.ts';
import type { Decoding } from './decoding.ts';

/** Tell apart the ids of different things; those of Prometheus have 4 and 5. */
export const idKinds = { resource: 1, scope: 2, series: 3, targetInfo: 6 } as const;

const resourceFields = 0b1110;
const scopeFields = 0b1_1110;
const entityFields = 0b1_1110;
const attributesOfResource = 0x0a;
const attributesOfScope = 0x1a;
const noText: DataView = new DataView(new ArrayBuffer(0));
const serviceKey = 'service.name';
const unknownService = textView('unknown_service');

/** The resource that is being read: its message, in parts when it came several times, and what is known of it. */
class Resource {
  readonly parts = new Places();
  idLow = 0;
  idHigh = 0;
  schemaUrl: DataView = noText;
  droppedAttributes = 0;
  service: DataView = unknownService;
  /** What `Origin.target` gave. */
  target: PrometheusTarget | undefined;
  /** Entity references as OTLP JSON, empty when there are none. */
  readonly entities = new StringColumn(1);
}

class Scope {
  readonly parts = new Places();
  idLow = 0;
  idHigh = 0;
  schemaUrl: DataView = noText;
  droppedAttributes = 0;
  name: DataView = noText;
  version: DataView = noText;
  /** What `Origin.scopeLabels` gave. */
  labels: PrometheusScope | undefined;
}

/** The resource and the scope of what is being read. */
export class Origin {
  readonly resource = new Resource();
  readonly scope = new Scope();
  readonly #decoding: Decoding;
  readonly #resources: Batch<typeof resources>['columns'];
  readonly #scopes: Batch<typeof scopes>['columns'];
  /** Room for the attributes of a resource or scope, made when it is needed: for metrics. */
  #attributes: AttributesColumn | undefined;
  #day = -1;

  constructor(decoding: Decoding) {
    this.#decoding = decoding;
    this.#resources = decoding.batch(resources).columns;
    this.#scopes = decoding.batch(scopes).columns;
  }

  startResource(): void {
    this.resource.parts.clear();
    this.resource.schemaUrl = noText;
  }

  startScope(): void {
    this.scope.parts.clear();
    this.scope.schemaUrl = noText;
  }

  /** To be called when all parts of the resource are known. */
  endResource(): void {
    readResource(this.#decoding, this.resource);
    this.#day = -1;
  }

  /** To be called when all parts of the scope are known. */
  endScope(): void {
    readScope(this.#decoding, this.scope);
    this.#day = -1;
  }

  /** What Prometheus has of the resource. Moves the reader. */
  target(): PrometheusTarget {
    return (this.resource.target ??= this.#readTarget());
  }

  /** What Prometheus has of the scope, where scopes are labels. Moves the reader. */
  scopeLabels(): PrometheusScope | undefined {
    const { scope } = this;
    if (!this.#decoding.translation.promotesScope) return undefined;
    return (scope.labels ??= {
      name: textOf(scope.name),
      version: textOf(scope.version),
      schemaUrl: textOf(scope.schemaUrl),
      attributes: this.#entries(scope.parts, attributesOfScope),
    });
  }

  #readTarget(): PrometheusTarget {
    return targetOf(this.#entries(this.resource.parts, attributesOfResource), this.#decoding.translation);
  }

  #entries(parts: Places, tag: number): Entry[] {
    const column = (this.#attributes ??= new AttributesColumn(16));
    column.truncate(0);
    this.#decoding.attributes.appendRow(column, parts, tag);
    return column.entries(0);
  }

  /** To be called for each row with its time: writes resource and scope for that day, if they are not there. Moves the reader. */
  noteTime(low: number, high: number): number {
    const day = dayOf(low, high);
    if (day !== this.#day) {
      this.#day = day;
      this.#write(day);
    }
    return day;
  }

  /** The same for a row that has no scope. */
  noteTimeOfResource(low: number, high: number): number {
    const day = dayOf(low, high);
    this.#writeResource(day);
    return day;
  }

  #write(day: number): void {
    const decoding = this.#decoding;
    const { scope } = this;
    this.#writeResource(day);
    if (decoding.open.isNew(scopes, scope.idLow, scope.idHigh, day)) writeScope(decoding, scope, day, this.#scopes);
  }

  #writeResource(day: number): void {
    const { resource } = this;
    if (!this.#decoding.open.isNew(resources, resource.idLow, resource.idHigh, day)) return;
    writeResource(this.#decoding, resource, day, this.#resources);
  }
}

/** Reads a resource; its attributes are only hashed. */
function readResource(decoding: Decoding, resource: Resource): void {
  const { reader, attributes } = decoding;
  const { entities } = resource;
  attributes.startSet();
  resource.service = unknownService;
  resource.target = undefined;
  resource.droppedAttributes = 0;
  entities.truncate(0);
  decoding.eachField(resource.parts, (tag, end) => {
    if (tag === attributesOfResource) {
      attributes.addToSet(reader.length(end));
      if (resource.service === unknownService) resource.service = serviceName(decoding);
    } else if (tag === 0x10) {
      reader.varint(end);
      resource.droppedAttributes = reader.low;
    } else if (tag === 0x1a) {
      const stop = reader.length(end);
      writeAscii(entities, entities.end === 0 ? '[' : ',');
      writeEntity(decoding, entities, stop);
    } else reader.skipField(tag, end, resourceFields);
  });
  if (entities.end > 0) writeAscii(entities, ']');
  const hash = beginId(decoding, idKinds.resource, resource);
  hash.addBytes(new DataView(entities.bytes.buffer), 0, entities.end).finish();
  resource.idLow = hash.low;
  resource.idHigh = hash.high;
}

/** Reads a scope; its attributes are only hashed. */
function readScope(decoding: Decoding, scope: Scope): void {
  const { reader, attributes } = decoding;
  attributes.startSet();
  scope.name = noText;
  scope.version = noText;
  scope.labels = undefined;
  scope.droppedAttributes = 0;
  decoding.eachField(scope.parts, (tag, end) => {
    if (tag === 0x0a) scope.name = decoding.text(end);
    else if (tag === 0x12) scope.version = decoding.text(end);
    else if (tag === attributesOfScope) attributes.addToSet(reader.length(end));
    else if (tag === 0x20) {
      reader.varint(end);
      scope.droppedAttributes = reader.low;
    } else reader.skipField(tag, end, scopeFields);
  });
  const hash = beginId(decoding, idKinds.scope, scope);
  addText(addText(hash, scope.name), scope.version).finish();
  scope.idLow = hash.low;
  scope.idHigh = hash.high;
}

/** Starts an id with what a resource and a scope both have. */
function beginId(decoding: Decoding, kind: number, of: Resource | Scope): Hash {
  const { low, high, count } = decoding.attributes;
  const hash = decoding.beginId(kind).addWord(low).addWord(high).addWord(count).addWord(of.droppedAttributes);
  return addText(hash, of.schemaUrl);
}

function addText(hash: Hash, text: DataView): Hash {
  return hash.addBytes(text, 0, text.byteLength);
}

/** The value of the attribute read last if it is a service name, else `unknown_service`. */
function serviceName(decoding: Decoding): DataView {
  const { key, value } = decoding.attributes.entry;
  const { reader } = decoding;
  if (value.type !== 's' || value.end === value.start || key.end - key.start !== serviceKey.length) return unknownService;
  for (let i = 0; i < serviceKey.length; i++) {
    if (reader.view.getUint8(key.start + i) !== serviceKey.charCodeAt(i)) return unknownService;
  }
  return reader.part(value.start, value.end);
}

function writeResource(decoding: Decoding, resource: Resource, day: number, columns: Batch<typeof resources>['columns']): void {
  columns.tenant.appendUtf8(decoding.tenant, 0, decoding.tenant.byteLength);
  columns.id.append(resource.idLow, resource.idHigh);
  columns.day.append(day);
  columns.service.appendUtf8(resource.service, 0, resource.service.byteLength);
  decoding.attributes.appendRow(columns.attributes, resource.parts, attributesOfResource);
  columns.dropped_attributes.append(resource.droppedAttributes);
  columns.schema_url.appendUtf8(resource.schemaUrl, 0, resource.schemaUrl.byteLength);
  columns.entity_refs.append(resource.entities.bytes, 0, resource.entities.end);
}

function writeScope(decoding: Decoding, scope: Scope, day: number, columns: Batch<typeof scopes>['columns']): void {
  columns.tenant.appendUtf8(decoding.tenant, 0, decoding.tenant.byteLength);
  columns.id.append(scope.idLow, scope.idHigh);
  columns.day.append(day);
  columns.name.appendUtf8(scope.name, 0, scope.name.byteLength);
  columns.version.appendUtf8(scope.version, 0, scope.version.byteLength);
  decoding.attributes.appendRow(columns.attributes, scope.parts, attributesOfScope);
  columns.dropped_attributes.append(scope.droppedAttributes);
  columns.schema_url.appendUtf8(scope.schemaUrl, 0, scope.schemaUrl.byteLength);
}

/** Reads the EntityRef `[reader.at, end)` and writes it as OTLP JSON. */
function writeEntity(decoding: Decoding, column: StringColumn, end: number): void {
  const { reader } = decoding;
  const idKeys = new Places();
  const descriptionKeys = new Places();
  let schemaUrl: DataView = noText;
  let type: DataView = noText;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) schemaUrl = decoding.text(end);
    else if (tag === 0x12) type = decoding.text(end);
    else if (tag === 0x1a) reader.addPlace(idKeys, end);
    else if (tag === 0x22) reader.addPlace(descriptionKeys, end);
    else reader.skipField(tag, end, entityFields);
  }
  writeAscii(column, '{"schemaUrl":');
  writeJsonString(column, schemaUrl, 0, schemaUrl.byteLength);
  writeAscii(column, ',"type":');
  writeJsonString(column, type, 0, type.byteLength);
  writeAscii(column, ',"idKeys":');
  writeKeys(column, reader.view, idKeys);
  writeAscii(column, ',"descriptionKeys":');
  writeKeys(column, reader.view, descriptionKeys);
  writeAscii(column, '}');
}

function writeKeys(column: StringColumn, view: DataView, keys: Places): void {
  writeAscii(column, '[');
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) writeAscii(column, ',');
    writeJsonString(column, view, keys.start(i), keys.end(i));
  }
  writeAscii(column, ']');
}

function textOf(view: DataView): string {
  return decodeUtf8(view, 0, view.byteLength);
}

function textView(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

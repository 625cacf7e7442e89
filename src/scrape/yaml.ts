/**
 * Reads YAML into typed values: a file's form is written down as a value made of the readers below, and what does not fit it is
 * an error with line and column. Every key of a mapping has to be known. Scalars are taken as they are written, so that
 * `regex: 1.0` is the text "1.0"; aliases and merge keys (`<<`) are followed.
 */
import { dirname, resolve } from 'node:path';
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser, visit } from 'yaml';
import type { Alias, CST, Document, Node } from 'yaml';
import { SondeError } from '../base/errors.ts';
import { durationForms, parseDurationMs, parseSizeBytes, sizeForms } from './units.ts';

/** Deeper YAML is refused before the library walks it, as it does that with recursion. */
const depthMax = 64;
const fileCharactersMax = 16 * 1024 * 1024;
/** An alias stands for all that it names, so that few lines can mean a great many values. */
const valuesMax = 1_000_000;

/** A value of a file, the name by which errors call it, and where it stands. */
export interface Place {
  readonly node: Node | null;
  readonly name: string;
  /** Of the file. */
  readonly path: string;
  /** Throws `config`: where, what was expected, what came. */
  readonly fail: (message: string) => never;
  /** The place of a value inside this one. */
  readonly inside: (node: unknown, name: string) => Place;
}

export type Read<T> = (place: Place) => T;

/** Reads a YAML text of the form that `read` takes; `path` is what errors call it. Throws `config`. */
export function readYaml<T>(text: string, path: string, read: Read<T>): T {
  const lines = new LineCounter();
  const whereIs = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const refuse = (offset: number, message: string, cause?: unknown): never => {
    throw new SondeError('config', `${whereIs(offset)}: ${message}`, { position: offset, cause });
  };
  if (text.length > fileCharactersMax) refuse(0, `A file may hold at most ${fileCharactersMax} characters.`);
  const document = compose(text, lines, refuse);
  const targets = aliasTargets(document);
  let values = 0;
  const placeOf = (node: unknown, name: string): Place => {
    if (++values > valuesMax) refuse(0, `A file may hold at most ${valuesMax} values.`);
    const given = node as Node | null;
    const start = given?.range?.[0] ?? 0;
    const target = isAlias(given) ? targets.get(given) : given;
    return {
      node: target === undefined ? refuse(start, `Nothing above is named "&${isAlias(given) ? given.source : ''}".`) : target,
      name,
      path,
      fail: (message) => refuse(start, message),
      inside: placeOf,
    };
  };
  return read(placeOf(document.contents, ''));
}

function compose(
  text: string,
  lines: LineCounter,
  refuse: (offset: number, message: string, cause?: unknown) => never,
): Document {
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  checkDepth(tokens, refuse);
  const composer = new Composer({ version: '1.2', logLevel: 'silent' });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document] = documents;
  if (document === undefined || documents.length > 1) return refuse(0, `Expected one YAML document; got ${documents.length}.`);
  const [error] = document.errors;
  if (error !== undefined) refuse(error.pos[0], `This is not valid YAML: ${error.message}`, error);
  return document;
}

/** What each alias stands for: the last value above it with its anchor. */
function aliasTargets(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Walks the tokens level by level. */
function checkDepth(tokens: readonly CST.Token[], refuse: (offset: number, message: string) => never): void {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthMax) refuse(level[0]?.offset ?? 0, `YAML may be nested at most ${depthMax} deep.`);
    level = level.flatMap(innerTokens);
  }
}

function innerTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((inner) => inner !== undefined && inner !== null));
}

/** The text of a scalar as it is written; undefined for none, null and anything else. */
function scalarText({ node }: Place): string | undefined {
  if (!isScalar(node) || isNull(node)) return undefined;
  return node.source ?? String(node.value);
}

function isNull(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** What came, for a message. */
function shown(place: Place): string {
  if (isMap(place.node)) return 'a mapping';
  if (isSeq(place.node)) return 'a list';
  const text = scalarText(place);
  return text === undefined ? 'nothing' : `"${text.length > 100 ? `${text.slice(0, 100)}…` : text}"`;
}

function expected(place: Place, what: string): never {
  return place.fail(`${place.name === '' ? 'The file' : place.name} expects ${what}; got ${shown(place)}.`);
}

/** A reader of scalars; `parse` gives undefined for what is not of the kind. */
function scalar<T>(what: string, parse: (text: string) => T | undefined): Read<T> {
  return (place) => {
    const text = scalarText(place);
    const value = text === undefined ? undefined : parse(text);
    return value === undefined ? expected(place, what) : value;
  };
}

/** Any text; nothing at all is the empty one. */
export const text: Read<string> = (place) => (isNull(place.node) ? '' : (scalarText(place) ?? expected(place, 'text')));
/** A path, relative to the folder of the file that names it. */
export const filePath: Read<string> = (place) => {
  const given = text(place);
  return given === '' ? '' : resolve(dirname(place.path), given);
};
export const durationMs = scalar(durationForms, parseDurationMs);
export const positiveMs = scalar(`${durationForms}, above 0`, (given) => parseDurationMs(given) || undefined);
export const sizeBytes = scalar(sizeForms, parseSizeBytes);
export const count = scalar('a whole number', (given) => (/^\d{1,15}$/.test(given) ? Number(given) : undefined));
/** A factor such as a growth of buckets. */
export const number = scalar('a number', (given) => (/^\d+(?:\.\d+)?(?:e-?\d+)?$/i.test(given) ? Number(given) : undefined));
export const flag = scalar('true or false', (given) => ({ true: true, false: false, yes: true, no: false })[given]);

/** One of some words. */
export function word<const W extends string>(...words: readonly W[]): Read<W> {
  return scalar(`one of ${words.join(', ')}`, (given) => words.find((one) => one === given));
}

/** A list of what `item` takes; nothing at all is the empty one. */
export function list<T>(item: Read<T>): Read<readonly T[]> {
  return (place) => {
    if (isNull(place.node)) return [];
    if (!isSeq(place.node)) return expected(place, 'a list');
    return place.node.items.map((inner, i) => item(place.inside(inner, `${place.name}[${i}]`)));
  };
}

/** A mapping of any keys to what `value` takes; nothing at all is the empty one. */
export function mapOf<T>(value: Read<T>): Read<ReadonlyMap<string, T>> {
  return (place) => new Map([...entriesOf(place)].map(([key, inner]) => [key, value(inner.value)]));
}

/** A key of a mapping. `absent` stands for one that is not given; without it the key has to be there. */
export interface Field<T> {
  readonly read: Read<T>;
  readonly absent?: { readonly value: T };
}

export function required<T>(read: Read<T>): Field<T> {
  return { read };
}

export function optional<T>(read: Read<T>): Field<T | undefined>;
export function optional<T>(read: Read<T>, value: T): Field<T>;
export function optional<T>(read: Read<T>, value?: T): Field<T | undefined> {
  return { read, absent: { value } };
}

/** A key that Sonde does not have: refused where it says something, with the reason. */
export function refused(why: string): Field<undefined> {
  const read: Read<undefined> = (place) => {
    if (!saysNothing(place)) place.fail(`${place.name} is not supported: ${why}`);
    return undefined;
  };
  return { read, absent: { value: undefined } };
}

/** Whether there is nothing in it but empty lists, empty mappings and nulls. */
function saysNothing(place: Place, depth = 0): boolean {
  const { node } = place;
  if (isNull(node)) return true;
  // An alias can name what it stands in.
  if (depth > depthMax) return false;
  if (isSeq(node)) return node.items.every((inner) => saysNothing(place.inside(inner, place.name), depth + 1));
  if (isMap(node)) return node.items.every(({ value }) => saysNothing(place.inside(value, place.name), depth + 1));
  return false;
}

export type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/**
 * A mapping with these keys and no others. `build` makes the value of it; a SondeError without position that it throws gets the
 * mapping's place.
 */
export function mapping<F extends Readonly<Record<string, Field<unknown>>>, T>(
  fields: F,
  build: (values: Values<F>, place: Place) => T,
): Read<T> {
  return (place) => {
    const entries = entriesOf(place);
    for (const [key, { key: keyPlace, value }] of entries) {
      if (!Object.hasOwn(fields, key))
        keyPlace.fail(`There is no ${value.name}; known here: ${Object.keys(fields).toSorted().join(', ')}.`);
    }
    const values: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(fields)) {
      const inner = entries.get(key);
      if (inner !== undefined) values[key] = field.read(inner.value);
      else if (field.absent !== undefined) values[key] = field.absent.value;
      else place.fail(`${place.name === '' ? 'The file' : place.name} has no ${key}.`);
    }
    try {
      return build(values as Values<F>, place);
    } catch (thrown) {
      if (thrown instanceof SondeError && thrown.position === undefined) place.fail(thrown.message);
      throw thrown;
    }
  };
}

interface Entry {
  readonly key: Place;
  /** Stands at the key when there is no value. */
  readonly value: Place;
}

/** The entries of a mapping; of a merge key those that it does not have itself. */
function entriesOf(place: Place, depth = 0): Map<string, Entry> {
  if (isNull(place.node)) return new Map();
  if (!isMap(place.node)) return expected(place, 'a mapping');
  if (depth > depthMax) place.fail(`Merge keys may be nested at most ${depthMax} deep.`);
  const entries = new Map<string, Entry>();
  const merged: Place[] = [];
  for (const { key, value } of place.node.items) {
    const keyPlace = place.inside(key, place.name);
    const name = scalarText(keyPlace) ?? keyPlace.fail(`${place.name} expects text as keys.`);
    const inner = place.inside(value, place.name === '' ? name : `${place.name}.${name}`);
    if (name === '<<') merged.push(...mergedPlaces(inner));
    else entries.set(name, { key: keyPlace, value: isNull(inner.node) ? { ...inner, fail: keyPlace.fail } : inner });
  }
  for (const source of merged) {
    for (const [name, inner] of entriesOf(source, depth + 1)) if (!entries.has(name)) entries.set(name, inner);
  }
  return entries;
}

function mergedPlaces(place: Place): Place[] {
  return isSeq(place.node) ? place.node.items.map((inner) => place.inside(inner, place.name)) : [place];
}

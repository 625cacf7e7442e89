/**
 * Tells when the application loads a package, so that what watches it is loaded then and not before. There is one hook for all that
 * is watched: on `Module.prototype._compile`, by which Node runs each CommonJS file, for `require` and for `import` alike, and by which
 * loaders such as tsx run what they have changed. A file is told of right after it ran, before anyone is given what it exports. Files
 * outside of `node_modules` cost a search in their path.
 *
 * Packages that are ES modules alone never come here, nor do packages that are bundled into the application's own file.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join, sep } from 'node:path';

/** A file of a package that was loaded. */
export interface LoadedFile {
  /** The package's name, as its folder in `node_modules` has it. */
  readonly name: string;
  /** Of its package.json; empty when there is none to read. */
  readonly version: string;
  /** Within the package, with `/` on all systems: `lib/client.js`. */
  readonly path: string;
  /** Whether it is the file that `require` of the package gives. */
  readonly isMain: boolean;
}

/** Takes what a file exports and gives what takes its place, mostly the same. It must not throw. */
export type FileLoaded = (exports: unknown, file: LoadedFile) => unknown;

interface LoadedModule {
  exports: unknown;
  readonly loaded: boolean;
}
type Compile = (this: LoadedModule, content: string, filename: string, ...rest: unknown[]) => unknown;

const loader = Module as unknown as { readonly _cache: Readonly<Record<string, LoadedModule>>; prototype: { _compile: Compile } };
const watchers = new Map<string, Set<FileLoaded>>();
let unhook: (() => void) | undefined;

/** Calls `loaded` for each file of the package, in each copy of it, also for those that are loaded already. Returns what ends that. */
export function watchPackage(name: string, loaded: FileLoaded): () => void {
  const others = watchers.get(name) ?? new Set();
  watchers.set(name, others.add(loaded));
  unhook ??= hook();
  for (const [filename, module] of Object.entries(loader._cache)) {
    const place = placeOf(filename);
    if (place?.name === name && module.loaded) module.exports = loaded(module.exports, describe(place, filename));
  }
  return () => {
    others.delete(loaded);
    if (others.size === 0 && watchers.get(name) === others) watchers.delete(name);
    if (watchers.size > 0) return;
    unhook?.();
    unhook = undefined;
  };
}

/** Calls `loaded` with the exports of the package's main module, for each copy of it. Returns what ends that. */
export function watchModule(name: string, loaded: (exports: unknown) => void): () => void {
  return watchPackage(name, (exports, { isMain }) => {
    if (isMain) loaded(exports);
    return exports;
  });
}

function hook(): () => void {
  const original = loader.prototype._compile;
  let isWatching = true;
  const compile: Compile = function compile(content, filename, ...rest) {
    const result = Reflect.apply(original, this, [content, filename, ...rest]);
    if (isWatching) tell(this, filename);
    return result;
  };
  loader.prototype._compile = compile;
  return () => {
    isWatching = false;
    if (loader.prototype._compile === compile) loader.prototype._compile = original;
  };
}

function tell(module: LoadedModule, filename: string): void {
  const place = placeOf(filename);
  const told = place === undefined ? undefined : watchers.get(place.name);
  if (place === undefined || told === undefined) return;
  const file = describe(place, filename);
  for (const loaded of told) module.exports = loaded(module.exports, file);
}

/** A package and where it is. */
interface Place {
  readonly name: string;
  readonly directory: string;
}

const packages = `${sep}node_modules${sep}`;

/** The package that a file belongs to: what follows the last `node_modules` in its path. */
function placeOf(filename: string): Place | undefined {
  const at = filename.lastIndexOf(packages);
  if (at === -1) return undefined;
  const start = at + packages.length;
  const first = filename.indexOf(sep, start);
  const end = filename[start] === '@' ? filename.indexOf(sep, first + 1) : first;
  if (first === -1 || end === -1) return undefined;
  const name = filename.slice(start, end);
  return { name: sep === '/' ? name : name.replace(sep, '/'), directory: filename.slice(0, end) };
}

function describe({ name, directory }: Place, filename: string): LoadedFile {
  const { version, main } = manifestOf(name, directory);
  const path = filename.slice(directory.length + 1).replaceAll(sep, '/');
  return { name, version, path, isMain: filename === main };
}

interface Manifest {
  readonly version: string;
  readonly main: string | undefined;
}

const manifests = new Map<string, Manifest>();

/** Of packages that are watched alone: a few in each process. */
function manifestOf(name: string, directory: string): Manifest {
  const known = manifests.get(directory);
  if (known !== undefined) return known;
  const manifest = { version: versionOf(directory), main: mainOf(name, directory) };
  manifests.set(directory, manifest);
  return manifest;
}

function versionOf(directory: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { readonly version?: unknown };
    return typeof version === 'string' ? version : '';
  } catch {
    return '';
  }
}

/** Undefined for a package of many entries and no main one. */
function mainOf(name: string, directory: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name, { paths: [directory] });
  } catch {
    return undefined;
  }
}

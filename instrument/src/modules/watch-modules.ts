/**
 * Tells when the application loads a package, so that what watches it is loaded then and not before. Node loads CommonJS by
 * `Module._load`, for `require` and for `import` alike; packages that are ES modules alone never come here.
 */
import Module from 'node:module';
import { sep } from 'node:path';

type Load = (this: unknown, request: string, parent: unknown, isMain: boolean) => unknown;

const loader = Module as unknown as { _load: Load };

/** Calls `loaded` with the exports of the package's main module, each time another copy of it is loaded. Returns what ends that. */
export function watchModule(name: string, loaded: (exports: unknown) => void): () => void {
  const seen = new WeakSet();
  const inPath = `${sep}node_modules${sep}${name.replaceAll('/', sep)}${sep}`;
  const original = loader._load;
  let isWatching = true;
  const load: Load = function load(request, parent, isMain) {
    const exports = Reflect.apply(original, this, [request, parent, isMain]);
    // `require` names the package, `import` its file.
    if (isWatching && (request === name || request.includes(inPath))) tell(exports);
    return exports;
  };
  const tell = (exports: unknown): void => {
    if (typeof exports !== 'object' || exports === null || seen.has(exports)) return;
    seen.add(exports);
    loaded(exports);
  };
  loader._load = load;
  return () => {
    isWatching = false;
    if (loader._load === load) loader._load = original;
  };
}

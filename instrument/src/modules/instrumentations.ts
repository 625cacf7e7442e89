/**
 * OpenTelemetry's instrumentations, loaded when the application loads what they are for, and applied by the kit's own hook. They say
 * what they patch as data (`getModuleDefinitions`): packages, files, versions. Their own hook, on each call of `require` in the process,
 * is not set: it looks up every file of the application on the disk once more.
 */
import Module from 'node:module';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { isWithin } from './version-range.ts';
import { watchPackage } from './watch-modules.ts';
import type { LoadedFile } from './watch-modules.ts';

/** What replaces or changes exports, and what undoes that. */
export interface Patch {
  readonly name: string;
  readonly supportedVersions: readonly string[];
  // As OpenTelemetry declares them, with `any`.
  readonly patch?: ((exports: never, version?: string) => unknown) | undefined;
  readonly unpatch?: ((exports: never, version?: string) => void) | undefined;
}

/** Patches of a package's main module and of its other files, whose names are their paths: `pg/lib/client.js`. */
export interface PackagePatch extends Patch {
  readonly files: readonly Patch[];
}

/** The part of OpenTelemetry's `InstrumentationBase` that is used. */
export interface Instrumentation {
  readonly getModuleDefinitions: () => readonly PackagePatch[];
  readonly setTracerProvider: (provider: TracerProvider) => void;
  readonly setMeterProvider: (provider: MeterProvider) => void;
}

/**
 * Makes an instrumentation that does not hook `require`. With instrumentations of the application, which may share the base class,
 * all stays as it is: the first of them sets the hook.
 */
export function unhooked<T extends object>(make: () => T): T {
  const { require } = hookable.require;
  const { getBuiltinModule } = hookable.process;
  const made = make();
  if (hookable.require.require !== require) {
    hookable.require.require = require;
    hookable.process.getBuiltinModule = getBuiltinModule;
    const { _requireInTheMiddleSingleton: hook } = made as { readonly _requireInTheMiddleSingleton?: object };
    // The class keeps the hook that it has set, for all instrumentations that come.
    if (hook !== undefined) delete (hook.constructor as { _instance?: unknown })._instance;
  }
  return made;
}

/** What require-in-the-middle replaces. */
const hookable: { readonly require: { require: unknown }; readonly process: { getBuiltinModule?: unknown } } = {
  require: Module.prototype,
  process,
};

/** Applies what fits the file, and keeps what undoes it. Returns what the file is to export. */
export function applyPatches(
  patches: readonly PackagePatch[],
  exports: unknown,
  file: LoadedFile,
  undo: (() => void)[] = [],
): unknown {
  let patched = exports;
  for (const { patch, unpatch } of patchesFor(patches, file)) {
    patched = patch?.(patched as never, file.version) ?? patched;
    const done = patched as never;
    if (unpatch !== undefined) undo.push(() => unpatch(done, file.version));
  }
  return patched;
}

function patchesFor(patches: readonly PackagePatch[], { name, path, version, isMain }: LoadedFile): Patch[] {
  const isInner = (patch: Patch): boolean => patch.name.replaceAll('\\', '/') === `${name}/${path}`;
  const found: Patch[] = patches.flatMap((each) =>
    each.name === name ? [...(isMain ? [each] : []), ...each.files.filter(isInner)] : [],
  );
  return found.filter(({ supportedVersions }) => isWithin(version, supportedVersions));
}

export interface Lazy {
  /** The packages at which it is loaded. */
  readonly packages: readonly string[];
  readonly load: () => readonly PackagePatch[];
  readonly warn: (message: string) => void;
}

/** Loads patches with the first file of one of the packages, and applies them to this and all that follow. Returns what undoes them. */
export function watchLazily({ packages, load, warn }: Lazy): () => void {
  const undo: (() => void)[] = [];
  let patches: readonly PackagePatch[] | undefined;
  const loaded = (exports: unknown, file: LoadedFile): unknown => {
    try {
      patches ??= load();
      return applyPatches(patches, exports, file, undo);
    } catch (thrown) {
      patches ??= [];
      warn(`${file.name}/${file.path} cannot be watched: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return exports;
    }
  };
  const ends = packages.map((name) => watchPackage(name, loaded));
  return () => {
    for (const end of [...ends, ...undo.toReversed()]) {
      try {
        end();
      } catch (thrown) {
        warn(`${packages.join(', ')} may still be watched: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
  };
}
